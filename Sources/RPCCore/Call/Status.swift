/// How a call ended: the code, the text and the details that its trailers carry.
public struct Status: Sendable, Hashable {
  /// The outcome.
  public var code: StatusCode
  /// Text for a person: lowercase, names the object. Empty for `.ok`.
  public var message: String
  /// A serialized `google.rpc.Status`, the value of `grpc-status-details-bin`. Empty when absent.
  public var details: [UInt8]

  /// Creates a status.
  ///
  /// - Parameters:
  ///   - code: The outcome.
  ///   - message: Text for a person.
  ///   - details: A serialized `google.rpc.Status`, or nothing.
  public init(_ code: StatusCode, message: String = "", details: [UInt8] = []) {
    self.code = code
    self.message = message
    self.details = details
  }

  /// Success without a message.
  public static let ok = Status(.ok)
}
