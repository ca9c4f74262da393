internal import RPCCore
internal import Resources
internal import Schema
internal import Store

/// Identifier of a dry run: 16 random bytes.
struct PlanID: Sendable, Hashable {
  let bytes: [UInt8]

  init() { bytes = ActionID.random().bytes }
  init(bytes: [UInt8]) { self.bytes = bytes }
}

/// Answers that wait for the client of a dry run; there are at most as many as resources.
struct PlanContents: MailboxContents {
  var resources: [ResourcesV1.PlannedResource] = []
  var remaining = 0
  /// Whether everything has answered.
  var isDone = false

  var isEmpty: Bool { resources.isEmpty && !isDone }
}

/// A dry run that is going on.
struct PlanRun: Sendable {
  /// Resources that have not answered, by the instance that was asked.
  var open: [AgentInstanceKey: Set<String>] = [:]
  let mailbox = Mailbox<PlanContents>()

  var remaining: Int { open.values.reduce(0) { $0 + $1.count } }

  /// Takes answers of resources that were asked and have not answered.
  mutating func answer(_ results: [ResourcesV1.PlannedResource], from key: AgentInstanceKey) {
    var accepted: [ResourcesV1.PlannedResource] = []
    for result in results where open[key]?.remove(result.resourceID) != nil {
      accepted.append(Self.bounded(result))
    }
    if open[key]?.isEmpty == true { open[key] = nil }
    publish(accepted)
  }

  /// The answer as it fits into any message: without its changes, if they are too large.
  private static func bounded(
    _ result: ResourcesV1.PlannedResource
  ) -> ResourcesV1.PlannedResource {
    let bytes = result.serialized().count
    guard bytes > WireBounds.resourceBytesMax else { return result }
    var result = result
    let message = "\(result.changes.count) changes of \(bytes) bytes are too large to show"
    result.changes = []
    result.message = result.message.isEmpty ? message : "\(message): \(result.message)"
    result.message = result.message.cut(toBytes: WireBounds.lineBytesMax)
    return result
  }

  /// Answers for everything that an instance was asked and has not answered.
  mutating func fail(
    _ key: AgentInstanceKey, _ result: ResourcesV1.PlanResult, _ message: String
  ) {
    guard let ids = open.removeValue(forKey: key) else { return }
    publish(
      ids.sorted().map { .init(resourceID: $0, result: result, message: message) })
  }

  func publish(_ results: [ResourcesV1.PlannedResource]) {
    let remaining = remaining
    mailbox.update { contents in
      contents.resources += results
      contents.remaining = remaining
      contents.isDone = remaining == 0
    }
  }
}

extension EnvironmentHub {
  /// Asks agents for a dry run of resources.
  func startPlan(
    _ resources: [(resource: Resource, undeployable: Undeployable)], of version: VersionNumber,
    isCheck: Bool
  ) throws -> (id: PlanID, mailbox: Mailbox<PlanContents>) {
    guard plans.count < ServerLimits.plansMax else {
      throw RPCError(
        .resourceExhausted,
        "\(ServerLimits.plansMax) dry runs of environment \(name) are going on already")
    }
    let id = PlanID()
    var run = PlanRun()
    var orders: [AgentInstanceKey: [Resource]] = [:]
    var known: [ResourcesV1.PlannedResource] = []
    for (resource, undeployable) in resources {
      let text = resource.id.description
      if undeployable != .no {
        let message =
          undeployable == .undefined
          ? "a field of it is not known yet: \(resource.unknownFields.joined(separator: ", "))"
          : "requires a resource with a field that is not known yet"
        known.append(.init(resourceID: text, result: .undefined, message: message))
      } else if let session = table.server(of: resource.id.agent), session.stream != nil {
        if let reason = stuckReason(of: session) {
          known.append(.init(resourceID: text, result: .failed, message: reason))
          continue
        }
        orders[session.record.key, default: []].append(resource)
        run.open[session.record.key, default: []].insert(text)
      } else {
        known.append(
          .init(
            resourceID: text, result: .agentAbsent,
            message: "agent \(resource.id.agent) is not connected"))
      }
    }
    plans[id] = run
    run.publish(known)
    for (key, resources) in orders {
      let order = PlanOrder(id: id, version: version, isCheck: isCheck, resources: resources)
      table[key]?.stream?.mailbox.update { $0.plans.append(order) }
    }
    return (id, run.mailbox)
  }

  func endPlan(_ id: PlanID) { plans[id] = nil }

  /// Takes an answer of an agent; one to a plan whose client has left is dropped.
  func receive(_ answer: SessionsV1.PlanAnswer, from session: OpenSession) throws(RPCError) {
    try heard(session)
    let id = PlanID(bytes: answer.planID)
    plans[id]?.answer(answer.resources, from: session.key)
    if answer.done {
      plans[id]?.fail(session.key, .failed, "the agent ended the dry run without an answer")
    }
  }

  /// Why an agent reads no dry run: it waits for its disk to take a version.
  func stuckReason(of session: SessionTable.Session?) -> String? {
    guard let session, let hindrance = session.hindrance, hindrance.refusesVersions,
      session.storedVersion != release?.version
    else { return nil }
    return "the agent waits for its disk: \(hindrance.diskError)"
  }

  /// Answers for an instance that has gone, or cannot.
  func failPlans(
    of key: AgentInstanceKey, _ result: ResourcesV1.PlanResult = .agentAbsent,
    _ message: String = "the agent disconnected during the dry run"
  ) {
    for id in plans.keys { plans[id]?.fail(key, result, message) }
  }
}
