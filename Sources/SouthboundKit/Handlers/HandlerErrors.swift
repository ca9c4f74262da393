public import Resources

/// Thrown by a handler that declines to run for now. The resource is skipped and tried again later.
public struct SkipResource: Error, Sendable, CustomStringConvertible {
  /// Why, with names in braces.
  public let template: String
  /// Arguments of the template.
  public let arguments: [String: Value]

  /// Makes the signal.
  public init(_ template: String, _ arguments: [String: Value] = [:]) {
    self.template = template
    self.arguments = arguments
  }

  /// The reason with its arguments.
  public var description: String {
    LogTemplate.render(template, arguments: arguments.mapValues(\.redacted))
  }
}

/// Thrown by a handler that finds that something it requires is not as desired. The resource is
/// skipped until one of its requirements recovers.
public struct SkipForDependencies: Error, Sendable, CustomStringConvertible {
  /// Why, with names in braces.
  public let template: String
  /// Arguments of the template.
  public let arguments: [String: Value]

  /// Makes the signal.
  public init(_ template: String, _ arguments: [String: Value] = [:]) {
    self.template = template
    self.arguments = arguments
  }

  /// The reason with its arguments.
  public var description: String {
    LogTemplate.render(template, arguments: arguments.mapValues(\.redacted))
  }
}

/// Thrown by `read` when the resource does not exist; the same as setting `current.purged`.
public struct ResourcePurged: Error, Sendable {
  /// Makes the signal.
  public init() {}
}

/// What should happen after a run that did not succeed.
public enum OutcomeHint: String, Sendable, Hashable, CaseIterable {
  /// Nothing special: tried again after the usual interval.
  case none
  /// It is worth trying again soon, with growing pauses.
  case retrySoon
  /// Something else has to happen first; only an event or the usual interval tries again.
  case wait
  /// Trying the same desired state again cannot help; only a new one does.
  case giveUp
}

/// An error that names its cause, so that logs show the chain.
public protocol CausedError: Error {
  /// What caused it.
  var cause: (any Error)? { get }
}

/// An error of a handler, with a hint on what to do next.
public struct HandlerFailure: CausedError, Sendable, CustomStringConvertible {
  /// What went wrong, with names in braces.
  public let template: String
  /// Arguments of the template.
  public let arguments: [String: Value]
  /// What should happen next.
  public let hint: OutcomeHint
  /// What caused it.
  public let cause: (any Error)?

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - template: What went wrong: lowercase, no final stop, names in braces.
  ///   - arguments: Arguments of the template.
  ///   - hint: What should happen next.
  ///   - cause: What caused it.
  public init(
    _ template: String, _ arguments: [String: Value] = [:], hint: OutcomeHint = .none,
    cause: (any Error)? = nil
  ) {
    self.template = template
    self.arguments = arguments
    self.hint = hint
    self.cause = cause
  }

  /// The message with its arguments.
  public var description: String {
    LogTemplate.render(template, arguments: arguments.mapValues(\.redacted))
  }
}

extension ErrorInfo {
  /// Longest chain of causes that is kept.
  public static let causesMax = 16

  /// Describes any error: type, message and the chain of ``CausedError/cause``.
  ///
  /// - Parameter error: The error.
  public init(describing error: any Error) {
    var causes: [String] = []
    var next = (error as? any CausedError)?.cause
    while let cause = next, causes.count < ErrorInfo.causesMax {
      causes.append("\(Swift.type(of: cause)): \(LogTemplate.cut("\(cause)"))")
      next = (cause as? any CausedError)?.cause
    }
    self.init(
      type: "\(Swift.type(of: error))", message: LogTemplate.cut("\(error)"), causes: causes)
  }
}
