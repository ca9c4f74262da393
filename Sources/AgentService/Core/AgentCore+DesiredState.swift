internal import AgentStore
internal import Deployment
internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import SouthboundKit

/// Parts of a desired state that is arriving.
struct PartialDesiredState: Sendable {
  var version: UInt64
  /// The version that it is a change of; 0 if it is whole.
  var since: UInt64
  var resources: [Resource] = []
  /// Resources of that version that are gone.
  var removed: Set<ResourceID> = []
  var bindings: [HandlerBinding] = []
  var states: [ResourceState] = []
  var remoteStates: [ResourceState] = []
}

// New desired state: complete, checked, its contents on the disk, itself on the disk, and only then
// acknowledged and in force.
extension AgentCore {
  func receive(_ part: SessionsV1.DesiredState) async throws {
    if part.first {
      // The server counts on what it sent before: from another state, the change leads nowhere.
      guard part.since == 0 || part.since == session.takenVersion else {
        throw RPCError(
          .aborted,
          "version \(part.version) came as a change of version \(part.since), which was not taken")
      }
      session.takenVersion = 0
      partialState = PartialDesiredState(version: part.version, since: part.since)
    }
    // Taken out: else each part would copy all that came before it.
    guard var state = partialState.take(), state.version == part.version else { return }
    do {
      for message in part.resources { state.resources.append(try Resource(message)) }
      for message in part.handlerBindings { state.bindings.append(try HandlerBinding(message)) }
      for message in part.states { state.states.append(try ResourceState(message)) }
      for message in part.remoteStates { state.remoteStates.append(try ResourceState(message)) }
      for text in part.removed { state.removed.insert(try ResourceID(parsing: text)) }
      guard state.resources.count <= configuration.limits.resourcesMax else {
        throw MappingError(
          path: "resources", reason: "more than \(configuration.limits.resourcesMax)")
      }
    } catch {
      say(
        .error, "version {version} is refused: {error}",
        ["version": .int(Int64(clamping: part.version)), "error": .string("\(error)")])
      return
    }
    guard part.last else {
      partialState = state
      return
    }
    if state.since > 0 { complete(&state) }
    try await enforce(state)
  }

  /// Adds what stays as it was.
  private func complete(_ state: inout PartialDesiredState) {
    let changed = Set(state.resources.map(\.id))
    for resource in deployment.resources
    where !changed.contains(resource.id) && !state.removed.contains(resource.id) {
      state.resources.append(resource)
    }
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
      session.takenVersion = version.rawValue
      // The disk may have lost contents that the version needs.
      try await fetchAll(digests(of: state.resources), version)
      take(repeated: state, version)
      return
    }
    // Those of what did not change came with an earlier version.
    let named = digests(of: state.resources)
    let isAllNew = change.changed.count == state.resources.count
    try await fetchAll(isAllNew ? named : digests(of: change.changed), version)
    await commitTurn.enter()
    defer { commitTurn.leave() }
    // What happened so far is stored with the desired state that it belongs to.
    try await flushBeforeRelease()
    try await storePersistently(change)
    noteDiskAnswer()
    bindings = state.bindings
    perform(deployment.release(checked, at: clock.now()))
    session.takenVersion = version.rawValue
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
      try? await store.removeContents(except: named)
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
        try await fetcher.fetch(digests)
        return noteDiskAnswer(of: .contents)
      } catch {
        try Task.checkCancellation()
        guard session.isOpen else { throw error }
        if (error as? AgentStoreError)?.code == .diskFull {
          noteDiskRefusal(error, of: .contents)
          try await clock.sleep(seconds: configuration.limits.diskRetrySeconds)
          continue
        }
        noteDiskAnswer(of: .contents)
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
      let isDesired = deployment.isDesired(resource)
      if isDesired != nil { kept += 1 }
      if isDesired != true { changed.append(resource) }
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
        spooledCount += 1
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
    noteDiskRefusal(error)
    try await clock.sleep(seconds: configuration.limits.diskRetrySeconds)
  }
}
