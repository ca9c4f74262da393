public import Resources
public import Schema

extension Resources.Compliance {
  /// Creates the case; nil for one that is not set or not known.
  public init?(_ message: ResourceV1.Compliance) {
    switch message {
    case .compliant: self = .compliant
    case .hasUpdate: self = .hasUpdate
    case .nonCompliant: self = .nonCompliant
    case .undefined: self = .undefined
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ResourceV1.Compliance {
  /// Creates the case.
  public init(_ value: Resources.Compliance) {
    switch value {
    case .compliant: self = .compliant
    case .hasUpdate: self = .hasUpdate
    case .nonCompliant: self = .nonCompliant
    case .undefined: self = .undefined
    }
  }
}

extension Resources.HandlerResult {
  /// Creates the case; nil for one that is not set or not known.
  public init?(_ message: ResourceV1.HandlerResult) {
    switch message {
    case .new: self = .new
    case .successful: self = .successful
    case .failed: self = .failed
    case .skipped: self = .skipped
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ResourceV1.HandlerResult {
  /// Creates the case.
  public init(_ value: Resources.HandlerResult) {
    switch value {
    case .new: self = .new
    case .successful: self = .successful
    case .failed: self = .failed
    case .skipped: self = .skipped
    }
  }
}

extension Resources.Blocked {
  /// Creates the case; nil for one that is not set or not known.
  public init?(_ message: ResourceV1.Blocked) {
    switch message {
    case .notBlocked: self = .notBlocked
    case .blocked: self = .blocked
    case .temporarilyBlocked: self = .temporarilyBlocked
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ResourceV1.Blocked {
  /// Creates the case.
  public init(_ value: Resources.Blocked) {
    switch value {
    case .notBlocked: self = .notBlocked
    case .blocked: self = .blocked
    case .temporarilyBlocked: self = .temporarilyBlocked
    }
  }
}

extension Resources.Change {
  /// Creates the case; nil for one that is not set or not known.
  public init?(_ message: ResourceV1.Change) {
    switch message {
    case .none: self = .none
    case .created: self = .created
    case .updated: self = .updated
    case .purged: self = .purged
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ResourceV1.Change {
  /// Creates the case.
  public init(_ value: Resources.Change) {
    switch value {
    case .none: self = .none
    case .created: self = .created
    case .updated: self = .updated
    case .purged: self = .purged
    }
  }
}

extension Resources.ActionKind {
  /// Creates the case; nil for one that is not set or not known.
  public init?(_ message: ResourcesV1.ActionKind) {
    switch message {
    case .deploy: self = .deploy
    case .repair: self = .repair
    case .plan: self = .plan
    case .check: self = .check
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ResourcesV1.ActionKind {
  /// Creates the case.
  public init(_ value: Resources.ActionKind) {
    switch value {
    case .deploy: self = .deploy
    case .repair: self = .repair
    case .plan: self = .plan
    case .check: self = .check
    }
  }
}

extension Resources.LogLevel {
  /// Creates the level; nil for one that is not set or not known.
  public init?(_ message: LogV1.LogLevel) {
    self.init(rawValue: Int(message.rawValue))
  }
}

extension LogV1.LogLevel {
  /// Creates the level.
  public init(_ value: Resources.LogLevel) {
    self.init(rawValue: Int32(value.rawValue))
  }
}
