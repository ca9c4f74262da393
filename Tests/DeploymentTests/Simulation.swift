import Deployment
import Resources

/// A violated promise, with the step at which it showed.
struct Violation: Error, CustomStringConvertible {
  let description: String
}

/// One agent, one server and the world in one process, with seeded time, order and faults.
///
/// The disk is what the agent's store keeps; a crash loses everything but disk, server and world.
struct Simulation {
  // MARK: - What survives a crash

  struct Disk {
    var release: Deployment.Release?
    var states: [ResourceID: ResourceState] = [:]
    var memories: [ResourceID: Deployment.Memory] = [:]
    var remotes: [ResourceID: ResourceState] = [:]
    var unsent: [ResourceID: ResourceState] = [:]
    var sealed: (number: UInt64, states: [ResourceState])?
    var acknowledged: UInt64 = 0
  }
  struct Server {
    var release: Deployment.Release
    var states: [ResourceID: ResourceState] = [:]
    var stored: UInt64 = 0
    var remotes: [ResourceID: ResourceState]
  }
  struct Uncommitted {
    var states: [ResourceID: ResourceState] = [:]
    var memories: [ResourceID: Deployment.Memory] = [:]
    var remotes: [ResourceID: ResourceState] = [:]
  }
  enum Message {
    case release(Deployment.Release)
    case remotes([ResourceState])
    case acknowledged(UInt64)
    case report(UInt64, [ResourceState])
  }
  struct Running {
    var run: Deployment.Run
    var startedAt: UInt64
  }

  var random: SplitMix64
  var engine: Deployment
  var disk = Disk()
  var uncommitted = Uncommitted()
  var server: Server
  var actual: [ResourceID: ContentDigest] = [:]
  var running: [ResourceID: Running] = [:]
  /// Asks without an answer; the resource, if it is just one that surely runs for it.
  var asks: [UInt64: ResourceID?] = [:]
  var toAgent: [Message] = []
  var toServer: [Message] = []
  var isConnected = false
  var isHealthy = false
  var nanos: Int64 = 0
  var timerDue: Int64?
  var steps: UInt64 = 0
  var trace: [String] = []
  var isTracing: Bool

  /// Dependents that must be told of a change, and when it happened.
  var owed: [ResourceID: UInt64] = [:]
  /// What a crash now would make unknown again: who changed, who was told, and what that one was
  /// owed before.
  var unstoredEvents: [(source: ResourceID, dependent: ResourceID, owed: UInt64?)] = []
  /// Dependents that may be told of one.
  var allowed: Set<ResourceID> = []
  /// What ran at a crash, and whether it had changed the world.
  var interrupted: [ResourceID: Bool] = [:]

  /// Runs whose resource left the desired state while they went on.
  var orphans: Set<Deployment.RunID> = []

  static let parallelism = 3
  let names: [ResourceID]
  let remoteNames: [ResourceID]

  init(seed: UInt64, isTracing: Bool) {
    random = SplitMix64(seed: seed)
    self.isTracing = isTracing
    names = (0..<12).map { Simulation.id("n\($0)", agent: "here") }
    remoteNames = (0..<2).map { Simulation.id("X\($0)", agent: "other") }
    engine = Simulation.makeEngine(&random)
    let remotes = remoteNames.map { ($0, ResourceState(id: $0)) }
    server = Server(
      release: Deployment.Release(version: Simulation.version(1), resources: []),
      remotes: Dictionary(uniqueKeysWithValues: remotes))
    server.release = makeRelease()
  }

  static func makeEngine(_ random: inout SplitMix64) -> Deployment {
    Deployment(
      settings: Deployment.Settings(parallelism: parallelism), seed: random.next())
  }

  static func id(_ name: String, agent: String) -> ResourceID {
    guard let id = try? ResourceID(type: "t::R", agent: agent, attribute: "k", value: name) else {
      preconditionFailure("the name fits")
    }
    return id
  }

  static func version(_ number: UInt64) -> VersionNumber {
    guard let version = VersionNumber(number) else { preconditionFailure("versions are from 1") }
    return version
  }

  /// A clock of the wall that jumps with the seed would hide nothing: ages are clamped.
  var now: Deployment.Moment {
    Deployment.Moment(wall: Timestamp(unixNanos: 1_000_000 + nanos), elapsedNanos: nanos)
  }

