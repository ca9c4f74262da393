/// A place in an author's source file. Lines and columns are counted from 1.
public struct SourceRange: Sendable, Hashable {
  /// Path relative to the project, or `std/…` for the standard library.
  public var file: String
  /// First line.
  public var line: UInt32
  /// First column, in characters.
  public var column: UInt32
  /// Last line.
  public var endLine: UInt32
  /// Column after the last character.
  public var endColumn: UInt32

  /// Makes a range.
  public init(file: String, line: UInt32, column: UInt32, endLine: UInt32, endColumn: UInt32) {
    self.file = file
    self.line = line
    self.column = column
    self.endLine = endLine
    self.endColumn = endColumn
  }
}

/// The unit of desired state owned by one agent. Self-contained: nothing in it refers to the model.
public struct Resource: Sendable, Hashable {
  /// Stable name.
  public var id: ResourceID
  /// Desired value of each field.
  public var fields: [String: Value]
  /// Resources that must be deployed before this one; sorted.
  public var requires: [ResourceID]
  /// SHA-256 over the id and the canonical fields, without `requires`.
  public var attributeHash: ContentDigest
  /// Whether resources that require this one are told when it changed.
  public var sendsEvents: Bool
  /// Whether this resource reacts to events of those that it requires.
  public var receivesEvents: Bool
  /// Place in the model that made the instance.
  public var origin: SourceRange?
  /// Names of the fields whose values are not known yet; sorted.
  public var unknownFields: [String]

  /// Makes a resource.
  public init(
    id: ResourceID, fields: [String: Value], requires: [ResourceID],
    attributeHash: ContentDigest, sendsEvents: Bool, receivesEvents: Bool,
    origin: SourceRange? = nil, unknownFields: [String] = []
  ) {
    self.id = id
    self.fields = fields
    self.requires = requires
    self.attributeHash = attributeHash
    self.sendsEvents = sendsEvents
    self.receivesEvents = receivesEvents
    self.origin = origin
    self.unknownFields = unknownFields
  }

  /// Whether a field is not known yet, so that the resource cannot be deployed.
  public var isUndefined: Bool { !unknownFields.isEmpty }
}

/// Which code handles the resources of a type in one version.
public struct HandlerBinding: Sendable, Hashable {
  /// Type of resource.
  public var resourceType: String
  /// Identifier of the handler.
  public var handlerID: String
  /// SHA-256 of the code bundle that contains it; nil for a built-in handler.
  public var codeBundleDigest: ContentDigest?

  /// Makes a binding.
  public init(resourceType: String, handlerID: String, codeBundleDigest: ContentDigest? = nil) {
    self.resourceType = resourceType
    self.handlerID = handlerID
    self.codeBundleDigest = codeBundleDigest
  }
}
