/// Why the store did not do what it was asked.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable {
      case notFound, alreadyExists, failedPrecondition, invalidArgument, exhausted, unavailable
      case corrupt, cancelled, internalError
    }
    private let kind: Kind

    /// What was named does not exist.
    public static let notFound = Code(kind: .notFound)
    /// What was to be made exists.
    public static let alreadyExists = Code(kind: .alreadyExists)
    /// The state of the environment forbids it.
    public static let failedPrecondition = Code(kind: .failedPrecondition)
    /// The input is wrong in itself.
    public static let invalidArgument = Code(kind: .invalidArgument)
    /// The disk is full, or a limit is reached.
    public static let exhausted = Code(kind: .exhausted)
    /// The database cannot be reached just now.
    public static let unavailable = Code(kind: .unavailable)
    /// What is stored cannot be read.
    public static let corrupt = Code(kind: .corrupt)
    /// The caller gave up.
    public static let cancelled = Code(kind: .cancelled)
    /// A mistake of the store itself.
    public static let internalError = Code(kind: .internalError)

    /// The name of the code.
    public var description: String { kind.rawValue }
  }

  /// Kind of failure.
  public let code: Code
  /// One sentence without final stop that names the object and both values; never a bound value.
  public let message: String
  /// What the database said.
  public let cause: (any Error)?

  /// Makes an error.
  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The code and the message.
  public var description: String { "\(code): \(message)" }
}
