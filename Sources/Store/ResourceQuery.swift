public import Resources

/// Which resources are meant. Conditions that are empty do not restrict; all others must hold.
public struct ResourceFilter: Sendable, Hashable {
  /// Resource ids, any of them; `*` stands for any characters.
  public var patterns: [GlobPattern]
  /// Agents, any of them.
  public var agents: Set<String>
  /// Types, any of them.
  public var types: Set<String>
  /// Compliance, any of it.
  public var compliance: Set<Compliance>

  /// Makes a filter; by default one that lets everything pass.
  public init(
    patterns: [GlobPattern] = [], agents: Set<String> = [], types: Set<String> = [],
    compliance: Set<Compliance> = []
  ) {
    self.patterns = patterns
    self.agents = agents
    self.types = types
    self.compliance = compliance
  }

  /// Whether the filter lets everything pass.
  public var isEmpty: Bool {
    patterns.isEmpty && agents.isEmpty && types.isEmpty && compliance.isEmpty
  }

  /// Whether a resource is meant, as far as its id tells.
  ///
  /// - Parameter id: The resource.
  /// - Returns: Whether every condition but that on compliance holds.
  public func matches(_ id: ResourceID) -> Bool {
    if !agents.isEmpty, !agents.contains(id.agent) { return false }
    if !types.isEmpty, !types.contains(id.type) { return false }
    return patterns.isEmpty || patterns.contains { $0.matches(id.description) }
  }

  /// Whether a resource is meant.
  ///
  /// - Parameter state: State of the resource.
  /// - Returns: Whether every condition holds.
  public func matches(_ state: ResourceState) -> Bool {
    (compliance.isEmpty || compliance.contains(state.compliance)) && matches(state.id)
  }
}

/// A resource of the released version with its state.
public struct ResourceView: Sendable, Hashable {
  /// The resource; without fields unless they were asked for.
  public var resource: Resource
  /// Its state.
  public var state: ResourceState
  /// Why it cannot be deployed in this version, if so.
  public var undeployable: Undeployable

  /// Makes a view.
  public init(resource: Resource, state: ResourceState, undeployable: Undeployable) {
    self.resource = resource
    self.state = state
    self.undeployable = undeployable
  }
}

/// A part of the released version with states, in order of ids.
public struct ResourceViewPage: Sendable, Hashable {
  /// The resources.
  public var views: [ResourceView]
  /// Id to continue after; nil if that was all.
  public var nextAfter: String?
  /// The released version; nil if none is.
  public var version: VersionNumber?

  /// Makes a page.
  public init(views: [ResourceView], nextAfter: String?, version: VersionNumber?) {
    self.views = views
    self.nextAfter = nextAfter
    self.version = version
  }
}

/// A part of a version, in order of ids.
public struct ResourcePage: Sendable, Hashable {
  /// The resources, with their fields.
  public var resources: [Resource]
  /// Why each of them cannot be deployed, in the same order.
  public var undeployable: [Undeployable]
  /// Id to continue after; nil if that was all.
  public var nextAfter: String?

  /// Makes a page.
  public init(resources: [Resource], undeployable: [Undeployable], nextAfter: String?) {
    self.resources = resources
    self.undeployable = undeployable
    self.nextAfter = nextAfter
  }
}

/// A part of a listing, after an id.
public struct PageRequest: Sendable, Hashable {
  /// Only ids after this one; nil for the first part.
  public var after: String?
  /// At most so many.
  public var limit: Int

  /// Makes a request.
  public init(after: String? = nil, limit: Int) {
    self.after = after
    self.limit = limit
  }
}

/// Which handler runs are wanted, newest first.
public struct ActionQuery: Sendable, Hashable {
  /// The resource; nil for all.
  public var resourceID: ResourceID?
  /// Only those that come after this place.
  public var after: ActionCursor?
  /// At most so many.
  public var limit: Int
  /// Whether their log entries are wanted.
  public var hasEntries: Bool

  /// Makes a query.
  public init(
    resourceID: ResourceID? = nil, after: ActionCursor? = nil, limit: Int, hasEntries: Bool
  ) {
    self.resourceID = resourceID
    self.after = after
    self.limit = limit
    self.hasEntries = hasEntries
  }
}

/// A place among handler runs, newest first.
public struct ActionCursor: Sendable, Hashable {
  /// When the run before the place began.
  public var started: Timestamp
  /// Place of its chunk in the log of the server.
  public var chunk: Int64

  /// Makes a cursor.
  public init(started: Timestamp, chunk: Int64) {
    self.started = started
    self.chunk = chunk
  }

  /// The place before every run that began earlier than `time`.
  ///
  /// - Parameter time: The time.
  /// - Returns: The place.
  public static func before(_ time: Timestamp) -> ActionCursor {
    ActionCursor(started: time, chunk: .min)
  }
}

/// A stored handler run with its place.
public struct StoredAction: Sendable, Hashable {
  /// Place of its chunk in the log of the server.
  public var chunk: Int64
  /// The run.
  public var action: ResourceAction

  /// Makes a stored run.
  public init(chunk: Int64, action: ResourceAction) {
    self.chunk = chunk
    self.action = action
  }

  /// The place after it.
  public var cursor: ActionCursor { ActionCursor(started: action.started, chunk: chunk) }
}

/// Which facts are wanted.
public struct FactQuery: Sendable, Hashable {
  /// The resource; nil for all.
  public var resourceID: ResourceID?
  /// Only those after this one, by resource and name.
  public var after: FactKey?
  /// At most so many.
  public var limit: Int

  /// Makes a query.
  public init(resourceID: ResourceID? = nil, after: FactKey? = nil, limit: Int) {
    self.resourceID = resourceID
    self.after = after
    self.limit = limit
  }
}

/// Names a fact.
public struct FactKey: Sendable, Hashable {
  /// Its resource.
  public var resourceID: ResourceID
  /// Its name.
  public var name: String

  /// Makes a key.
  public init(resourceID: ResourceID, name: String) {
    self.resourceID = resourceID
    self.name = name
  }

  /// Whether it comes before another one: by resource, then by the bytes of the name.
  public func precedes(_ other: FactKey) -> Bool {
    resourceID == other.resourceID
      ? Value.keyOrder(name, other.name) : resourceID < other.resourceID
  }
}

extension Fact {
  /// Its name among all facts.
  public var key: FactKey { FactKey(resourceID: resourceID, name: name) }
}

/// A stored log entry with its place in the log of the environment.
public struct StoredLogEntry: Sendable, Hashable {
  /// Place of its chunk in the log of the server: rising in order of arrival.
  public var chunk: Int64
  /// The instance whose log it is from; its sequence counts within that log.
  public var source: AgentInstanceKey
  /// The entry.
  public var entry: LogEntry

  /// Makes a stored entry.
  public init(chunk: Int64, source: AgentInstanceKey, entry: LogEntry) {
    self.chunk = chunk
    self.source = source
    self.entry = entry
  }
}

/// Some entries of the log of an environment.
public struct LogPage: Sendable, Hashable {
  /// The entries, oldest first.
  public var entries: [StoredLogEntry]
  /// Chunk before which older entries are; nil if there are none.
  public var nextBefore: Int64?

  /// Number of chunks that a store reads for one page at most.
  public static let chunksMax = 2_000

  /// Makes a page.
  public init(entries: [StoredLogEntry], nextBefore: Int64?) {
    self.entries = entries
    self.nextBefore = nextBefore
  }
}
