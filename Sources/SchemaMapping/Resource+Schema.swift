public import Resources
public import Schema

extension Resources.SourceRange {
  /// Creates the range that a message stands for.
  public init(_ message: DiagnosticV1.SourceRange) {
    self.init(
      file: message.file, line: message.line, column: message.column, endLine: message.endLine,
      endColumn: message.endColumn)
  }
}

extension DiagnosticV1.SourceRange {
  /// Creates the message for a range.
  public init(_ range: Resources.SourceRange) {
    self.init(
      file: range.file, line: range.line, column: range.column, endLine: range.endLine,
      endColumn: range.endColumn)
  }
}

extension Resources.Resource {
  /// Creates the resource that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a malformed id, value or hash.
  public init(_ message: ResourceV1.Resource) throws(MappingError) {
    self.init(
      id: try mappedResourceID("id", message.id),
      fields: try mappedFields("fields", message.fields),
      requires: try mappedList("requires", message.requires) { text throws(MappingError) in
        try mappedResourceID("", text)
      },
      attributeHash: try required(
        "attribute_hash", try mappedDigest("attribute_hash", message.attributeHash)),
      sendsEvents: message.sendEvent, receivesEvents: message.receiveEvents,
      origin: message.origin.map { SourceRange($0) }, unknownFields: message.unknownFields)
  }

  /// Checks that the wire carries this resource unchanged: exporters call it, so that the author of
  /// the model is told.
  ///
  /// - Throws: `MappingError` naming the field and what is wrong with it.
  public func checkForWire() throws(MappingError) {
    try at("id") { () throws(MappingError) in try Value.check(id.description) }
    for (name, value) in fields {
      try at(name) { () throws(MappingError) in try value.checkForWire() }
    }
  }
}

extension ResourceV1.Resource {
  /// Creates the message for a resource.
  public init(_ resource: Resources.Resource) {
    self.init(
      id: resource.id.description, fields: [String: ValueV1.Value](resource.fields),
      requires: resource.requires.map(\.description),
      attributeHash: resource.attributeHash.bytes, sendEvent: resource.sendsEvents,
      receiveEvents: resource.receivesEvents,
      origin: resource.origin.map { DiagnosticV1.SourceRange($0) },
      unknownFields: resource.unknownFields)
  }
}

extension Resources.HandlerBinding {
  /// Creates the binding that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` for a malformed digest.
  public init(_ message: ResourceV1.HandlerBinding) throws(MappingError) {
    self.init(
      resourceType: message.resourceType, handlerID: message.handlerID,
      codeBundleDigest: try mappedDigest("code_bundle_digest", message.codeBundleDigest))
  }
}

extension ResourceV1.HandlerBinding {
  /// Creates the message for a binding.
  public init(_ binding: Resources.HandlerBinding) {
    self.init(
      resourceType: binding.resourceType, handlerID: binding.handlerID,
      codeBundleDigest: binding.codeBundleDigest?.bytes ?? [])
  }
}
