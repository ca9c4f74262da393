/// A call that did not succeed, or input that cannot become one.
public struct RPCError: Error, Sendable {
  /// Which side decided that the call fails.
  public enum Origin: Sendable, Hashable {
    /// This process: a limit, a deadline, a lost connection, a cancelled task.
    case local
    /// The peer, by the status that it sent.
    case remote
  }

  /// The outcome; never `.ok`.
  public var code: StatusCode
  /// Text for a person: lowercase, no final stop, names the object and both values.
  public var message: String
  /// The trailing metadata that came, or that goes, with the status.
  public var metadata: Metadata
  /// A serialized `google.rpc.Status` for `grpc-status-details-bin`. Empty when absent.
  public var details: [UInt8]
  /// The error below this one. It stays in the process.
  public var cause: (any Error)?
  /// Which side decided that the call fails.
  public var origin: Origin

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - code: The outcome; `.ok` is a mistake of the caller.
  ///   - message: Text for a person.
  ///   - metadata: Trailing metadata that goes with the status.
  ///   - details: A serialized `google.rpc.Status`, or nothing.
  ///   - cause: The error below this one.
  ///   - origin: Which side decided that the call fails.
  public init(
    _ code: StatusCode,
    _ message: String,
    metadata: Metadata = [:],
    details: [UInt8] = [],
    cause: (any Error)? = nil,
    origin: Origin = .local
  ) {
    precondition(code != .ok, "an error has a code other than ok")
    self.code = code
    self.message = message
    self.metadata = metadata
    self.details = details
    self.cause = cause
    self.origin = origin
  }

  /// The status that the trailers of a call carry for this error.
  public var status: Status { Status(code, message: message, details: details) }
}

extension RPCError: CustomStringConvertible {
  /// The code by name and the message, for example `NOT_FOUND: no version 12`.
  public var description: String { "\(code.name): \(message)" }
}

/// An error of a module below the services that knows which status it becomes on the wire.
public protocol RPCErrorConvertible: Error {
  /// The error as a caller far away should see it.
  var rpcError: RPCError { get }
}

extension RPCError {
  /// The longest text, in UTF-8 bytes, that is made of an error without a code.
  static let foreignTextBytesMax = 1024

  /// Gives any error a code, once, at the border of a service.
  ///
  /// A cancelled task becomes `.cancelled`; an error without a code becomes `.unknown` with its
  /// description, cut at 1 KiB.
  ///
  /// - Parameter error: What a handler threw.
  public init(translating error: any Error) {
    switch error {
    case let error as RPCError: self = error
    case let error as any RPCErrorConvertible: self = error.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled", cause: error)
    default:
      let text = "\(type(of: error)): \(error)"
      self.init(.unknown, text.prefix(utf8BytesMax: Self.foreignTextBytesMax), cause: error)
    }
  }
}
