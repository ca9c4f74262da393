/// Something with a canonical binary form; see ``CanonicalEncoder``.
public protocol CanonicalCodable: Sendable {
  /// Reads it.
  init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed)
  /// Appends it.
  func encode(to encoder: inout CanonicalEncoder)
}

extension CanonicalCodable {
  /// The canonical form.
  public var canonicalBytes: [UInt8] {
    var encoder = CanonicalEncoder()
    encode(to: &encoder)
    return encoder.bytes
  }

  /// Reads the canonical form; nothing may follow.
  public init(canonicalBytes bytes: [UInt8]) throws(CanonicalDecoder.Malformed) {
    var decoder = CanonicalDecoder(bytes)
    self = try Self(from: &decoder)
    guard decoder.isAtEnd else { throw decoder.unexpected("the end") }
  }
}

/// Reads a named case of an enumeration.
private func decodeCase<Case: RawRepresentable<String>>(
  _ type: Case.Type, _ decoder: inout CanonicalDecoder
) throws(CanonicalDecoder.Malformed) -> Case {
  let name = try decoder.decodeString()
  guard let value = Case(rawValue: name) else {
    throw decoder.unexpected("a \(Case.self), not `\(name)`")
  }
  return value
}

private func decodeDigest(
  _ decoder: inout CanonicalDecoder
) throws(CanonicalDecoder.Malformed) -> ContentDigest {
  guard let digest = ContentDigest(bytes: try decoder.decodeBytes()) else {
    throw decoder.unexpected("a digest of \(ContentDigest.byteCount) bytes")
  }
  return digest
}

private func decodeActionID(
  _ decoder: inout CanonicalDecoder
) throws(CanonicalDecoder.Malformed) -> ActionID {
  guard let id = ActionID(bytes: try decoder.decodeBytes()) else {
    throw decoder.unexpected("an action id of 16 bytes")
  }
  return id
}

extension ResourceID: CanonicalCodable {
  /// Reads an id.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    let text = try decoder.decodeString()
    guard let id = try? ResourceID(parsing: text) else {
      throw decoder.unexpected("a resource id, not `\(text)`")
    }
    self = id
  }

  /// Appends the printed form.
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(description) }
}

extension VersionNumber: CanonicalCodable {
  /// Reads a version.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    guard let version = VersionNumber(try decoder.decodeUInt64()) else {
      throw decoder.unexpected("a version")
    }
    self = version
  }

  /// Appends the number.
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(rawValue) }
}

extension Timestamp: CanonicalCodable {
  /// Reads a point in time.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(unixNanos: try decoder.decodeInt64())
  }

  /// Appends the nanoseconds.
  public func encode(to encoder: inout CanonicalEncoder) { encoder.encode(unixNanos) }
}

extension SourceRange: CanonicalCodable {
  /// Reads a range.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      file: try decoder.decodeString(),
      line: UInt32(truncatingIfNeeded: try decoder.decodeUInt64()),
      column: UInt32(truncatingIfNeeded: try decoder.decodeUInt64()),
      endLine: UInt32(truncatingIfNeeded: try decoder.decodeUInt64()),
      endColumn: UInt32(truncatingIfNeeded: try decoder.decodeUInt64()))
  }

  /// Appends the range.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(file)
    for number in [line, column, endLine, endColumn] { encoder.encode(UInt64(number)) }
  }
}

extension Resource: CanonicalCodable {
  /// Reads a resource.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    let id = try ResourceID(from: &decoder)
    let fields = try decoder.decodeEntries()
    let requires = try decoder.decodeList(ResourceID.init(from:))
    let hash = try decodeDigest(&decoder)
    let flags = try decoder.decodeByte()
    self.init(
      id: id, fields: fields, requires: requires, attributeHash: hash,
      sendsEvents: flags & 1 != 0, receivesEvents: flags & 2 != 0,
      origin: try decoder.decodeOptional(SourceRange.init(from:)),
      unknownFields: try decoder.decodeList { decoder throws(CanonicalDecoder.Malformed) in
        try decoder.decodeString()
      })
  }

  /// Appends the resource.
  public func encode(to encoder: inout CanonicalEncoder) {
    id.encode(to: &encoder)
    encoder.encode(fields)
    encoder.encode(list: requires) { $1.encode(to: &$0) }
    encoder.encode(attributeHash.bytes)
    encoder.encode(byte: (sendsEvents ? 1 : 0) | (receivesEvents ? 2 : 0))
    encoder.encode(optional: origin) { $1.encode(to: &$0) }
    encoder.encode(list: unknownFields) { $0.encode($1) }
  }
}

extension ResourceState: CanonicalCodable {
  /// Reads a state.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      id: try ResourceID(from: &decoder),
      compliance: try decodeCase(Compliance.self, &decoder),
      handlerResult: try decodeCase(HandlerResult.self, &decoder),
      blocked: try decodeCase(Blocked.self, &decoder),
      isDeploying: try decoder.decodeByte() != 0,
      version: try decoder.decodeOptional(VersionNumber.init(from:)),
      attributeHash: try decoder.decodeOptional(decodeDigest),
      change: try decodeCase(Change.self, &decoder),
      time: try decoder.decodeOptional(Timestamp.init(from:)),
      message: try decoder.decodeString())
  }

  /// Appends the state.
  public func encode(to encoder: inout CanonicalEncoder) {
    id.encode(to: &encoder)
    encoder.encode(compliance.rawValue)
    encoder.encode(handlerResult.rawValue)
    encoder.encode(blocked.rawValue)
    encoder.encode(byte: isDeploying ? 1 : 0)
    encoder.encode(optional: version) { $1.encode(to: &$0) }
    encoder.encode(optional: attributeHash) { $0.encode($1.bytes) }
    encoder.encode(change.rawValue)
    encoder.encode(optional: time) { $1.encode(to: &$0) }
    encoder.encode(message)
  }
}

