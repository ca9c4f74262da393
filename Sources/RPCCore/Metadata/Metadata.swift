/// Key-value pairs beside the messages of a call: an ordered multi-map.
///
/// Keys are lowercase ASCII. A key that ends in `-bin` has binary values, every other key has text
/// of printable ASCII. Names that the protocol itself uses are refused.
public struct Metadata: Sendable, Hashable {
  /// A value: text or bytes, as the key says.
  public enum Value: Sendable, Hashable {
    /// Printable ASCII, without spaces at either end.
    case string(String)
    /// Any bytes; the key ends in `-bin`.
    case binary([UInt8])
  }

  /// One pair.
  public struct Entry: Sendable, Hashable {
    /// The key, lowercase.
    public let key: String
    /// The value.
    public let value: Value
  }

  /// The pairs, in the order in which they were added.
  public private(set) var entries: [Entry]

  /// Creates metadata without pairs.
  public init() {
    entries = []
  }

  /// The number of pairs.
  public var count: Int { entries.count }

  /// Whether there are no pairs.
  public var isEmpty: Bool { entries.isEmpty }

  /// The first text value of a key.
  ///
  /// - Parameter key: The key, in lowercase.
  public subscript(key: String) -> String? {
    for entry in entries where entry.key == key {
      if case .string(let text) = entry.value { return text }
    }
    return nil
  }

  /// The first binary value of a key.
  ///
  /// - Parameter key: The key, in lowercase, ending in `-bin`.
  public subscript(binary key: String) -> [UInt8]? {
    for entry in entries where entry.key == key {
      if case .binary(let bytes) = entry.value { return bytes }
    }
    return nil
  }

  /// Returns every value of a key, in order.
  ///
  /// - Parameter key: The key, in lowercase.
  /// - Returns: The values; empty when there are none.
  public func values(forKey key: String) -> [Value] {
    entries.lazy.filter { $0.key == key }.map(\.value)
  }

  /// Adds a text value; earlier values of the key stay.
  ///
  /// - Parameters:
  ///   - value: Printable ASCII; spaces at the ends are cut.
  ///   - key: The key; uppercase letters become lowercase.
  /// - Throws: `RPCError` with `.invalidArgument` for a key or value that may not be sent.
  public mutating func append(_ value: String, forKey key: String) throws(RPCError) {
    let key = try Self.checked(key: key, isBinary: false)
    let trimmed = Self.trimmed(value)
    guard trimmed.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else {
      throw RPCError(.invalidArgument, "metadata \(key) has a value that is not printable ASCII")
    }
    entries.append(Entry(key: key, value: .string(trimmed)))
  }

  /// Adds a binary value; earlier values of the key stay.
  ///
  /// - Parameters:
  ///   - value: Any bytes.
  ///   - key: The key, ending in `-bin`; uppercase letters become lowercase.
  /// - Throws: `RPCError` with `.invalidArgument` for a key that may not be sent.
  public mutating func append(binary value: [UInt8], forKey key: String) throws(RPCError) {
    let key = try Self.checked(key: key, isBinary: true)
    entries.append(Entry(key: key, value: .binary(value)))
  }

  /// Adds every pair of other metadata.
  ///
  /// - Parameter other: The pairs to add.
  public mutating func append(contentsOf other: Metadata) {
    entries.append(contentsOf: other.entries)
  }

  /// Removes every value of a key.
  ///
  /// - Parameter key: The key, in lowercase.
  public mutating func removeAll(forKey key: String) {
    entries.removeAll { $0.key == key }
  }

  /// Adds a pair that a peer sent, already checked by HTTP/2.
  package mutating func appendReceived(_ value: Value, forKey key: String) {
    entries.append(Entry(key: key, value: value))
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  /// Creates metadata of pairs that the program itself names.
  ///
  /// A key or value that may not be sent is a mistake of the program and ends it; use
  /// ``append(_:forKey:)`` for what comes from outside.
  ///
  /// - Parameter elements: Keys and values.
  public init(dictionaryLiteral elements: (String, Value)...) {
    self.init()
    for (key, value) in elements {
      do {
        switch value {
        case .string(let text): try append(text, forKey: key)
        case .binary(let bytes): try append(binary: bytes, forKey: key)
        }
      } catch {
        preconditionFailure(error.message)
      }
    }
  }
}

extension Metadata.Value: ExpressibleByStringLiteral {
  /// Creates a text value.
  ///
  /// - Parameter value: Printable ASCII.
  public init(stringLiteral value: String) {
    self = .string(value)
  }
}

extension Metadata: RandomAccessCollection {
  /// The position of the first pair.
  public var startIndex: Int { 0 }
  /// The position past the last pair.
  public var endIndex: Int { entries.count }
  /// The pair at a position.
  public subscript(position: Int) -> Entry { entries[position] }
}
