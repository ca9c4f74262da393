internal import Resources

/// Names an entry: `text` is what people see, the rest keeps agents and versions apart.
struct CacheKey: Sendable, Hashable {
  var agent: String
  var text: String
  var version: VersionNumber?
  /// Arguments that hold secrets: `text` shows only that there is one.
  var secrets: [String: Value] = [:]
}

/// A finaliser whose type of value is forgotten.
struct CacheFinaliser: Sendable {
  let run: @Sendable (any Sendable) async throws -> Void

  init<T: Sendable>(_ finalise: @escaping @Sendable (T) async throws -> Void) {
    run = { value in
      guard let value = value as? T else { return }
      try await finalise(value)
    }
  }
}

/// An entry that has left: its finaliser is due.
struct CacheRetired: Sendable {
  var key: String
  var value: any Sendable
  var finaliser: CacheFinaliser?
}

/// One entry of a ``HandlerCache``.
struct CacheEntry: Sendable {
  typealias Waiter = CheckedContinuation<(any Sendable)?, any Error>

  var key: CacheKey
  var handlerID: String
  var function: String
  var arguments: [String: Value]
  var created: Duration
  var expires: Duration?
  var lastUse: Duration
  /// Nil while it is computed.
  var value: (any Sendable)?
  var finaliser: CacheFinaliser?
  var hits: UInt64 = 0
  /// Runs that use the value.
  var pins = 0
  /// Callers that wait for the computation.
  var waiters: [UInt64: Waiter] = [:]
  /// Whether it has left and only waits for its last user.
  var isDetached = false

  func matches(_ filter: CacheFilter, now: Duration) -> Bool {
    if let text = filter.key, text != key.text { return false }
    if let handler = filter.handlerID, handler != handlerID { return false }
    if let version = filter.version, version != key.version { return false }
    if let agent = filter.agent, agent != key.agent { return false }
    if let age = filter.minimumAge, now - created < age { return false }
    return true
  }

  func info(number: UInt64, now: Duration) -> CacheEntryInfo {
    CacheEntryInfo(
      number: number, key: key.text, agent: key.agent, handlerID: handlerID, function: function,
      arguments: arguments.mapValues(\.redacted), version: key.version, age: now - created,
      remaining: expires.map { $0 - now }, hits: hits, hasFinaliser: finaliser != nil,
      isComputing: value == nil)
  }
}
