/// Who calls, as the authentication of a server has found out.
public struct Principal: Sendable, Hashable {
  /// The name, for logs and rules.
  public var name: String
  /// What else is known, for example the roles of a token.
  public var attributes: [String: String]

  /// Creates a principal.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - attributes: What else is known.
  public init(name: String, attributes: [String: String] = [:]) {
    self.name = name
    self.attributes = attributes
  }
}
