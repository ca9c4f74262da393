internal import Logging
internal import RPCCore
internal import Resources
internal import Schema
internal import Store

// Wishes: on their way to agents until these say that what was asked for has ended.
extension EnvironmentHub {
  /// Hands a wish to agents; those that are absent get it when they come.
  func trigger(
    _ mode: DeployMode, _ resources: [String: [ResourceID]], isForAll: Bool
  ) async throws -> (told: [String], absent: [String]) {
    if record?.isHalted == true {
      throw RPCError(
        .failedPrecondition, "environment \(name) is halted; resume it to deploy")
    }
    try wishes.refuseMore()
    var told: [String] = []
    var absent: [PendingTrigger] = []
    for (agent, ids) in resources {
      if table.server(of: agent)?.stream != nil {
        told.append(agent)
      } else {
        absent.append(
          PendingTrigger(agent: agent, mode: mode, resourceIDs: isForAll ? [] : ids))
      }
    }
    give(mode, to: told) { isForAll ? .all : .some(Set(resources[$0] ?? [])) }
    if !absent.isEmpty {
      let ids = absent.flatMap(\.resourceIDs)
      let agents = Set(absent.map(\.agent))
      wishes.addAbsent(
        mode, isForAll ? .all : .some(Set(ids)), agents, as: takeNumber(), at: clock.elapsed())
      do { try await store.addPendingTriggers(absent, in: name) } catch {
        wishes.takeStored(of: agents)
        throw error
      }
      // One of them may have come while the store was busy.
      await deliverWishes()
    }
    return (told.sorted(), absent.map(\.agent).sorted())
  }

  /// The agent says that what a wish asked for has ended.
  func receive(_ answer: SessionsV1.TriggerAnswer, from session: OpenSession) throws(RPCError) {
    try heard(session)
    wishes.answered(answer.number, by: session.stream)
    wakeWatchers()
  }

  /// Hands wishes that waited for their agents to those that are connected now.
  func deliverWishes() async {
    let connected = table.sessions.values.filter { $0.stream != nil }
    let served = connected.reduce(into: Set<String>()) { $0.formUnion($1.names) }
    let orphans = wishes.takeOrphans(
      of: served, open: Set(connected.compactMap { $0.stream?.number }))
    for wish in orphans { give(wish.mode, to: wish.agents.sorted()) { _ in wish.scope } }
    if served.isEmpty { return }
    let triggers: [PendingTrigger]
    do { triggers = try await store.takePendingTriggers(of: served, in: name) } catch {
      logger.error("waiting wishes could not be read", metadata: ["error": "\(error)"])
      return
    }
    // Until now they were waited for as what the store has: from here on, as what agents were given.
    wishes.takeStored(of: Set(triggers.map(\.agent)))
    for trigger in triggers {
      give(trigger.mode, to: [trigger.agent]) { _ in
        trigger.resourceIDs.isEmpty ? .all : .some(Set(trigger.resourceIDs))
      }
    }
  }

  /// Gives a wish to the streams of agents, one for each; those without one wait for theirs.
  private func give(
    _ mode: DeployMode, to agents: [String], scope: (String) -> TriggerScope
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
          since: clock.elapsed()),
        as: number, replacing: replaced)
    }
  }
}
