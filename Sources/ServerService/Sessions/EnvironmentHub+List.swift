internal import Resources
internal import Schema
internal import Store

extension EnvironmentHub {
  /// The agents of the released version, and those that are connected beside them.
  func agents() async throws -> [SessionsV1.Agent] {
    let instances = try await store.instances(in: name)
    var agents: [SessionsV1.Agent] = []
    for (agent, count) in release?.agents ?? [:] {
      var message = SessionsV1.Agent(name: agent, resources: UInt64(count))
      if let session = table.server(of: agent) {
        let stored = instances.first { $0.key == session.record.key } ?? session.record
        describe(stored, session, &message)
      } else if let last = Self.last(of: instances, serving: agent) {
        describe(last, nil, &message)
      }
      agents.append(message)
    }
    for instance in instances {
      let session = table[instance.key]
      guard session?.names.isEmpty ?? false else { continue }
      for pattern in instance.hello.namePatterns {
        var message = SessionsV1.Agent(name: pattern)
        describe(instance, session, &message)
        agents.append(message)
      }
    }
    for index in agents.indices {
      agents[index].refused = refusals.refused(for: agents[index].name).map { refusal in
        .init(
          instanceID: refusal.instanceID, address: refusal.address,
          timeUnixNanos: refusal.time.unixNanos, message: refusal.message)
      }
    }
    return agents.sorted {
      $0.name == $1.name
        ? Value.keyOrder($0.address, $1.address) : Value.keyOrder($0.name, $1.name)
    }
  }

  private static func last(
    of instances: [AgentInstanceRecord], serving agent: String
  ) -> AgentInstanceRecord? {
    instances.filter { instance in
      instance.hello.namePatterns.contains { GlobPattern($0).matches(agent) }
    }.max { $0.lastSeen < $1.lastSeen }
  }

  private func describe(
    _ instance: AgentInstanceRecord, _ session: SessionTable.Session?,
    _ message: inout SessionsV1.Agent
  ) {
    message.connected = session?.stream != nil
    if message.connected, let hindrance = session?.hindrance {
      message.paused = hindrance.isPaused
      message.diskError = hindrance.diskError
    }
    message.namePatterns = instance.hello.namePatterns
    message.address = instance.hello.address
    message.lastSeenUnixNanos =
      message.connected ? clock.now().unixNanos : instance.lastSeen.unixNanos
    message.softwareVersion = instance.hello.softwareVersion
    message.version = (session?.storedVersion ?? instance.hello.version)?.rawValue ?? 0
  }
}
