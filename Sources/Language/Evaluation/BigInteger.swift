/// An integer without bounds: sign and magnitude in 32-bit limbs, least significant first.
///
/// Models use such numbers rarely, so the algorithms are the schoolbook ones; the evaluator bounds
/// the size of a result (`CompilerLimits.integerBitsMax`) before it computes one.
struct BigInteger: Hashable {
  private(set) var isNegative: Bool
  /// No leading zero limb; empty is zero.
  private(set) var limbs: [UInt32]

  init(isNegative: Bool = false, limbs: [UInt32]) {
    var limbs = limbs
    while limbs.last == 0 { limbs.removeLast() }
    self.limbs = limbs
    self.isNegative = isNegative && !limbs.isEmpty
  }

  init(_ value: Int) {
    let magnitude = value.magnitude
    self.init(
      isNegative: value < 0,
      limbs: [UInt32(truncatingIfNeeded: magnitude), UInt32(truncatingIfNeeded: magnitude >> 32)])
  }

  /// Reads decimal digits with an optional sign.
  init?(decimal text: some StringProtocol) {
    var digits = Array(text.utf8)
    var isNegative = false
    if let sign = digits.first, sign == 0x2D || sign == 0x2B {
      isNegative = sign == 0x2D
      digits.removeFirst()
    }
    guard !digits.isEmpty else { return nil }
    var limbs: [UInt32] = []
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      Self.multiply(&limbs, by: 10, adding: UInt32(digit - 0x30))
    }
    self.init(isNegative: isNegative, limbs: limbs)
  }

  /// Truncates a finite double towards zero.
  init(truncating value: Double) {
    let magnitude = value.magnitude.rounded(.towardZero)
    guard magnitude >= 1 else {
      self.init(0)
      return
    }
    let shift = Int(magnitude.exponent) - 52
    let significand = magnitude.significandBitPattern | (1 << 52)
    var limbs: [UInt32]
    if shift <= 0 {
      let small = significand >> UInt64(-shift)
      limbs = [UInt32(truncatingIfNeeded: small), UInt32(truncatingIfNeeded: small >> 32)]
    } else {
      limbs = [UInt32](repeating: 0, count: shift / 32)
      let wide = UInt64(shift % 32)
      let low = significand << wide
      let high = wide == 0 ? 0 : significand >> (64 - wide)
      limbs += [
        UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32),
        UInt32(truncatingIfNeeded: high),
      ]
    }
    self.init(isNegative: value < 0, limbs: limbs)
  }

  var isZero: Bool { limbs.isEmpty }

  var bitCount: Int {
    guard let last = limbs.last else { return 0 }
    return limbs.count * 32 - last.leadingZeroBitCount
  }

  var negated: BigInteger { BigInteger(isNegative: !isNegative, limbs: limbs) }

  // MARK: Magnitudes

  private static func multiply(_ limbs: inout [UInt32], by factor: UInt32, adding: UInt32) {
    var carry = UInt64(adding)
    for index in limbs.indices {
      let product = UInt64(limbs[index]) * UInt64(factor) + carry
      limbs[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry > 0 { limbs.append(UInt32(carry)) }
  }

  private static func divide(_ limbs: inout [UInt32], by divisor: UInt32) -> UInt32 {
    var remainder: UInt64 = 0
    for index in limbs.indices.reversed() {
      let current = (remainder << 32) | UInt64(limbs[index])
      limbs[index] = UInt32(current / UInt64(divisor))
      remainder = current % UInt64(divisor)
    }
    while limbs.last == 0 { limbs.removeLast() }
    return UInt32(remainder)
  }

  private static func compare(_ left: [UInt32], _ right: [UInt32]) -> Int {
    if left.count != right.count { return left.count < right.count ? -1 : 1 }
    for index in left.indices.reversed() where left[index] != right[index] {
      return left[index] < right[index] ? -1 : 1
    }
    return 0
  }

  private static func add(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    var carry: UInt64 = 0
    for index in 0..<max(left.count, right.count) {
      let sum =
        (index < left.count ? UInt64(left[index]) : 0)
        + (index < right.count ? UInt64(right[index]) : 0) + carry
      result.append(UInt32(truncatingIfNeeded: sum))
      carry = sum >> 32
    }
    if carry > 0 { result.append(UInt32(carry)) }
    return result
  }

  /// `left - right` where `left` is not smaller.
  private static func subtract(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
    var result: [UInt32] = []
    var borrow: Int64 = 0
    for index in left.indices {
      var difference = Int64(left[index]) - borrow
      if index < right.count { difference -= Int64(right[index]) }
      borrow = difference < 0 ? 1 : 0
      result.append(UInt32(truncatingIfNeeded: difference + (borrow << 32)))
    }
    return result
  }

  // MARK: Arithmetic

  static func + (left: BigInteger, right: BigInteger) -> BigInteger {
    if left.isNegative == right.isNegative {
      return BigInteger(isNegative: left.isNegative, limbs: add(left.limbs, right.limbs))
    }
    if compare(left.limbs, right.limbs) >= 0 {
      return BigInteger(isNegative: left.isNegative, limbs: subtract(left.limbs, right.limbs))
    }
    return BigInteger(isNegative: right.isNegative, limbs: subtract(right.limbs, left.limbs))
  }

  static func - (left: BigInteger, right: BigInteger) -> BigInteger { left + right.negated }

  static func * (left: BigInteger, right: BigInteger) -> BigInteger {
    guard !left.isZero, !right.isZero else { return BigInteger(0) }
    var result = [UInt32](repeating: 0, count: left.limbs.count + right.limbs.count)
    for (index, limb) in left.limbs.enumerated() {
      var carry: UInt64 = 0
      for (offset, other) in right.limbs.enumerated() {
        let sum = UInt64(limb) * UInt64(other) + UInt64(result[index + offset]) + carry
        result[index + offset] = UInt32(truncatingIfNeeded: sum)
        carry = sum >> 32
      }
      result[index + right.limbs.count] = UInt32(carry)
    }
    return BigInteger(isNegative: left.isNegative != right.isNegative, limbs: result)
  }

  /// Quotient rounded down and remainder with the sign of the divisor, which is not zero.
  func flooredDivision(by divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger) {
    var remainder: [UInt32] = []
    var quotient = [UInt32](repeating: 0, count: limbs.count)
    for index in limbs.indices.reversed() {
      for bit in (0..<32).reversed() {
        Self.multiply(&remainder, by: 2, adding: (limbs[index] >> UInt32(bit)) & 1)
        if Self.compare(remainder, divisor.limbs) >= 0 {
          remainder = BigInteger(limbs: Self.subtract(remainder, divisor.limbs)).limbs
          quotient[index] |= 1 << UInt32(bit)
        }
      }
    }
    let truncated = BigInteger(isNegative: isNegative != divisor.isNegative, limbs: quotient)
    let rest = BigInteger(isNegative: isNegative, limbs: remainder)
    guard !rest.isZero, rest.isNegative != divisor.isNegative else { return (truncated, rest) }
    return (truncated - BigInteger(1), rest + divisor)
  }

  /// Raises to a power that is not negative.
  func raised(to exponent: Int) -> BigInteger {
    var result = BigInteger(1)
    var base = self
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result * base }
      rest >>= 1
      if rest > 0 { base = base * base }
    }
    return result
  }

  static func < (left: BigInteger, right: BigInteger) -> Bool {
    if left.isNegative != right.isNegative { return left.isNegative }
    let order = compare(left.limbs, right.limbs)
    return left.isNegative ? order > 0 : order < 0
  }

  /// The nearest double, or nil beyond its range.
  var double: Double? {
    var result = 0.0
    for limb in limbs.reversed() { result = result * 4_294_967_296 + Double(limb) }
    guard result.isFinite else { return nil }
    return isNegative ? -result : result
  }
}

