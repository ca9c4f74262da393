public import Resources

extension HandlerContext {
  /// Logs a step.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func trace(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.trace, template, arguments)
  }

  /// Logs what helps to look for a fault.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func debug(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.debug, template, arguments)
  }

  /// Logs what was done.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func info(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.info, template, arguments)
  }

  /// Logs something unexpected that did no harm.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func warning(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.warning, template, arguments)
  }

  /// Logs that something failed.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func error(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.error, template, arguments)
  }

  /// Logs that more than this run is in danger.
  ///
  /// - Parameters:
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func critical(_ template: String, _ arguments: [String: Value] = [:]) {
    log(.critical, template, arguments)
  }

  /// Logs an error with its type, message and chain of causes, at level error.
  ///
  /// - Parameters:
  ///   - error: The error.
  ///   - template: The message, with names in braces.
  ///   - arguments: Its arguments.
  public func exception(
    _ error: any Error, _ template: String, _ arguments: [String: Value] = [:]
  ) {
    log(.error, template, arguments, error: ErrorInfo(describing: error))
  }
}
