/// The value of the `grpc-timeout` header: at most eight digits and a unit.
///
/// It exists on the wire only; programs use ``Deadline``.
package enum GRPCTimeout {
  /// gRPC over HTTP/2: `TimeoutValue` is a positive integer of at most eight digits.
  static let digitsMax = 8

  /// Parses a header value.
  ///
  /// - Returns: The duration, or `nil` for a value that the specification does not allow.
  package static func parse(_ text: String) -> Duration? {
    guard let unit = text.utf8.last else { return nil }
    let digits = text.utf8.dropLast()
    guard (1...digitsMax).contains(digits.count) else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "n"): return .nanoseconds(value)
    default: return nil
    }
  }

  /// Formats a duration in the finest unit that holds it in eight digits, rounded up.
  ///
  /// A duration that is not positive becomes `0n`; one beyond 99,999,999 hours is cut to that.
  package static func format(_ duration: Duration) -> String {
    guard duration > .zero else { return "0n" }
    let (seconds, attoseconds) = duration.components
    let nanosecondsPart = (attoseconds + 999_999_999) / 1_000_000_000
    let limit: Int64 = 99_999_999
    if seconds == 0, nanosecondsPart <= limit { return "\(nanosecondsPart)n" }
    if seconds < 100 {
      let microseconds = seconds * 1_000_000 + (nanosecondsPart + 999) / 1000
      if microseconds <= limit { return "\(microseconds)u" }
    }
    if seconds < 100_000 {
      let milliseconds = seconds * 1000 + (nanosecondsPart + 999_999) / 1_000_000
      if milliseconds <= limit { return "\(milliseconds)m" }
    }
    let rounded = seconds + (nanosecondsPart > 0 ? 1 : 0)
    if rounded <= limit { return "\(rounded)S" }
    let minutes = (rounded + 59) / 60
    if minutes <= limit { return "\(minutes)M" }
    return "\(min((minutes + 59) / 60, limit))H"
  }
}
