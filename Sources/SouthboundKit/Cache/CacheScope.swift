public import Resources
internal import Synchronization

/// The cache as one handler run sees it: the keys carry its agent and handler, and what the run has
/// used is not finalised before the run ends.
public final class CacheScope: Sendable {
  private let cache: HandlerCache
  private let agent: String
  private let handlerID: String
  private let version: VersionNumber?
  private let pins = Mutex<Set<UInt64>>([])

  /// Opens a scope for one run.
  ///
  /// - Parameters:
  ///   - cache: The cache.
  ///   - agent: Name of the agent.
  ///   - handlerID: Identifier of the handler.
  ///   - version: Version whose desired state is applied.
  public init(cache: HandlerCache, agent: String, handlerID: String, version: VersionNumber?) {
    self.cache = cache
    self.agent = agent
    self.handlerID = handlerID
    self.version = version
  }

  /// Returns the cached value of a function for its arguments, computing it if there is none.
  ///
  /// ```swift
  /// let device = try await context.cache.value(
  ///   "connection", arguments: ["address": .string(address)],
  ///   lifetime: .timeoutAndVersion(.seconds(120)), finalise: { await $0.close() }
  /// ) { try await Device.connect(to: address) }
  /// ```
  ///
  /// - Parameters:
  ///   - function: Name of the function; the enclosing one if left out.
  ///   - arguments: All its arguments, those with default values too.
  ///   - ignored: Names of arguments that do not tell entries apart.
  ///   - lifetime: How long the value is kept.
  ///   - finalise: Runs exactly once when the entry has left and no run uses the value any more.
  ///   - compute: Makes the value. While it runs, other callers of the same key wait for it.
  /// - Returns: The value.
  /// - Throws: What `compute` throws, also to those who wait for it; ``CacheError``;
  ///   `CancellationError` if the run is cancelled while it waits.
  public func value<T: Sendable>(
    _ function: String = #function, arguments: [String: Value] = [:],
    ignoring ignored: Set<String> = [], lifetime: CacheLifetime = .automatic,
    finalise: (@Sendable (T) async throws -> Void)? = nil, compute: () async throws -> T
  ) async throws -> T {
    let named = arguments["version"]?.intValue.flatMap { $0 > 0 ? VersionNumber(UInt64($0)) : nil }
    let timeout: Duration?
    let bound: VersionNumber?
    switch lifetime {
    case .automatic:
      (bound, timeout) = (named, named == nil ? cache.limits.timeoutDefault : nil)
    case .timeout(let duration):
      (bound, timeout) = (nil, duration)
    case .version:
      bound = named ?? version
      timeout = bound == nil ? cache.limits.timeoutDefault : nil
    case .timeoutAndVersion(let duration):
      (bound, timeout) = (named ?? version, duration)
    }
    let kept = ignored.isEmpty ? arguments : arguments.filter { !ignored.contains($0.key) }
    let request = HandlerCache.Request(
      key: CacheKey(
        agent: agent, text: text(function, kept), version: bound,
        secrets: kept.filter { $0.value.redacted != $0.value }),
      handlerID: handlerID, function: function, arguments: kept, timeout: timeout)
    return try await cache.value(request, scope: self, finalise: finalise, compute: compute)
  }

  /// Drops the entries of a function and its arguments, for a handler that finds that a value is of
  /// no use any more: a connection that broke, for example. Runs that use the value keep it, also
  /// this one; its finaliser runs when they have ended.
  ///
  /// - Parameters:
  ///   - function: Name of the function; the enclosing one if left out.
  ///   - arguments: All its arguments.
  ///   - ignored: Names of arguments that do not tell entries apart.
  public func drop(
    _ function: String = #function, arguments: [String: Value] = [:],
    ignoring ignored: Set<String> = []
  ) async {
    let kept = arguments.filter { !ignored.contains($0.key) }
    _ = await cache.invalidate(CacheFilter(key: text(function, kept), agent: agent))
  }

  /// Ends the scope: what it used may be finalised now.
  public func end() async {
    let held = pins.withLock { pins in
      defer { pins = [] }
      return Array(pins)
    }
    guard !held.isEmpty else { return }
    await cache.unpin(held)
  }

  /// Notes that the run uses an entry, which was pinned for it. Each entry stays pinned once.
  func hold(_ id: UInt64, in cache: HandlerCache) {
    let isNew = pins.withLock { $0.insert(id).inserted }
    if !isNew { cache.unpinDuplicate(id) }
  }

  /// `handler.function(name=value,…)`, with the names sorted and the values as JSON.
  private func text(_ function: String, _ arguments: [String: Value]) -> String {
    var text = "\(handlerID).\(function)("
    for (index, name) in arguments.keys.sorted(by: Value.keyOrder).enumerated() {
      if index > 0 { text += "," }
      text += name
      text += "="
      arguments[name, default: .null].appendJSON(to: &text)
    }
    return text + ")"
  }
}
