/// Stable name of a resource: `type[agent,attribute=value]`, for example
/// `std::File[web1,path=/etc/motd]`.
///
/// There is no escaping, so what cannot be parsed back is refused at construction: the type is
/// `word::word…`, the agent has no comma, the attribute no comma and no `=`, the value no `]`;
/// none is empty and none contains NUL.
public struct ResourceID: Sendable, Hashable, CustomStringConvertible {
  /// The texts, behind one reference: an id is copied far more often than it is made.
  private final class Parts: Sendable {
    let type: String
    let agent: String
    let attribute: String
    let value: String
    let description: String

    init(type: String, agent: String, attribute: String, value: String, description: String) {
      self.type = type
      self.agent = agent
      self.attribute = attribute
      self.value = value
      self.description = description
    }
  }

  private let parts: Parts

  /// Full name of the resource type.
  public var type: String { parts.type }
  /// Name of the agent that is responsible.
  public var agent: String { parts.agent }
  /// Name of the attribute that identifies the resource among those of its type and agent.
  public var attribute: String { parts.attribute }
  /// Value of that attribute as text.
  public var value: String { parts.value }
  /// The printed form.
  public var description: String { parts.description }

  /// Why something is not a resource id.
  public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, naming the part and its value.
    public let description: String
  }

  /// Makes an id of its parts.
  ///
  /// - Parameters:
  ///   - type: Full name of the resource type.
  ///   - agent: Name of the agent.
  ///   - attribute: Name of the identifying attribute.
  ///   - value: Its value.
  /// - Throws: ``Malformed`` if a part is empty or contains a character that the form reserves.
  public init(
    type: String, agent: String, attribute: String, value: String
  ) throws(Malformed) {
    try self.init(
      type: type, agent: agent, attribute: attribute, value: value,
      description: "\(type)[\(agent),\(attribute)=\(value)]")
  }

  private init(
    type: String, agent: String, attribute: String, value: String, description: String
  ) throws(Malformed) {
    guard ResourceID.isTypeName(type) else {
      throw Malformed(description: "`\(type)` is not the name of a resource type (ns::Name)")
    }
    try ResourceID.check("agent name", agent, reserved: [UInt8(ascii: ",")])
    try ResourceID.check(
      "id attribute", attribute, reserved: [UInt8(ascii: ","), UInt8(ascii: "=")])
    try ResourceID.check("value of the id attribute", value, reserved: [UInt8(ascii: "]")])
    parts = Parts(
      type: type, agent: agent, attribute: attribute, value: value, description: description)
  }

  /// Parses the printed form, without version.
  ///
  /// - Parameter text: For example `std::File[web1,path=/etc/motd]`.
  /// - Throws: ``Malformed`` if the text has another form.
  public init(parsing text: String) throws(Malformed) {
    guard let parsed = try ResourceID.parse(text), parsed.version == nil else {
      throw Malformed(
        description: "`\(text)` is not a resource id (ns::Type[agent,attribute=value])")
    }
    self = parsed.id
  }

  /// Parses the printed form with or without `,v=12`; `,v=0` stands for no version.
  ///
  /// - Parameter text: For example `std::File[web1,path=/etc/motd],v=12`.
  /// - Returns: The id and the version; nil if the text has another form.
  /// - Throws: ``Malformed`` if a part is empty or contains a reserved character.
  public static func parse(
    _ text: String
  ) throws(Malformed) -> (id: ResourceID, version: VersionNumber?)? {
    // By bytes: several times faster than by characters, and what other languages do.
    let bytes = text.utf8
    guard let open = bytes.firstIndex(of: UInt8(ascii: "[")),
      let comma = bytes[open...].firstIndex(of: UInt8(ascii: ",")),
      let equals = bytes[comma...].firstIndex(of: UInt8(ascii: "=")),
      let close = bytes[equals...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    let rest = text[bytes.index(after: close)...]
    let id = try ResourceID(
      type: String(text[..<open]),
      agent: String(text[bytes.index(after: open)..<comma]),
      attribute: String(text[bytes.index(after: comma)..<equals]),
      value: String(text[bytes.index(after: equals)..<close]),
      description: rest.isEmpty ? text : String(text[...close]))
    if rest.isEmpty { return (id, nil) }
    guard rest.hasPrefix(",v="), let number = UInt64(rest.dropFirst(3)),
      rest.dropFirst(3).utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
    else { return nil }
    return (id, VersionNumber(number))
  }

  private static func check(
    _ part: String, _ text: String, reserved: [UInt8]
  ) throws(Malformed) {
    guard !text.isEmpty else { throw Malformed(description: "the \(part) is empty") }
    for byte in text.utf8 where byte == 0 || reserved.contains(byte) {
      let shown = byte == 0 ? "NUL" : "`\(Character(Unicode.Scalar(byte)))`"
      throw Malformed(description: "the \(part) `\(text)` contains \(shown), which ids reserve")
    }
  }

  private static func isTypeName(_ text: String) -> Bool {
    var words = 0
    var wordBytes = 0
    var colons = 0
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: ":"):
        if wordBytes > 0 { words += 1 }
        guard wordBytes > 0 || colons == 1 else { return false }
        colons = wordBytes > 0 ? 1 : 2
        wordBytes = 0
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        guard colons != 1 else { return false }
        colons = 0
        wordBytes += 1
      default: return false
      }
    }
    return words > 0 && wordBytes > 0
  }

  /// Whether two ids are the same.
  public static func == (first: ResourceID, second: ResourceID) -> Bool {
    first.parts === second.parts || first.description == second.description
  }

  /// Feeds the printed form to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension ResourceID: Comparable {
  /// Order by the UTF-8 bytes of the printed form.
  public static func < (first: ResourceID, second: ResourceID) -> Bool {
    Value.keyOrder(first.description, second.description)
  }
}
