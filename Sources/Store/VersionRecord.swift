public import Resources

/// What a version is to its environment.
public enum VersionStatus: String, Sendable, Hashable, CaseIterable {
  /// The desired state.
  case active
  /// Newer than the released one, and not released.
  case candidate
  /// Was released before.
  case retired
  /// Older than the released one, and never released.
  case skippedCandidate = "skipped_candidate"

  /// Tells the status of a version.
  ///
  /// - Parameters:
  ///   - number: The version.
  ///   - isReleased: Whether it was ever released.
  ///   - active: The released version of the environment.
  public init(of number: VersionNumber, isReleased: Bool, active: VersionNumber?) {
    guard let active else {
      self = .candidate
      return
    }
    if number == active {
      self = .active
    } else if isReleased {
      self = .retired
    } else {
      self = number > active ? .candidate : .skippedCandidate
    }
  }
}

/// A version without its resources.
public struct VersionRecord: Sendable, Hashable {
  /// Its environment.
  public var environment: EnvironmentName
  /// Its number.
  public var number: VersionNumber
  /// What it is to its environment.
  public var status: VersionStatus
  /// Number of resources.
  public var resourceCount: Int
  /// When it was stored.
  public var created: Timestamp
  /// When it was released.
  public var released: Timestamp?
  /// What it is for, for people.
  public var message: String

  /// Makes a record.
  public init(
    environment: EnvironmentName, number: VersionNumber, status: VersionStatus,
    resourceCount: Int, created: Timestamp, released: Timestamp?, message: String
  ) {
    self.environment = environment
    self.number = number
    self.status = status
    self.resourceCount = resourceCount
    self.created = created
    self.released = released
    self.message = message
  }
}

/// A version that is to be stored.
public struct NewVersion: Sendable {
  /// Its environment.
  public var environment: EnvironmentName
  /// A reserved number; nil to take the next one.
  public var number: VersionNumber?
  /// A put that is repeated with the same key returns the version of the first one.
  public var idempotencyKey: String
  /// Whether it is released in the same transaction.
  public var isReleased: Bool
  /// What it is for, for people.
  public var message: String
  /// Its resources, in any order.
  public var resources: [Resource]
  /// Handlers of the types in it.
  public var handlerBindings: [HandlerBinding]

  /// Longest idempotency key in bytes.
  public static let idempotencyKeyBytesMax = 128
  /// Longest message in bytes.
  public static let messageBytesMax = 4_096
  /// Largest number of resources in a version.
  public static let resourcesMax = 1_000_000

  /// Makes a version to be stored.
  public init(
    environment: EnvironmentName, number: VersionNumber? = nil, idempotencyKey: String = "",
    isReleased: Bool = false, message: String = "", resources: [Resource],
    handlerBindings: [HandlerBinding] = []
  ) {
    self.environment = environment
    self.number = number
    self.idempotencyKey = idempotencyKey
    self.isReleased = isReleased
    self.message = message
    self.resources = resources
    self.handlerBindings = handlerBindings
  }

  /// Checks the lengths and the sizes.
  ///
  /// - Throws: ``StoreError`` with ``StoreError/Code/invalidArgument``.
  public func validate() throws(StoreError) {
    guard idempotencyKey.utf8.count <= Self.idempotencyKeyBytesMax else {
      throw StoreError(
        .invalidArgument,
        "the idempotency key has \(idempotencyKey.utf8.count) bytes, "
          + "at most \(Self.idempotencyKeyBytesMax) are allowed")
    }
    guard message.utf8.count <= Self.messageBytesMax else {
      throw StoreError(
        .invalidArgument,
        "the message has \(message.utf8.count) bytes, at most \(Self.messageBytesMax) are allowed")
    }
    guard resources.count <= Self.resourcesMax else {
      throw StoreError(
        .invalidArgument,
        "the version has \(resources.count) resources, at most \(Self.resourcesMax) are allowed")
    }
    for resource in resources where resource.wireBytes > WireBounds.resourceBytesMax {
      throw StoreError(
        .invalidArgument,
        "\(resource.id) has about \(resource.wireBytes) bytes, at most "
          + "\(WireBounds.resourceBytesMax) are allowed; upload large contents as files")
    }
  }
}

/// What came of a put.
public struct PutOutcome: Sendable, Hashable {
  /// The version.
  public var version: VersionRecord
  /// Whether an earlier put with the same idempotency key had stored it.
  public var isAlreadyStored: Bool

  /// Makes an outcome.
  public init(version: VersionRecord, isAlreadyStored: Bool) {
    self.version = version
    self.isAlreadyStored = isAlreadyStored
  }
}