  mutating func note(_ text: @autoclosure () -> String) {
    if isTracing { trace.append("\(steps): \(text())") }
  }

  // MARK: - The run

  mutating func run() throws {
    let count = 120 + Int.random(in: 0..<120, using: &random)
    for _ in 0..<count { try step() }
    try converge()
  }

  private mutating func step() throws {
    steps += 1
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<34: try finishAny()
    case 34..<50: try deliverToAgent()
    case 50..<64: deliverToServer()
    case 64..<70: try advance()
    case 70..<76: publish()
    case 76..<79: try crash()
    case 79..<83: disconnect()
    case 83..<88: connect()
    case 88..<90: drift()
    case 90: try lose()
    case 91..<95: try triggerAny()
    case 95..<97: changeRemote()
    case 97: try perform(engine.pause(at: now))
    default: try perform(engine.resume(at: now))
    }
    if !isConnected, Int.random(in: 0..<6, using: &random) == 0 { connect() }
    sendReport()
  }

  /// Heals everything; what is not compliant in the end is a fault of the engine.
  private mutating func converge() throws {
    isHealthy = true
    note("everything is healthy from here")
    for id in remoteNames { server.remotes[id]?.compliance = .compliant }
    disconnect()
    connect()
    try perform(engine.resume(at: now))
    var isRepaired = false
    for _ in 0..<20_000 {
      steps += 1
      sendReport()
      if !toAgent.isEmpty {
        try deliverToAgent()
      } else if !toServer.isEmpty {
        deliverToServer()
      } else if !running.isEmpty {
        try finishAny()
      } else if engine.pendingCount > 0 {
        throw Violation(description: "\(engine.pendingCount) wait for ever")
      } else if let bad = engine.states.first(where: { needsWork($0) }) {
        guard timerDue != nil else {
          throw Violation(description: "\(bad) has no timer")
        }
        try advance()
      } else if !isRepaired {
        isRepaired = true
        try perform(engine.trigger(.repair, at: now).actions)
      } else {
        return try checkEnd()
      }
    }
    throw Violation(description: "it does not settle: \(engine.states.filter(needsWork))")
  }

  private func needsWork(_ state: ResourceState) -> Bool {
    state.blocked != .blocked && (state.compliance != .compliant || state.blocked != .notBlocked)
  }

  private func checkEnd() throws {
    for state in engine.states {
      guard let (resource, _) = engine.view(state.id) else { continue }
      if state.blocked != .blocked, actual[state.id] != resource.attributeHash {
        throw Violation(description: "\(state.id) is said to be compliant, and is not")
      }
      if server.states[state.id] != state {
        throw Violation(
          description: "the server believes \(String(describing: server.states[state.id])), "
            + "the agent \(state)")
      }
      if state.blocked != .blocked, owed[state.id] != nil {
        throw Violation(description: "\(state.id) was never told of a change")
      }
    }
    if !asks.isEmpty {
      throw Violation(description: "asks \(asks.keys.sorted()) were never answered")
    }
    if engine.states.count != server.release.resources.count {
      throw Violation(description: "the agent does not enforce the last version")
    }
  }

  // MARK: - The agent

  /// What the engine reports reaches the disk later than it is performed, in one piece with other
  /// things. Only a run whose memory is on the way waits for it.
  mutating func perform(_ actions: [Deployment.Action]) throws {
    var starts: [Deployment.Run] = []
    for action in actions {
      switch action {
      case .report(let state): uncommitted.states[state.id] = state
      case .remember(let memory):
        uncommitted.memories[memory.id] = memory
        note("remember \(memory.id.value) event \(memory.hasEvent)")
      case .armTimer(let due): timerDue = due
      case .start(let run): starts.append(run)
      case .answer(let number): try close(number)
      case .openVersion, .closeVersion, .cancel: break
      }
    }
    for run in starts {
      if uncommitted.memories[run.resource.id] != nil { commit() }
      try begin(run)
    }
    if isHealthy || Bool.random(using: &random) { commit() }
  }

  private mutating func close(_ number: UInt64) throws {
    guard let id = asks.removeValue(forKey: number) else {
      throw Violation(description: "ask \(number) is answered, and is not open")
    }
    // A run of a resource that left the desired state goes on, and nobody waits for it.
    if let id, running[id] != nil, engine.view(id) != nil {
      throw Violation(description: "ask \(number) is answered while \(id) runs")
    }
  }

  private mutating func commit() {
    for (id, state) in uncommitted.states {
      disk.states[id] = state
      disk.unsent[id] = state
    }
    for (id, memory) in uncommitted.memories { disk.memories[id] = memory.isEmpty ? nil : memory }
    for (id, state) in uncommitted.remotes { disk.remotes[id] = state }
    uncommitted = Uncommitted()
    unstoredEvents = []
  }

  private mutating func begin(_ run: Deployment.Run) throws {
    let id = run.resource.id
    note("start \(run.kind) \(id.value) v\(run.version)\(run.eventReceived ? " event" : "")")
    if running[id] != nil { throw Violation(description: "\(id) runs twice at once") }
    var pending = run.resource.requires
    var seen: Set<ResourceID> = []
    while let required = pending.popLast() {
      guard seen.insert(required).inserted else { continue }
      if running[required] != nil {
        throw Violation(description: "\(id) starts while \(required) runs")
      }
      pending += engine.view(required)?.resource.requires ?? []
    }
    if run.kind != .check {
      for required in run.resource.requires {
        let state =
          engine.view(required)?.state ?? uncommitted.remotes[required] ?? disk.remotes[required]
        if state?.compliance != .compliant || state?.blocked != .notBlocked {
          throw Violation(description: "\(id) starts although \(required) is not as desired")
        }
      }
    }
    if run.eventReceived, owed[id] == nil, !allowed.contains(id) {
      throw Violation(description: "\(id) is told of a change that did not happen")
    }
    running[id] = Running(run: run, startedAt: steps)
    if running.count > Simulation.parallelism {
      throw Violation(description: "\(running.count) run at once")
    }
  }

  private mutating func finishAny() throws {
    guard let id = running.keys.sorted().randomElement(using: &random),
      let ended = running.removeValue(forKey: id)
    else { return }
    let run = ended.run
    let differs = actual[id] != run.resource.attributeHash
    var result = Deployment.RunResult(result: .successful)
    if run.kind == .check {
      result.differs = differs
    } else {
      let luck = isHealthy ? 0 : Int.random(in: 0..<10, using: &random)
      switch luck {
      case 7:
        result = .init(result: .failed, advice: .giveUp)
      case 8:
        result = .init(result: .skipped, advice: .after(seconds: 5))
      case 9:
        result = .init(result: .failed, advice: .backOff)
        if differs, Bool.random(using: &random) {
          actual[id] = run.resource.attributeHash
          result.change = .updated
        }
      default:
        if differs { result.change = actual[id] == nil ? .created : .updated }
        actual[id] = run.resource.attributeHash
      }
    }
    note("finish \(id.value): \(result.result) \(result.change)")
    tell(ended, result)
    try perform(engine.finish(run.id, result, at: now))
  }

  /// Keeps the books of changes and of who has to know of them.
  private mutating func tell(_ ended: Running, _ result: Deployment.RunResult) {
    let run = ended.run
    let id = run.resource.id
    guard let (resource, _) = engine.view(id) else { return }
    if orphans.contains(run.id) {
      // Its resource was gone in between: the next run tells what this one changed.
      interrupted[id] = (interrupted[id] ?? false) || result.change != .none
      return
    }
    let succeeded = result.result == .successful && run.kind != .check
    if succeeded, run.resource.attributeHash == resource.attributeHash, run.eventReceived,
      let since = owed[id], since <= ended.startedAt
    {
      owed[id] = nil
    }
    var hasChanged = result.change != .none
    var mayHaveChanged = hasChanged
    if succeeded, let changed = interrupted.removeValue(forKey: id) {
      hasChanged = hasChanged || changed
      mayHaveChanged = true
    }
    for dependent in engine.resources where dependent.requires.contains(id) {
      guard dependent.receivesEvents, resource.sendsEvents else { continue }
      if hasChanged {
        note("\(dependent.id.value) must be told")
        unstoredEvents.append((id, dependent.id, owed[dependent.id]))
        owed[dependent.id] = steps
      }
      if mayHaveChanged { allowed.insert(dependent.id) }
    }
  }

  private mutating func advance() throws {
    guard let due = timerDue else { return }
    nanos = max(nanos, due)
    try perform(engine.timerFired(at: now))
  }

  private mutating func crash() throws {
    note("crash")
    for id in running.keys.sorted() {
      guard let run = running[id]?.run, run.kind != .check else { continue }
      var changed = interrupted[id] ?? false
      if Bool.random(using: &random), actual[id] != run.resource.attributeHash {
        actual[id] = run.resource.attributeHash
        changed = true
      }
      if engine.view(id) != nil { interrupted[id] = changed }
    }
    for event in unstoredEvents.reversed() {
      owed[event.dependent] = event.owed
      if engine.view(event.source) != nil { interrupted[event.source] = true }
    }
    unstoredEvents = []
    running = [:]
    uncommitted = Uncommitted()
    orphans = []
    isConnected = false
    toAgent = []
    toServer = []
    timerDue = nil
    nanos += Int64.random(in: 0..<100_000_000_000, using: &random)
    engine = Simulation.makeEngine(&random)
    asks = [:]
    guard var release = disk.release else { return }
    release.remoteStates = Array(disk.remotes.values)
    for resource in release.resources {
      let state = disk.states[resource.id]
      let memory = disk.memories[resource.id]
      let isSettled =
        state?.compliance == .compliant && state?.attributeHash == resource.attributeHash
        && state?.isDeploying == false && (memory?.isEmpty ?? true)
      // What had work to do may have been at it.
      if !isSettled { interrupted[resource.id] = interrupted[resource.id] ?? false }
    }
    let stored = Deployment.Stored(
      states: Array(disk.states.values), memories: Array(disk.memories.values))
    try perform(try engine.restore(release, stored, at: now))
  }

  private mutating func triggerAny() throws {
    let kind: ActionKind = [.deploy, .repair, .check].randomElement(using: &random) ?? .deploy
    let ids =
      Bool.random(using: &random) ? [] : [names.randomElement(using: &random)].compactMap { $0 }
    note("trigger \(kind) \(ids.map(\.value))")
    let (actions, concerned) = engine.trigger(kind, ids, ask: steps, at: now)
    asks[steps] = .some(kind == .repair && concerned == 1 ? ids.first : nil)
    try perform(actions)
  }

  // MARK: - The way between them

  private mutating func connect() {
    guard !isConnected else { return }
    note("connect")
    isConnected = true
    // Both begin with what the other is known to have.
    toAgent.append(.acknowledged(server.stored))
    toAgent.append(.release(currentRelease()))
    if let sealed = disk.sealed { toServer.append(.report(sealed.number, sealed.states)) }
  }

  private mutating func disconnect() {
    guard isConnected else { return }
    note("disconnect")
    isConnected = false
    // What is on its way may arrive or not; the order stays.
    toServer.removeLast(Int.random(in: 0...toServer.count, using: &random))
    while !toServer.isEmpty { deliverToServer() }
    toAgent = []
  }

  private mutating func sendReport() {
    guard isConnected, disk.sealed == nil, !disk.unsent.isEmpty else { return }
    let number = disk.acknowledged + 1
    let states = disk.unsent.values.sorted { $0.id < $1.id }
    disk.sealed = (number, states)
    disk.unsent = [:]
    toServer.append(.report(number, states))
  }

  private mutating func deliverToServer() {
    guard !toServer.isEmpty else { return }
    guard case .report(let number, let states) = toServer.removeFirst() else { return }
    if number == server.stored + 1 {
      server.stored = number
      for state in states { server.states[state.id] = state }
    }
    if isConnected {
      toAgent.append(.acknowledged(server.stored))
      if Int.random(in: 0..<8, using: &random) == 0 { toAgent.append(.acknowledged(server.stored)) }
    }
  }

  private mutating func deliverToAgent() throws {
    guard !toAgent.isEmpty else { return }
    switch toAgent.removeFirst() {
    case .acknowledged(let number):
      guard let sealed = disk.sealed, sealed.number <= number else { return }
      disk.sealed = nil
      disk.acknowledged = number
    case .remotes(let states):
      for state in states { uncommitted.remotes[state.id] = state }
      try perform(engine.receive(remote: states, at: now))
    case .release(let release): try take(release)
    case .report: break
    }
  }

  private mutating func take(_ release: Deployment.Release) throws {
    note("release \(release.version): \(release.resources.map(\.id.value))")
    let ids = Set(release.resources.map(\.id))
    commit()
    disk.release = release
    for state in release.remoteStates { disk.remotes[state.id] = state }
    for id in names where !ids.contains(id) {
      if let run = running[id]?.run.id { orphans.insert(run) }
      disk.states[id] = nil
      disk.memories[id] = nil
      disk.unsent[id] = nil
      owed[id] = nil
      allowed.remove(id)
      interrupted[id] = nil
    }
    let had = Set(engine.resources.map(\.id))
    for resource in release.resources where !resource.receivesEvents { owed[resource.id] = nil }
    let actions = try engine.release(release, at: now)
    // A resource that is new or returned has no history.
    for id in ids where !had.contains(id) { owed[id] = nil }
    for id in ids where !had.contains(id) && running[id] != nil { interrupted[id] = false }
    for state in release.knownStates where !had.contains(state.id) && state.isDeploying {
      interrupted[state.id] = false
    }
    try perform(actions)
  }

  // MARK: - The server and the world

  private mutating func publish() {
    server.release = makeRelease()
    guard isConnected else { return }
    toAgent.append(.release(currentRelease()))
  }

  private func currentRelease() -> Deployment.Release {
    var release = server.release
    let ids = Set(release.resources.map(\.id))
    release.remoteStates = remoteNames.compactMap { server.remotes[$0] }
    release.knownStates = server.states.values.filter { ids.contains($0.id) }
    return release
  }

  private mutating func makeRelease() -> Deployment.Release {
    let next = Simulation.version(server.release.version.rawValue + 1)
    let old = Dictionary(uniqueKeysWithValues: server.release.resources.map { ($0.id, $0) })
    var resources: [Resource] = []
    var chosen: [ResourceID] = []
    // A seeded order, so that who may require whom changes from release to release.
    for id in names.shuffled(using: &random) where Int.random(in: 0..<5, using: &random) > 0 {
      let keeps = Int.random(in: 0..<3, using: &random) > 0
      let number = UInt8.random(in: 1...3, using: &random)
      let isUndefined = !keeps && Int.random(in: 0..<12, using: &random) == 0
      var requires = chosen.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
      if Int.random(in: 0..<10, using: &random) == 0, let remote = remoteNames.first {
        requires.append(remote)
      }
      let hash = keeps ? old[id]?.attributeHash : nil
      let undefined = keeps ? old[id]?.isUndefined ?? false : isUndefined
      resources.append(
        Resource(
          id: id, fields: [:], requires: requires.sorted(),
          attributeHash: hash ?? Script.hash(undefined ? 0 : number),
          sendsEvents: id.value != "n3", receivesEvents: id.value.last != "1",
          unknownFields: undefined ? ["f"] : []))
      chosen.append(id)
    }
    return Deployment.Release(version: next, resources: resources)
  }

  private mutating func changeRemote() {
    guard let id = remoteNames.randomElement(using: &random) else { return }
    server.remotes[id]?.compliance = Bool.random(using: &random) ? .compliant : .nonCompliant
    server.remotes[id]?.change = .none
    server.remotes[id]?.time = Timestamp(unixNanos: Int64(steps))
    guard isConnected, let state = server.remotes[id] else { return }
    toAgent.append(.remotes([state]))
    if Bool.random(using: &random) { toAgent.append(.remotes([state])) }
  }

  private mutating func drift() {
    guard let id = names.randomElement(using: &random), running[id] == nil else { return }
    note("drift \(id.value)")
    actual[id] = Script.hash(99)
  }
}

extension Simulation {
  /// The disk of the world refuses what a run wrote.
  private mutating func lose() throws {
    let kept = engine.states.filter { $0.compliance == .compliant }
    guard let state = kept.randomElement(using: &random), let hash = state.attributeHash,
      running[state.id] == nil
    else { return }
    note("lose \(state.id.value)")
    actual[state.id] = nil
    let actions = engine.revoke(state.id, attributeHash: hash, message: "lost", at: now)
    guard actions.contains(where: { if case .report = $0 { true } else { false } }) else {
      throw Violation(description: "\(state.id) is still said to be compliant")
    }
    try perform(actions)
  }
}

/// The generator of the simulation.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
