public import Resources

/// What must be remembered of a resource beside its state, over a restart.
public struct ResourceMemory: Sendable, Hashable {
  /// The resource.
  public var id: ResourceID
  /// Whether a change of what it requires waits for a successful run.
  public var hasEvent: Bool
  /// Whether a repair was begun or asked for that has not ended.
  public var needsRepair: Bool
  /// Whether a run of it was cut off.
  public var wasInterrupted: Bool

  /// Makes a memory.
  public init(id: ResourceID, hasEvent: Bool, needsRepair: Bool, wasInterrupted: Bool) {
    self.id = id
    self.hasEvent = hasEvent
    self.needsRepair = needsRepair
    self.wasInterrupted = wasInterrupted
  }

  var flags: Int { (hasEvent ? 1 : 0) | (needsRepair ? 2 : 0) | (wasInterrupted ? 4 : 0) }

  init(id: ResourceID, flags: Int) {
    self.init(
      id: id, hasEvent: flags & 1 != 0, needsRepair: flags & 2 != 0,
      wasInterrupted: flags & 4 != 0)
  }
}

/// Everything that an agent finds on its disk when it starts.
public struct StoredAgent: Sendable {
  /// Made once for each data folder; 16 bytes.
  public var instanceID: [UInt8]
  /// Version of the desired state; nil if there is none.
  public var version: VersionNumber?
  /// The desired state, in the order of ids.
  public var resources: [Resource] = []
  /// Handlers of the types in it.
  public var bindings: [HandlerBinding] = []
  /// States of the resources.
  public var states: [ResourceState] = []
  /// What else is to be remembered.
  public var memories: [ResourceMemory] = []
  /// States of resources of other agents.
  public var remoteStates: [ResourceState] = []
  /// The last report number that the server acknowledged.
  public var acknowledged: UInt64 = 0
  /// Whether deployment was stopped in the environment.
  public var isHalted = false
}

/// Changes of the desired state, made whole or not at all.
public struct DesiredStateChange: Sendable {
  /// The version.
  public var version: VersionNumber
  /// Resources that are new or differ in any way.
  public var changed: [Resource]
  /// Resources that are gone.
  public var removed: [ResourceID]
  /// Handlers of all types.
  public var bindings: [HandlerBinding]
  /// States of resources of other agents, all of them.
  public var remoteStates: [ResourceState]

  /// Makes a change.
  public init(
    version: VersionNumber, changed: [Resource], removed: [ResourceID],
    bindings: [HandlerBinding], remoteStates: [ResourceState]
  ) {
    self.version = version
    self.changed = changed
    self.removed = removed
    self.bindings = bindings
    self.remoteStates = remoteStates
  }
}

/// What happened since the last commit; stored in one transaction.
public struct AgentBatch: Sendable {
  /// New states; the last of each resource counts.
  public var states: [ResourceID: ResourceState] = [:]
  /// New memories.
  public var memories: [ResourceID: ResourceMemory] = [:]
  /// New states of resources of other agents.
  public var remoteStates: [ResourceID: ResourceState] = [:]
  /// Handler runs that ended, with their log entries.
  public var actions: [ResourceAction] = []
  /// Facts.
  public var facts: [Fact] = []
  /// Log entries that belong to no run.
  public var entries: [LogEntry] = []

  /// Makes an empty batch.
  public init() {}

  /// Whether there is nothing to store.
  public var isEmpty: Bool {
    states.isEmpty && memories.isEmpty && remoteStates.isEmpty && actions.isEmpty
      && facts.isEmpty && entries.isEmpty
  }

  /// Whether there is something for the server.
  public var hasReport: Bool {
    !states.isEmpty || !actions.isEmpty || !facts.isEmpty || !entries.isEmpty
  }
}

/// A numbered report. Its contents never change: the server stores each number once.
public struct SealedReport: Sendable, Hashable {
  /// Its number; rising without gaps.
  public var number: UInt64
  /// States.
  public var states: [ResourceState]
  /// Handler runs.
  public var actions: [ResourceAction]
  /// Facts.
  public var facts: [Fact]
  /// Log entries that belong to no run.
  public var entries: [LogEntry]
}

extension SealedReport: CanonicalCodable {
  /// Reads a report.
  public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecoder.Malformed) {
    number = try decoder.decodeUInt64()
    states = try decoder.decodeAll()
    actions = try decoder.decodeAll()
    facts = try decoder.decodeAll()
    entries = try decoder.decodeAll()
  }

  /// Appends the report.
  public func encode(to encoder: inout CanonicalEncoder) {
    encoder.encode(number)
    encoder.encodeAll(states)
    encoder.encodeAll(actions)
    encoder.encodeAll(facts)
    encoder.encodeAll(entries)
  }
}

extension CanonicalEncoder {
  mutating func encodeAll(_ parts: [some CanonicalCodable]) {
    encode(UInt64(parts.count))
    for part in parts { part.encode(to: &self) }
  }
}

extension CanonicalDecoder {
  mutating func decodeAll<Part: CanonicalCodable>() throws(Malformed) -> [Part] {
    let count = try decodeCount()
    var parts: [Part] = []
    parts.reserveCapacity(count)
    for _ in 0..<count { parts.append(try Part(from: &self)) }
    return parts
  }
}
