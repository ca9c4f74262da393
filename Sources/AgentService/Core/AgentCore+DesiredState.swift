internal import AgentStore
internal import Deployment
internal import Resources
internal import Schema
internal import SchemaMapping
internal import SouthboundKit

/// Parts of a desired state that is arriving.
struct PartialDesiredState: Sendable {
  var version: UInt64
  var resources: [Resource] = []
  var bindings: [HandlerBinding] = []
  var states: [ResourceState] = []
  var remoteStates: [ResourceState] = []
}

// New desired state: complete, checked, its contents on the disk, itself on the disk, and only then
// acknowledged and in force.
extension AgentCore {
  func receive(_ part: SessionsV1.DesiredState) async throws {
    if part.first { partialState = PartialDesiredState(version: part.version) }
    guard var state = partialState, state.version == part.version else { return }
    do {
      state.resources += try part.resources.map { message throws(MappingError) in
        try Resource(message)
      }
      state.bindings += try part.handlerBindings.map { message throws(MappingError) in
        try HandlerBinding(message)
      }
      state.states += try part.states.map { message throws(MappingError) in
        try ResourceState(message)
      }
      state.remoteStates += try part.remoteStates.map { message throws(MappingError) in
        try ResourceState(message)
      }
      guard state.resources.count <= configuration.limits.resourcesMax else {
        throw MappingError(
          path: "resources", reason: "more than \(configuration.limits.resourcesMax)")
      }
    } catch {
      partialState = nil
      say(
        .error, "version {version} is refused: {error}",
        ["version": .int(Int64(clamping: part.version)), "error": .string("\(error)")])
      return
    }
    partialState = part.last ? nil : state
    if part.last { try await enforce(state) }
  }

  private func enforce(_ state: PartialDesiredState) async throws {
    guard let version = VersionNumber(state.version) else { return }
    let checked: Deployment.CheckedRelease
    do {
      checked = try Deployment.CheckedRelease(
        Deployment.Release(
          version: version, resources: state.resources, knownStates: state.states,
          remoteStates: state.remoteStates))
    } catch {
      say(
        .error, "version {version} is refused: {error}",
        ["version": .int(Int64(clamping: state.version)), "error": .string("\(error)")])
      return
    }
    let change = difference(state, version)
    if isRepeated(change) {
      // The disk may have lost contents that the version needs.
      try await fetchAll(digests(of: state.resources), version)
      take(repeated: state, version)
      return
    }
    // Those of what did not change came with an earlier version.
    try await fetchAll(digests(of: change.changed), version)
    await commitTurn.enter()
    defer { commitTurn.leave() }
    // What happened so far is stored with the desired state that it belongs to.
    try await flushBeforeRelease()
    try await storePersistently(change)
    noteDiskAnswer()
    bindings = state.bindings
    perform(deployment.release(checked, at: clock.now()))
    inOrder { await $0.release(version) }
    session.control.append(
      .desiredStateStored(SessionsV1.DesiredStateStored(version: version.rawValue)))
    sendSignal.set()
    say(
      .info, "version {version} is in force: {resources} resources, {changed} new or changed",
      [
        "version": .int(Int64(clamping: version.rawValue)),
        "resources": .int(Int64(state.resources.count)),
        "changed": .int(Int64(change.changed.count)),
      ])
    if !change.removed.isEmpty || !change.changed.isEmpty {
      try? await store.removeContents(except: digests(of: state.resources))
    }
  }

  private func digests(of resources: [Resource]) -> Set<ContentDigest> {
    var digests: Set<ContentDigest> = []
    for resource in resources {
      for value in resource.fields.values { value.collectContentDigests(into: &digests) }
    }
    return digests
  }

  /// The server repeats what is in force at the beginning of each session: no reason to try
  /// everything again that failed.
  private func isRepeated(_ change: DesiredStateChange) -> Bool {
    change.version == deployment.version && change.changed.isEmpty && change.removed.isEmpty
      && change.bindings == bindings
  }

  private func take(repeated state: PartialDesiredState, _ version: VersionNumber) {
    for state in state.remoteStates { batch.remoteStates[state.id] = state }
    perform(deployment.receive(remote: state.remoteStates, at: clock.now()))
    session.control.append(
      .desiredStateStored(SessionsV1.DesiredStateStored(version: version.rawValue)))
    sendSignal.set()
  }

  /// Tries until the contents are there: a version without its contents is of no use, and a newer
  /// one comes over the same session only after this one.
  private func fetchAll(_ digests: Set<ContentDigest>, _ version: VersionNumber) async throws {
    var pause = configuration.limits.reconnectSecondsInitial
    while true {
      do {
        return try await fetcher.fetch(digests)
      } catch {
        try Task.checkCancellation()
        guard session.isOpen else { throw error }
        say(
          .error, "the contents of version {version} are not complete, tried again: {error}",
          ["version": .int(Int64(clamping: version.rawValue)), "error": .string("\(error)")])
        try await clock.sleep(seconds: pause)
        pause = min(2 * pause, configuration.limits.reconnectSecondsMax)
      }
    }
  }

  private func difference(
    _ state: PartialDesiredState, _ version: VersionNumber
  ) -> DesiredStateChange {
    var changed: [Resource] = []
    var kept = 0
    for resource in state.resources {
      guard let view = deployment.view(resource.id) else {
        changed.append(resource)
        continue
      }
      kept += 1
      if view.resource != resource { changed.append(resource) }
    }
    var removed: [ResourceID] = []
    if kept < deployment.resourceCount {
      let ids = Set(state.resources.map(\.id))
      removed = deployment.resources.map(\.id).filter { !ids.contains($0) }
    }
    return DesiredStateChange(
      version: version, changed: changed, removed: removed, bindings: state.bindings,
      remoteStates: state.remoteStates)
  }

  /// Within the commit turn.
  private func flushBeforeRelease() async throws {
    await takeBatch()
    defer { committing = AgentBatch() }
    while !committing.isEmpty {
      do {
        _ = try await store.commit(committing, sealing: 0)
        sendSignal.set()
        break
      } catch {
        do {
          try await waitForDisk(error)
        } catch {
          putBackCommitting()
          throw error
        }
      }
    }
    let starts = waitingStarts
    waitingStarts = []
    for run in starts { launch(run) }
  }

  private func storePersistently(_ change: DesiredStateChange) async throws {
    while true {
      do {
        return try await store.store(change)
      } catch {
        try await waitForDisk(error)
      }
    }
  }

  private func waitForDisk(_ error: any Error) async throws {
    try Task.checkCancellation()
    if !isDiskRefusing {
      isDiskRefusing = true
      say(
        .critical, "the disk refuses the agent's state, it is tried again: {error}",
        ["error": .string("\(error)")])
    }
    try await clock.sleep(seconds: configuration.limits.diskRetrySeconds)
  }
}
