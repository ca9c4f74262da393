/// A value of an attribute, a log argument or a fact.
///
/// Integers and doubles are distinct: `.int(1)` is not `.double(1)`. A map has no order; wherever
/// order shows (encoding, printing, hashing for identity) its keys are sorted by their UTF-8 bytes.
public enum Value: Sendable, Hashable {
  /// Null.
  case null
  /// A boolean.
  case bool(Bool)
  /// A whole number.
  case int(Int64)
  /// A finite floating point number.
  case double(Double)
  /// Text.
  case string(String)
  /// Raw bytes.
  case bytes([UInt8])
  /// An ordered list.
  case list([Value])
  /// Values by name.
  case map([String: Value])
  /// A value that is not known yet, with what would have to be known.
  case unknown(source: String)
  /// A value that must not be shown.
  indirect case secret(Value)
  /// A value that the agent resolves just before the handler runs.
  indirect case reference(type: String, arguments: [String: Value])

  /// How deeply lists, maps, secrets and references may be nested.
  ///
  /// Each level costs two or three protobuf message levels, and stock decoders stop at 100.
  public static let depthMax = 30
}

extension Value {
  /// Whether the value is, or contains, one that is not known yet.
  public var containsUnknown: Bool {
    switch self {
    case .unknown: true
    case .list(let values): values.contains { $0.containsUnknown }
    case .map(let entries), .reference(_, let entries):
      entries.values.contains { $0.containsUnknown }
    case .secret(let value): value.containsUnknown
    case .null, .bool, .int, .double, .string, .bytes: false
    }
  }

  /// Number of levels of lists, maps, secrets and references; 0 for a plain value.
  public var depth: Int {
    switch self {
    case .list(let values): 1 + (values.lazy.map(\.depth).max() ?? 0)
    case .map(let entries), .reference(_, let entries):
      1 + (entries.values.lazy.map(\.depth).max() ?? 0)
    case .secret(let value): 1 + value.depth
    case .null, .bool, .int, .double, .string, .bytes, .unknown: 0
    }
  }

  /// The value with every secret in it replaced by a mark, for logs, listings and screens.
  public var redacted: Value {
    switch self {
    case .secret: .string(Value.redactionMark)
    case .list(let values): .list(values.map(\.redacted))
    case .map(let entries): .map(entries.mapValues(\.redacted))
    case .reference(let type, let arguments):
      .reference(type: type, arguments: arguments.mapValues(\.redacted))
    case .null, .bool, .int, .double, .string, .bytes, .unknown: self
    }
  }

  /// What is shown in the place of a secret.
  public static let redactionMark = "••••••"

  /// The text, if this is a string.
  public var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The boolean, if this is one.
  public var boolValue: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  /// The whole number, if this is one.
  public var intValue: Int64? {
    guard case .int(let number) = self else { return nil }
    return number
  }

  /// The elements, if this is a list.
  public var listValue: [Value]? {
    guard case .list(let values) = self else { return nil }
    return values
  }

  /// The entries, if this is a map.
  public var mapValue: [String: Value]? {
    guard case .map(let entries) = self else { return nil }
    return entries
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes a whole number.
  public init(integerLiteral value: Int64) { self = .int(value) }
  /// Makes a boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes a floating point number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// Makes null.
  public init(nilLiteral: ()) { self = .null }
  /// Makes a list.
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  /// Makes a map; the last of equal keys wins.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self = .map(Dictionary(elements) { _, last in last })
  }
}
