/// Why bytes are not a message of the expected type, and where.
public struct ProtobufError: Error, Sendable, Hashable {
  /// Field path from the outermost message, for example `batch.resources[3].fields.value`; empty
  /// for the outermost message itself.
  public var path: String
  /// What is wrong: lowercase, no final stop.
  public var reason: String

  /// Creates an error.
  public init(path: String = "", reason: String) {
    self.path = path
    self.reason = reason
  }

  /// Returns the same error seen from the message that holds `field`.
  public func inside(_ field: String) -> ProtobufError {
    ProtobufError(path: path.isEmpty ? field : "\(field).\(path)", reason: reason)
  }
}

extension ProtobufError: CustomStringConvertible {
  /// The path, a colon and the reason.
  public var description: String {
    path.isEmpty ? reason : "\(path): \(reason)"
  }
}
