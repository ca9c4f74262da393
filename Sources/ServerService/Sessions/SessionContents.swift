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
  /// Wishes, by mode, with the number to be answered.
  var triggers: [DeployMode: (scope: TriggerScope, number: UInt64)] = [:]
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

  /// Adds a wish, and returns the number of the one that it was merged with.
  mutating func add(
    _ mode: DeployMode, _ scope: TriggerScope, as number: UInt64
  ) -> UInt64? {
    guard var waiting = triggers[mode] else {
      triggers[mode] = (scope, number)
      return nil
    }
    waiting.scope.merge(scope)
    triggers[mode] = (waiting.scope, number)
    return waiting.number
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
