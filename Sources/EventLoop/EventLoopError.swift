/// A system call that failed, or an address that cannot be used.
public struct EventLoopError: Error, Sendable {
  /// What went wrong, as far as callers act on it.
  public struct Code: Sendable, Hashable {
    private enum Kind { case addressInUse, addressInvalid, refused, peerGone, systemLimit, other }
    private let kind: Kind

    /// Somebody listens at the address already.
    public static let addressInUse = Code(kind: .addressInUse)
    /// The address cannot be resolved or used.
    public static let addressInvalid = Code(kind: .addressInvalid)
    /// Nobody listens at the address, or it cannot be reached.
    public static let refused = Code(kind: .refused)
    /// The peer closed or reset the connection.
    public static let peerGone = Code(kind: .peerGone)
    /// The process or the machine has no more descriptors, threads or memory.
    public static let systemLimit = Code(kind: .systemLimit)
    /// Anything else.
    public static let other = Code(kind: .other)
  }

  /// What went wrong.
  public let code: Code
  /// The object and the reason, for example `cannot listen on 127.0.0.1:7400: address in use`.
  public let message: String

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - code: What went wrong.
  ///   - message: The object and the reason.
  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }
}

extension EventLoopError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
