internal import Deployment
internal import HandlerHost
internal import Resources
internal import Schema
internal import SchemaMapping
internal import SouthboundKit

/// A dry run whose resources are arriving.
struct PlanInProgress: Sendable {
  var resources: [Resource] = []
  var failures: [ResourcesV1.PlannedResource] = []
}

// Dry runs: beside the engine, a few at a time, changing nothing.
extension AgentCore {
  func receive(_ part: SessionsV1.PlanTask) {
    var plan = plans[part.planID] ?? PlanInProgress()
    for message in part.resources {
      do {
        plan.resources.append(try Resource(message))
      } catch {
        plan.failures.append(failure(message.id, "\(error)"))
      }
    }
    guard part.last else {
      if plan.resources.count <= configuration.limits.resourcesMax { plans[part.planID] = plan }
      return
    }
    plans[part.planID] = nil
    let isRefused = planTasks.count >= configuration.limits.plansMax
    if isRefused {
      plan.failures += plan.resources.map {
        failure($0.id.description, "the agent makes \(planTasks.count) plans already")
      }
      plan.resources = []
    }
    let ready = plan
    let version = VersionNumber(part.version)
    let kind: ActionKind = part.check ? .check : .plan
    // Cancelled at shutdown; ends with its last resource.
    planTasks[part.planID] = Task {
      await self.make(ready, id: part.planID, version, kind)
      self.planTasks[part.planID] = nil
    }
  }

  private func failure(_ id: String, _ message: String) -> ResourcesV1.PlannedResource {
    ResourcesV1.PlannedResource(resourceID: id, result: .failed, message: message)
  }

  private func make(
    _ plan: PlanInProgress, id: [UInt8], _ version: VersionNumber?, _ kind: ActionKind
  ) async {
    if let version { cache.beginRun(of: version) }
    answer(id, kind, plan.failures, isDone: false)
    await withTaskGroup(of: ResourcesV1.PlannedResource.self) { group in
      for (position, resource) in plan.resources.enumerated() {
        if position >= configuration.limits.planParallelism, let planned = await group.next() {
          answer(id, kind, [planned], isDone: false)
        }
        group.addTask { await self.plan(resource, version, kind) }
      }
      while let planned = await group.next() { answer(id, kind, [planned], isDone: false) }
    }
    answer(id, kind, [], isDone: true)
    if let version { inOrder { await $0.endRun(of: version) } }
  }

  /// The answers of a check follow the report of the states that it found: who reads the answer finds
  /// them at the server. With a disk that refuses, the answers do not wait.
  private func answer(
    _ id: [UInt8], _ kind: ActionKind, _ planned: [ResourcesV1.PlannedResource], isDone: Bool
  ) {
    guard session.isOpen, isDone || !planned.isEmpty else { return }
    let message = SessionsV1.AgentMessage.OneOf_Kind.planAnswer(
      SessionsV1.PlanAnswer(planID: id, resources: planned, done: isDone))
    if kind == .check, diskErrors[.state] == nil {
      session.answers.append(message)
      commitSignal.set()
    } else {
      session.control.append(message)
      sendSignal.set()
    }
  }

  private func plan(
    _ resource: Resource, _ version: VersionNumber?, _ kind: ActionKind
  ) async -> ResourcesV1.PlannedResource {
    let id = resource.id.description
    guard !resource.isUndefined else {
      return ResourcesV1.PlannedResource(
        resourceID: id, result: .undefined,
        message: "not known yet: \(resource.unknownFields.joined(separator: ", "))")
    }
    let hub = hub
    let outcome = await host.run(Operation(kind: kind, resource: resource, version: version)) {
      hub.append($0)
    }
    if kind == .check {
      perform(
        deployment.observe(
          resource.id, attributeHash: resource.attributeHash, result(of: outcome, .check),
          at: clock.now()))
    }
    let changes = outcome.changes.map { change in
      ResourceV1.AttributeChange(
        AttributeChange(
          field: change.field, current: change.current.map(presentable),
          desired: change.desired.map(presentable)))
    }
    return ResourcesV1.PlannedResource(
      resourceID: id, result: planResult(outcome), changes: changes, message: outcome.message)
  }

  private func planResult(_ outcome: Outcome) -> ResourcesV1.PlanResult {
    switch outcome.result {
    case .failed, .new: return .failed
    case .skipped: return .skipped
    case .successful: break
    }
    guard !outcome.changes.isEmpty else { return .unchanged }
    switch outcome.changes.first(where: { $0.field == "purged" })?.desired {
    case .bool(true): return .delete
    case .bool(false): return .create
    default: return .update
    }
  }
}
