internal import AgentStore
internal import Deployment
internal import HandlerHost
internal import Resources
internal import SouthboundKit
internal import Threads

/// Where a run left something that must be on the disk before the run is stored.
struct RunTrace: Sendable {
  var id: ResourceID
  var attributeHash: ContentDigest
  var actionID: ActionID
  var version: VersionNumber
  var paths: [String]
}

// What runs changed goes to the disk before their reports do, many runs together.
//
// Whoever requires a resource runs as soon as it is there for all processes to see; only what is
// stored and told to the server waits for the disk. If the disk refuses, the run has failed: its
// report says so, and the engine tries again.
extension AgentCore {
  /// Notes what must be on the disk before a run that ended is stored. A run that found a compliant
  /// resource as desired, and follows none that was cut off, left nothing.
  func trace(_ run: Deployment.Run, _ operation: Operation, _ outcome: Outcome) {
    let id = run.resource.id
    guard run.kind != .check, !outcome.paths.isEmpty else { return }
    let refused = refusedPaths.removeValue(forKey: id) ?? []
    let wasKept =
      !run.followsInterruption && refused.isEmpty && deployment.isCompliant(id)
    guard outcome.change != .none || outcome.result != .successful || !wasKept else { return }
    traces.append(
      RunTrace(
        id: id, attributeHash: run.resource.attributeHash, actionID: operation.actionID,
        version: run.version, paths: outcome.paths + refused))
  }

  /// Takes what waits into `committing`, with all that it tells of on the disk. Within the commit
  /// turn.
  func takeBatch() async {
    committing = batch
    batch = AgentBatch()
    batchBytes = 0
    let traces = traces
    self.traces = []
    guard !traces.isEmpty else { return }
    let paths = traces.flatMap(\.paths)
    let refused = await WorkThread.run { [disk] in disk.persist(paths) }
    guard !refused.isEmpty else { return }
    for trace in traces { revoke(trace, refused) }
    // What was read before the disk refused may not be what it has.
    for agent in Set(traces.map(\.id.agent)) {
      _ = await cache.invalidate(CacheFilter(agent: agent))
    }
  }

  /// Corrects what is about to be stored of a run whose paths the disk refused.
  private func revoke(_ trace: RunTrace, _ refused: [String: String]) {
    let paths = trace.paths.filter { refused[$0] != nil }
    guard let path = paths.first, let reason = refused[path] else { return }
    refusedPaths[trace.id] = paths
    let message = "the disk does not keep it: \(reason)"
    let entry = hub.append(
      LogEntry(
        sequence: 0, time: clock.now().wall, level: .error,
        template: "the disk does not keep it: {reason}", arguments: ["reason": .string(reason)],
        text: message, agent: trace.id.agent, resourceID: trace.id,
        handlerID: host.handlerID(for: trace.id.type) ?? "", actionID: trace.actionID,
        version: trace.version))
    if let index = committing.actions.firstIndex(where: { $0.id == trace.actionID }) {
      if committing.actions[index].result == .successful {
        committing.actions[index].result = .failed
        committing.actions[index].message = message
      }
      committing.actions[index].entries.append(entry)
    }
    perform(
      deployment.revoke(
        trace.id, attributeHash: trace.attributeHash, message: message, at: clock.now()))
    // The state that tells of the failure takes the place of the one that does not.
    committing.states[trace.id] =
      batch.states.removeValue(forKey: trace.id)
      ?? committing.states[trace.id]
  }
}
