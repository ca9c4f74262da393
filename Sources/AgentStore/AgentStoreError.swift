internal import GRDB

/// Why the agent's disk did not keep or return something. Whatever was asked for was not done at
/// all, and may be tried again.
public struct AgentStoreError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: String, Sendable { case diskFull, corrupt, failed, missing }
    private let kind: Kind
    private init(_ kind: Kind) { self.kind = kind }

    /// No space is left.
    public static let diskFull = Code(.diskFull)
    /// What is there is not what was written.
    public static let corrupt = Code(.corrupt)
    /// The contents are not there.
    public static let missing = Code(.missing)
    /// Anything else that the system refused.
    public static let failed = Code(.failed)

    /// Its name.
    public var description: String { kind.rawValue }
  }

  /// What kind of failure it is.
  public let code: Code
  /// What was refused, naming the file.
  public let message: String
  /// What caused it.
  public let cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  init(translating error: any Error, _ doing: String) {
    switch error {
    case let error as AgentStoreError: self = error
    case let error as DatabaseError:
      let code: Code =
        switch error.resultCode {
        case .SQLITE_FULL: .diskFull
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
        default: .failed
        }
      let text = error.message ?? "error \(error.resultCode.rawValue)"
      self.init(code, "cannot \(doing): \(text)", cause: error)
    case is CancellationError: self.init(.failed, "cannot \(doing): cancelled", cause: error)
    default: self.init(.corrupt, "cannot \(doing): \(error)", cause: error)
    }
  }

  /// Code and message.
  public var description: String { "\(code): \(message)" }
}
