public import Resources

/// Why desired state was refused. Nothing of it is in force then.
public struct DeploymentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable { case duplicateResource, dependencyCycle }
    private let kind: Kind
    private init(_ kind: Kind) { self.kind = kind }

    /// Two resources have the same id.
    public static let duplicateResource = Code(.duplicateResource)
    /// Resources require each other in a circle.
    public static let dependencyCycle = Code(.dependencyCycle)

    /// Its name.
    public var description: String { kind.rawValue }
  }

  /// What kind of failure it is.
  public let code: Code
  /// What is wrong, naming the resources.
  public let message: String
  /// The resources concerned; those of a cycle in the order in which one requires the next.
  public let resources: [ResourceID]

  /// Code and message.
  public var description: String { "\(code): \(message)" }
}
