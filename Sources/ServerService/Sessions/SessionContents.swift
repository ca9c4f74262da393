internal import Resources
internal import Store

/// Which resources a wish is for.
enum TriggerScope: Sendable, Hashable {
  case all
  case some(Set<ResourceID>)

  mutating func merge(_ other: TriggerScope) {
    guard case .some(let mine) = self, case .some(let others) = other,
      mine.count + others.count <= ServerLimits.triggerResourcesMax
    else {
      self = .all
      return
    }
    self = .some(mine.union(others))
  }
}

/// A dry run for one agent.
struct PlanOrder: Sendable {
  var id: PlanID
  var version: VersionNumber
  var isCheck: Bool
  var resources: [Resource]
}

/// What waits to be sent to an agent.
struct SessionContents: MailboxContents {
  /// Whether the desired state must be sent; it is read when it is sent.
  var hasDesiredState = false
  /// New states of remote resources, the newest of each.
  var remoteStates: [ResourceID: ResourceState] = [:]
  /// The last report that is stored.
  var acknowledged: UInt64?
  /// Wishes, by mode.
  var triggers: [DeployMode: TriggerScope] = [:]
  /// Dry runs, at most ``ServerLimits/plansMax``.
  var plans: [PlanOrder] = []
  /// Settings that changed.
  var settings: EnvironmentRecord?
  /// Whether a sign of life is due.
  var hasHeartbeat = false

  var isEmpty: Bool {
    !hasDesiredState && remoteStates.isEmpty && acknowledged == nil && triggers.isEmpty
      && plans.isEmpty && settings == nil && !hasHeartbeat
  }

  mutating func add(_ mode: DeployMode, _ scope: TriggerScope) {
    if triggers[mode] == nil { triggers[mode] = scope } else { triggers[mode]?.merge(scope) }
  }
}

/// An open session, as the adapter of the stream holds it.
struct OpenSession: Sendable {
  var key: AgentInstanceKey
  /// Distinguishes the streams of one instance.
  var stream: UInt64
  var acknowledged: UInt64
  var environment: EnvironmentRecord
  var mailbox: Mailbox<SessionContents>
}
