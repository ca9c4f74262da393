/// What went wrong with a process, or with something that was asked of it.
public struct ProcessError: Error, CustomStringConvertible {
  /// What happened to what.
  public let description: String

  /// Makes an error; `description` names the object and the cause.
  public init(_ description: String) {
    self.description = description
  }
}
