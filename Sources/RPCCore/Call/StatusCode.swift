/// The outcome of a call: the seventeen codes of gRPC.
///
/// Raw values are the numbers of the `grpc-status` trailer.
public enum StatusCode: Int, Sendable, Hashable, CaseIterable {
  /// The call succeeded.
  case ok = 0
  /// The caller gave the call up.
  case cancelled = 1
  /// An error without a code of its own.
  case unknown = 2
  /// The request is wrong, whatever the state of the system.
  case invalidArgument = 3
  /// The deadline passed first.
  case deadlineExceeded = 4
  /// What the request names does not exist.
  case notFound = 5
  /// What the request would create exists already.
  case alreadyExists = 6
  /// The caller is known and may not do this.
  case permissionDenied = 7
  /// A quota, a limit or a disk is used up.
  case resourceExhausted = 8
  /// The system is not in the state that the request needs.
  case failedPrecondition = 9
  /// A conflict with another caller; trying the whole sequence again may work.
  case aborted = 10
  /// Past the end of what is there.
  case outOfRange = 11
  /// The server does not have this method.
  case unimplemented = 12
  /// A broken invariant.
  case internalError = 13
  /// The server cannot be reached just now; trying again with back-off may work.
  case unavailable = 14
  /// Data is lost or corrupt.
  case dataLoss = 15
  /// The caller is not known.
  case unauthenticated = 16

  /// The name that the gRPC documents use, for example `INVALID_ARGUMENT`.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internalError: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}
