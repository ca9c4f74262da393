/// A number of the language: an integer without bounds or a double.
enum Number {
  case integer(Int)
  case big(BigInteger)
  case float(Double)

  /// The integer without bounds; nil for a double.
  var wide: BigInteger? {
    switch self {
    case .integer(let value): BigInteger(value)
    case .big(let value): value
    case .float: nil
    }
  }

  /// The nearest double; nil for an integer beyond its range.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .big(let value): value.double
    case .float(let value): value
    }
  }

  var isZero: Bool {
    switch self {
    case .integer(let value): value == 0
    case .big(let value): value.isZero
    case .float(let value): value == 0
    }
  }

  func isEqual(to other: Number) -> Bool {
    switch (self, other) {
    case (.integer(let left), .integer(let right)): left == right
    case (.float(let left), .float(let right)): left == right
    default: compare(to: other) == 0
    }
  }

  /// Negative, zero or positive as the order says; nil if one of them is not a number.
  func compare(to other: Number) -> Int? {
    switch (self, other) {
    case (.integer(let left), .integer(let right)):
      return left < right ? -1 : left == right ? 0 : 1
    case (.float(let left), .float(let right)):
      guard !left.isNaN, !right.isNaN else { return nil }
      return left < right ? -1 : left == right ? 0 : 1
    case (.float(let left), _):
      return other.compare(to: self).map { order in left.isNaN ? 0 : -order }
    case (_, .float(let right)):
      return wide.flatMap { compareExactly($0, to: right) }
    default:
      guard let left = wide, let right = other.wide else { return nil }
      return left == right ? 0 : left < right ? -1 : 1
    }
  }

  private func compareExactly(_ left: BigInteger, to right: Double) -> Int? {
    guard !right.isNaN else { return nil }
    guard right.isFinite else { return right > 0 ? -1 : 1 }
    let whole = BigInteger(truncating: right)
    if left == whole {
      let fraction = right - right.rounded(.towardZero)
      return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }
    return left < whole ? -1 : 1
  }
}
