public import Diagnostics

/// The attribute that a compile follows, written `ENTITY.attribute`.
public struct TracedAttribute: Sendable, Hashable {
  /// The entity: its full name, or its last part if no other entity has that.
  public var entity: String
  /// The attribute or relation.
  public var attribute: String

  /// Makes the name of an attribute.
  public init(entity: String, attribute: String) {
    self.entity = entity
    self.attribute = attribute
  }

  /// Reads `ns::Entity.attribute`; nil if the text has another form.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    self.init(entity: String(parts[0]), attribute: String(parts[1]))
  }
}

/// Where the values of one attribute came from, instance by instance, assignment by assignment.
public struct ValueTrace: Sendable, Hashable {
  /// What happened to the attribute.
  public enum Action: String, Sendable, Hashable {
    /// It got its value.
    case set
    /// The relation got further values.
    case added
    /// A value came that it already had.
    case repeated
    /// The relation was declared to be empty.
    case emptied
    /// A value came that it could not take: the compile failed.
    case refused
    /// No value can come any more, because somebody needed all of them or nothing was left to do.
    case completed
    /// An index look-up found the instance.
    case found
  }

  /// A place in the model, and what it has to do with a step.
  public struct Origin: Sendable, Hashable {
    /// What is there.
    public var text: String
    /// Where it is.
    public var span: SourceSpan
  }

  /// One thing that happened.
  public struct Step: Sendable, Hashable {
    /// What it was.
    public var action: Action
    /// The value as text; empty if there is none.
    public var value: String
    /// Where the value stands in the model; nil if nothing in the model asked for it.
    public var span: SourceSpan?
    /// Whether the value is the default of the attribute.
    public var isDefault: Bool
    /// Whether the other end of the relation was assigned.
    public var isOtherEnd: Bool
    /// The implementations and constructors that led there, the nearest first.
    public var origins: [Origin]
  }

  /// What happened to the attribute of one instance.
  public struct Subject: Sendable, Hashable {
    /// The full name of the instance's entity.
    public var entity: String
    /// Where it is constructed: more than one place if an index found it again.
    public var constructors: [SourceSpan]
    /// What led to its first constructor, the nearest first.
    public var origins: [Origin]
    /// The value as text; nil if it has none.
    public var value: String?
    /// What happened, in order.
    public var steps: [Step]
  }

  /// The full name of the entity.
  public var entity: String
  /// The attribute.
  public var attribute: String
  /// The instances of the entity and of those below, in the order of their construction.
  public var subjects: [Subject]
}