extension BigInteger: CustomStringConvertible {
  var description: String {
    if limbs.count <= 1 { return (isNegative ? "-" : "") + String(limbs.first ?? 0) }
    var rest = limbs
    var groups: [String] = []
    while !rest.isEmpty {
      let group = String(Self.divide(&rest, by: 1_000_000_000))
      groups.append(rest.isEmpty ? group : String(repeating: "0", count: 9 - group.count) + group)
    }
    return (isNegative ? "-" : "") + groups.reversed().joined()
  }

  /// All digits, or the first ones and how many there are.
  var shortDescription: String {
    let digits = description
    guard digits.utf8.count > 40 else { return digits }
    return "\(digits.prefix(20))… (\(digits.utf8.count) digits)"
  }
}

extension Int {
  /// The value, if it fits.
  init?(exactly value: BigInteger) {
    guard value.limbs.count <= 2 else { return nil }
    var magnitude: UInt64 = 0
    for limb in value.limbs.reversed() { magnitude = (magnitude << 32) | UInt64(limb) }
    if value.isNegative {
      guard magnitude <= UInt64(Int.max) + 1 else { return nil }
      self = magnitude == UInt64(Int.max) + 1 ? Int.min : -Int(magnitude)
    } else {
      guard magnitude <= UInt64(Int.max) else { return nil }
      self = Int(magnitude)
    }
  }
}
