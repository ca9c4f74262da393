internal import Glibc

extension Engine {
  mutating func negate(_ value: Datum, at place: PlaceID) throws(Interruption) -> Datum {
    switch value {
    case .unknown: return program.heap.unknown()
    case .bool(let flag): return .bool(!flag)
    default:
      throw .failed(
        Problem(.operandNotBoolean, "`not` needs a boolean, not \(describe(value))", at: place))
    }
  }

  /// Applies an operator with two operands that are both evaluated.
  mutating func apply(
    _ kind: ExpressionCode.Kind, _ left: Datum, _ right: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    if kind == .contains { return try contains(left, right, at: place) }
    if left.isUnknown || right.isUnknown { return program.heap.unknown() }
    switch kind {
    case .equal: return .bool(program.heap.areEqual(left, right))
    case .notEqual: return .bool(!program.heap.areEqual(left, right))
    case .less, .greater, .lessOrEqual, .greaterOrEqual:
      return .bool(try compare(kind, left, right, at: place))
    default: return try calculate(kind, left, right, at: place)
    }
  }

  private mutating func contains(
    _ needle: Datum, _ container: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    if needle.isUnknown { return program.heap.unknown() }
    switch container {
    case .dictionary(let dictionary):
      switch needle {
      case .list, .dictionary:
        throw .failed(
          Problem(
            .operandType, "\(describe(needle)) cannot be a key of a dictionary", at: place))
      default: break
      }
      guard case .string(let key) = needle else { return .bool(false) }
      return .bool(program.heap.lookUp(key, in: dictionary) != nil)
    case .list(let list):
      var hasUnknown = false
      for index in 0..<program.heap.count(list) {
        let element = program.heap.element(list, index)
        if program.heap.areEqual(element, needle) { return .bool(true) }
        hasUnknown = hasUnknown || element.isUnknown
      }
      return hasUnknown ? program.heap.unknown() : .bool(false)
    default:
      throw .failed(
        Problem(
          .operandType,
          "the right side of `in` must be a list or a dictionary, not \(describe(container))",
          at: place))
    }
  }

  private func compare(
    _ kind: ExpressionCode.Kind, _ left: Datum, _ right: Datum, at place: PlaceID
  ) throws(Interruption) -> Bool {
    guard let first = program.heap.number(left), let second = program.heap.number(right) else {
      throw .failed(
        Problem(
          .operandType,
          "only numbers are compared by order, not \(describe(left)) and \(describe(right))",
          at: place))
    }
    guard let order = first.compare(to: second) else { return false }
    switch kind {
    case .less: return order < 0
    case .greater: return order > 0
    case .lessOrEqual: return order <= 0
    default: return order >= 0
    }
  }

  private mutating func calculate(
    _ kind: ExpressionCode.Kind, _ left: Datum, _ right: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    if kind == .add, case .string(let first) = left, case .string(let second) = right {
      var bytes: [UInt8] = []
      program.heap.strings.append(first, to: &bytes)
      program.heap.strings.append(second, to: &bytes)
      return .string(program.heap.strings.intern(bytes[...]))
    }
    guard let first = program.heap.number(left), let second = program.heap.number(right) else {
      throw .failed(
        Problem(
          .operandType,
          "`\(symbol(of: kind))` cannot be applied to \(describe(left)) and \(describe(right))",
          at: place))
    }
    if case .integer(let small) = first, case .integer(let other) = second,
      let result = smallResult(kind, small, other)
    {
      return .integer(result)
    }
    if [.divide, .remainder].contains(kind), second.isZero {
      throw .failed(Problem(.divisionByZero, "division by zero", at: place))
    }
    if let wide = first.wide, let other = second.wide, kind != .divide {
      if kind != .power || !other.isNegative {
        return try wideResult(kind, wide, other, at: place)
      }
    }
    return try floatResult(kind, first, second, at: place)
  }

  private func smallResult(_ kind: ExpressionCode.Kind, _ left: Int, _ right: Int) -> Int? {
    let (result, overflow): (Int, Bool)
    switch kind {
    case .add: (result, overflow) = left.addingReportingOverflow(right)
    case .subtract: (result, overflow) = left.subtractingReportingOverflow(right)
    case .multiply: (result, overflow) = left.multipliedReportingOverflow(by: right)
    case .remainder:
      guard right != 0, right != -1 else { return nil }
      let rest = left % right
      (result, overflow) = (rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest, false)
    default: return nil
    }
    return overflow ? nil : result
  }

  private mutating func wideResult(
    _ kind: ExpressionCode.Kind, _ left: BigInteger, _ right: BigInteger, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch kind {
    case .add: return program.heap.integer(left + right)
    case .subtract: return program.heap.integer(left - right)
    case .multiply:
      try checkBits(left.bitCount + right.bitCount, at: place)
      return program.heap.integer(left * right)
    case .remainder: return program.heap.integer(left.flooredDivision(by: right).remainder)
    default:
      if left.bitCount <= 1 {
        // 0, 1 and -1 stay small whatever the exponent is.
        let isOdd = (right.limbs.first ?? 0) & 1 == 1
        if left.isZero { return .integer(right.isZero ? 1 : 0) }
        return .integer(left.isNegative && isOdd ? -1 : 1)
      }
      guard let exponent = Int(exactly: right) else {
        try checkBits(Int.max, at: place)
        return .integer(0)
      }
      let (bits, overflow) = left.bitCount.multipliedReportingOverflow(by: exponent)
      try checkBits(overflow ? Int.max : bits, at: place)
      return program.heap.integer(left.raised(to: exponent))
    }
  }

  private func checkBits(_ count: Int, at place: PlaceID) throws(Interruption) {
    guard count > limits.integerBitsMax else { return }
    throw .failed(
      Problem(
        .integerLimit, "the result has more than \(limits.integerBitsMax) bits", at: place))
  }

  private func floatResult(
    _ kind: ExpressionCode.Kind, _ left: Number, _ right: Number, at place: PlaceID
  ) throws(Interruption) -> Datum {
    guard let first = left.double, let second = right.double else {
      throw .failed(
        Problem(.integerLimit, "the integer is too large for a float", at: place))
    }
    switch kind {
    case .add: return .float(first + second)
    case .subtract: return .float(first - second)
    case .multiply: return .float(first * second)
    case .divide: return .float(first / second)
    case .remainder:
      let rest = fmod(first, second)
      if rest == 0 { return .float(second.sign == .minus ? -0.0 : 0.0) }
      return .float((rest < 0) != (second < 0) ? rest + second : rest)
    default:
      if first == 0, second < 0 {
        throw .failed(Problem(.divisionByZero, "zero has no negative power", at: place))
      }
      return .float(pow(first, second))
    }
  }

  private func symbol(of kind: ExpressionCode.Kind) -> String {
    switch kind {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    case .remainder: "%"
    default: "**"
    }
  }
}
