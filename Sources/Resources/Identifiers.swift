/// Number of a version within its environment, from 1.
public struct VersionNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number.
  public let rawValue: UInt64

  /// Wraps a number; 0 stands for "no version" on the wire and is refused.
  public init?(_ rawValue: UInt64) {
    guard rawValue > 0 else { return nil }
    self.rawValue = rawValue
  }

  /// Whether one version is older than another.
  public static func < (first: VersionNumber, second: VersionNumber) -> Bool {
    first.rawValue < second.rawValue
  }

  /// The next version.
  public var next: VersionNumber { VersionNumber(rawValue + 1) ?? self }

  /// The number as text.
  public var description: String { String(rawValue) }
}

/// Name of an environment: letters, digits, `-`, `_` and `.`, 1 to 64 bytes.
public struct EnvironmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The name.
  public let rawValue: String

  /// Longest name, in bytes.
  public static let bytesMax = 64

  /// Takes a name, or returns nil if it is not one.
  public init?(_ rawValue: String) {
    let bytes = rawValue.utf8
    guard !bytes.isEmpty, bytes.count <= EnvironmentName.bytesMax,
      bytes.allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      })
    else { return nil }
    self.rawValue = rawValue
  }

  /// Order by bytes.
  public static func < (first: EnvironmentName, second: EnvironmentName) -> Bool {
    Value.keyOrder(first.rawValue, second.rawValue)
  }

  /// The name.
  public var description: String { rawValue }
}

/// A SHA-256 digest.
public struct ContentDigest: Sendable, Hashable, CustomStringConvertible {
  /// Length of a digest in bytes.
  public static let byteCount = 32

  /// The bytes.
  public let bytes: [UInt8]

  /// Takes 32 bytes, or returns nil.
  public init?(bytes: [UInt8]) {
    guard bytes.count == ContentDigest.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Parses 64 hexadecimal digits, or returns nil.
  public init?(hex: String) {
    func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
      default: nil
      }
    }
    let digits = hex.utf8Span.span
    guard digits.count == 2 * ContentDigest.byteCount else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ContentDigest.byteCount)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.bytes = bytes
  }

  /// Lowercase hexadecimal digits.
  public var hex: String { bytes.lowercaseHex }

  /// Lowercase hexadecimal digits.
  public var description: String { hex }
}

/// Identifier of one handler run: 16 random bytes.
public struct ActionID: Sendable, Hashable, CustomStringConvertible {
  /// The bytes.
  public let bytes: [UInt8]

  /// Takes 16 bytes, or returns nil.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Draws a new identifier.
  public static func random() -> ActionID {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// Draws a new identifier from a generator.
  ///
  /// - Parameter generator: Source of randomness.
  /// - Returns: The identifier.
  public static func random(using generator: inout some RandomNumberGenerator) -> ActionID {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    for _ in 0..<2 {
      let word = generator.next() as UInt64
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return ActionID(checked: bytes)
  }

  private init(checked bytes: [UInt8]) { self.bytes = bytes }

  /// Lowercase hexadecimal digits.
  public var description: String { bytes.lowercaseHex }
}

/// A point in time: nanoseconds since 1970-01-01 00:00 UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Nanoseconds since 1970-01-01 00:00 UTC.
  public let unixNanos: Int64

  /// Takes nanoseconds since 1970-01-01 00:00 UTC.
  public init(unixNanos: Int64) { self.unixNanos = unixNanos }

  /// Whether one point in time is before another.
  public static func < (first: Timestamp, second: Timestamp) -> Bool {
    first.unixNanos < second.unixNanos
  }

  /// The point in time that is so many seconds later.
  ///
  /// - Parameter seconds: Seconds, may be negative.
  /// - Returns: The later time; saturates at the ends of the range.
  public func adding(seconds: Double) -> Timestamp {
    let shifted = Double(unixNanos) + seconds * 1e9
    guard shifted.magnitude < Double(Int64.max) else {
      return Timestamp(unixNanos: seconds < 0 ? .min : .max)
    }
    let delta = Int64(seconds * 1e9)
    return Timestamp(unixNanos: unixNanos &+ delta)
  }

  /// Date and time in UTC as `2026-01-31T23:59:59.123456Z`.
  public var iso8601: String {
    let seconds =
      unixNanos >= 0 ? unixNanos / 1_000_000_000 : (unixNanos - 999_999_999) / 1_000_000_000
    let micros = (unixNanos - seconds * 1_000_000_000) / 1_000
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let second = seconds - days * 86_400
    let (year, month, day) = Timestamp.civil(daysSince1970: days)
    // By bytes: each line of a log has one, and pieces of text cost more than their digits.
    var text: [UInt8] = []
    text.reserveCapacity(27)
    func append(_ number: Int64, _ width: Int, _ separator: Unicode.Scalar) {
      var power: Int64 = 1
      for _ in 1..<width { power *= 10 }
      while number / power >= 10 { power *= 10 }
      while power > 0 {
        text.append(UInt8(ascii: "0") + UInt8(number / power % 10))
        power /= 10
      }
      text.append(UInt8(ascii: separator))
    }
    append(year, 4, "-")
    append(month, 2, "-")
    append(day, 2, "T")
    append(second / 3600, 2, ":")
    append(second / 60 % 60, 2, ":")
    append(second % 60, 2, ".")
    append(micros, 6, "Z")
    return String(decoding: text, as: UTF8.self)
  }

  /// Gregorian date of a day, by counting 400-year eras from 0000-03-01.
  private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSince1970 + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
