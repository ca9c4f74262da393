internal import Logging
internal import RPCCore
internal import Resources
internal import Schema
internal import Store

// Wishes: on their way to agents until these say that what was asked for has ended.
extension EnvironmentHub {
  /// Keeps a wish, then hands it to agents; those that are absent get it when they come.
  func trigger(
    _ mode: DeployMode, _ resources: [String: [ResourceID]], isForAll: Bool
  ) async throws -> (told: [String], absent: [String]) {
    if record?.isHalted == true {
      throw RPCError(
        .failedPrecondition, "environment \(name) is halted; resume it to deploy")
    }
    try wishes.refuseMore()
    guard !resources.isEmpty else { return ([], []) }
    // A wish for so many is one for all: the agent finds out itself what it means.
    let isForAll =
      isForAll || resources.values.contains { $0.count > ServerLimits.triggerResourcesMax }
    let number = try await store.addPendingTriggers(
      resources.map { agent, ids in
        PendingTrigger(agent: agent, mode: mode, resourceIDs: isForAll ? [] : ids)
      }, in: name)
    let (told, absent) = resources.keys.sorted().partitioned { agent in
      table.server(of: agent)?.stream != nil
    }
    give(mode, to: told, as: [number]) { isForAll ? .all : .some(Set(resources[$0] ?? [])) }
    if !absent.isEmpty {
      let ids = absent.flatMap { resources[$0] ?? [] }
      wishes.addAbsent(
        mode, isForAll ? .all : .some(Set(ids)), Set(absent), as: takeNumber(),
        at: clock.elapsed())
    }
    return (told, absent)
  }

  /// The agent says that what a wish asked for has ended.
  func receive(_ answer: SessionsV1.TriggerAnswer, from session: OpenSession) async throws {
    try heard(session)
    guard let wish = wishes.answered(answer.number, by: session.stream) else { return }
    wakeWatchers()
    do { try await store.removePendingTriggers(wish.records, of: wish.agents, in: name) } catch {
      // It is given once more after the next start, which does no harm.
      logger.error("a wish that has ended could not be removed", metadata: ["error": "\(error)"])
    }
  }

  /// Reads what agents were asked for in the life of an earlier server and did not answer.
  func restoreWishes() async throws {
    for stored in try await store.pendingTriggers(in: name) where !wishes.isGiven(stored) {
      let ids = stored.trigger.resourceIDs
      wishes.addAbsent(
        stored.trigger.mode, ids.isEmpty ? .all : .some(Set(ids)), [stored.trigger.agent],
        as: takeNumber(), at: clock.elapsed())
    }
  }

  /// Hands wishes that waited for their agents to those that are connected now.
  func deliverWishes() async {
    let before = connected()
    for wish in wishes.takeOrphans(of: before.served, open: before.streams) {
      give(wish.mode, to: wish.agents.sorted(), as: wish.records) { _ in wish.scope }
    }
    if wishes.absentAgents.isDisjoint(with: before.served) { return }
    let triggers: [StoredTrigger]
    do { triggers = try await store.pendingTriggers(in: name) } catch {
      logger.error("waiting wishes could not be read", metadata: ["error": "\(error)"])
      return
    }
    // Until now they were waited for as what the store has: from here on, as what agents were given.
    // Who has come or gone while the store was read is looked after by the call for that.
    let served = before.served.intersection(connected().served)
    wishes.takeStored(of: served)
    for stored in triggers where served.contains(stored.trigger.agent) && !wishes.isGiven(stored) {
      let ids = stored.trigger.resourceIDs
      give(stored.trigger.mode, to: [stored.trigger.agent], as: [stored.number]) { _ in
        ids.isEmpty ? .all : .some(Set(ids))
      }
    }
  }

  private func connected() -> (served: Set<String>, streams: Set<UInt64>) {
    let sessions = table.sessions.values.filter { $0.stream != nil }
    return (
      sessions.reduce(into: []) { $0.formUnion($1.names) },
      Set(sessions.compactMap { $0.stream?.number })
    )
  }

  /// Gives a wish to the streams of agents, one for each; those without one wait for theirs.
  private func give(
    _ mode: DeployMode, to agents: [String], as records: Set<WishNumber>,
    scope: (String) -> TriggerScope
  ) {
    var scopes: [AgentInstanceKey?: (scope: TriggerScope, agents: Set<String>)] = [:]
    for agent in agents {
      let session = table.server(of: agent)
      let key = session?.stream == nil ? nil : session?.record.key
      if scopes[key] == nil {
        scopes[key] = (scope(agent), [agent])
      } else {
        scopes[key]?.scope.merge(scope(agent))
        scopes[key]?.agents.insert(agent)
      }
    }
    for (key, part) in scopes {
      let stream = key.flatMap { table[$0]?.stream }
      let number = takeNumber()
      var replaced: UInt64?
      stream?.mailbox.update { replaced = $0.add(mode, part.scope, as: number) }
      wishes.add(
        WishTable.Wish(
          mode: mode, scope: part.scope, agents: part.agents, stream: stream?.number,
          records: records, since: clock.elapsed()),
        as: number, replacing: replaced)
    }
  }
}

extension Sequence {
  /// The elements that fulfil a condition, and the others, in order.
  fileprivate func partitioned(
    _ isFirst: (Element) -> Bool
  ) -> (first: [Element], second: [Element]) {
    reduce(into: ([], [])) { parts, element in
      if isFirst(element) { parts.0.append(element) } else { parts.1.append(element) }
    }
  }
}