extension AttributeChange: CanonicalCodable {
  /// Reads a change.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    func value(
      _ decoder: inout CanonicalDecoder
    ) throws(CanonicalDecoder.Malformed) -> Value { try decoder.decodeValue() }
    self.init(
      field: try decoder.decodeString(),
      current: try decoder.decodeOptional(value),
      desired: try decoder.decodeOptional(value))
  }

  /// Appends the change.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(field)
    encoder.encode(optional: current) { $0.encode($1) }
    encoder.encode(optional: desired) { $0.encode($1) }
  }
}

extension Fact: CanonicalCodable {
  /// Reads a fact.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      resourceID: try ResourceID(from: &decoder), name: try decoder.decodeString(),
      value: try decoder.decodeValue(), time: try Timestamp(from: &decoder),
      expires: try decoder.decodeByte() != 0,
      expiry: try decoder.decodeOptional(Timestamp.init(from:)))
  }

  /// Appends the fact.
  public func encode(to encoder: inout CanonicalEncoder) {
    resourceID.encode(to: &encoder)
    encoder.encode(name)
    encoder.encode(value)
    time.encode(to: &encoder)
    encoder.encode(byte: expires ? 1 : 0)
    encoder.encode(optional: expiry) { $1.encode(to: &$0) }
  }
}

extension LogEntry: CanonicalCodable {
  /// Reads an entry.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      sequence: try decoder.decodeUInt64(), time: try Timestamp(from: &decoder),
      level: try decodeLevel(&decoder), template: try decoder.decodeString(),
      arguments: try decoder.decodeEntries(), text: try decoder.decodeString(),
      agent: try decoder.decodeString(),
      resourceID: try decoder.decodeOptional(ResourceID.init(from:)),
      handlerID: try decoder.decodeString(),
      actionID: try decoder.decodeOptional(decodeActionID),
      version: try decoder.decodeOptional(VersionNumber.init(from:)),
      error: try decoder.decodeOptional(ErrorInfo.init(from:)),
      gap: try decoder.decodeOptional(LogGap.init(from:)))
  }

  /// Appends the entry.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(sequence)
    time.encode(to: &encoder)
    encoder.encode(byte: UInt8(level.rawValue))
    encoder.encode(template)
    encoder.encode(arguments)
    encoder.encode(text)
    encoder.encode(agent)
    encoder.encode(optional: resourceID) { $1.encode(to: &$0) }
    encoder.encode(handlerID)
    encoder.encode(optional: actionID) { $0.encode($1.bytes) }
    encoder.encode(optional: version) { $1.encode(to: &$0) }
    encoder.encode(optional: error) { $1.encode(to: &$0) }
    encoder.encode(optional: gap) { $1.encode(to: &$0) }
  }
}

private func decodeLevel(
  _ decoder: inout CanonicalDecoder
) throws(CanonicalDecoder.Malformed) -> LogLevel {
  guard let level = LogLevel(rawValue: Int(try decoder.decodeByte())) else {
    throw decoder.unexpected("a log level")
  }
  return level
}

extension ErrorInfo: CanonicalCodable {
  /// Reads a description of an error.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      type: try decoder.decodeString(), message: try decoder.decodeString(),
      causes: try decoder.decodeList { decoder throws(CanonicalDecoder.Malformed) in
        try decoder.decodeString()
      })
  }

  /// Appends the description.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(type)
    encoder.encode(message)
    encoder.encode(list: causes) { $0.encode($1) }
  }
}

extension LogGap: CanonicalCodable {
  /// Reads a record of missing entries.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      dropped: try decoder.decodeUInt64(), highestLevel: try decodeLevel(&decoder),
      reason: try decoder.decodeString())
  }

  /// Appends the record.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(dropped)
    encoder.encode(byte: UInt8(highestLevel.rawValue))
    encoder.encode(reason)
  }
}

extension ResourceAction: CanonicalCodable {
  /// Reads an action.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      id: try decodeActionID(&decoder), resourceID: try ResourceID(from: &decoder),
      version: try decoder.decodeOptional(VersionNumber.init(from:)),
      kind: try decodeCase(ActionKind.self, &decoder),
      started: try Timestamp(from: &decoder), finished: try Timestamp(from: &decoder),
      result: try decodeCase(HandlerResult.self, &decoder),
      change: try decodeCase(Change.self, &decoder),
      changes: try decoder.decodeList(AttributeChange.init(from:)),
      message: try decoder.decodeString(),
      entries: try decoder.decodeList(LogEntry.init(from:)))
  }

  /// Appends the action.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(id.bytes)
    resourceID.encode(to: &encoder)
    encoder.encode(optional: version) { $1.encode(to: &$0) }
    encoder.encode(kind.rawValue)
    started.encode(to: &encoder)
    finished.encode(to: &encoder)
    encoder.encode(result.rawValue)
    encoder.encode(change.rawValue)
    encoder.encode(list: changes) { $1.encode(to: &$0) }
    encoder.encode(message)
    encoder.encode(list: entries) { $1.encode(to: &$0) }
  }
}

extension HandlerBinding: CanonicalCodable {
  /// Reads a binding.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    self.init(
      resourceType: try decoder.decodeString(), handlerID: try decoder.decodeString(),
      codeBundleDigest: try decoder.decodeOptional(decodeDigest))
  }

  /// Appends the binding.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(resourceType)
    encoder.encode(handlerID)
    encoder.encode(optional: codeBundleDigest) { $0.encode($1.bytes) }
  }
}
