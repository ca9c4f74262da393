import Deployment
import Resources
import Testing

/// Runs the commands of a text script on an engine and prints every action.
///
/// A command starts with `> `; what follows, up to an empty line, is the trace.
struct Script {
  private var engine = Script.makeEngine()
  private var elapsedSeconds = 0.0
  private var release: Deployment.Release?
  private var runs: [String: Deployment.RunID] = [:]
  private var disk: [ResourceID: ResourceState] = [:]
  private var memories: [ResourceID: Deployment.Memory] = [:]
  private var trace: [String] = []

  static func run(_ text: String) throws -> String {
    var script = Script()
    var output: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("#") { output.append(String(line)) }
      guard line.hasPrefix("> ") else { continue }
      script.trace = []
      try script.perform(line.dropFirst(2).split(separator: " ").map(String.init))
      output += [String(line)] + script.trace + [""]
    }
    return output.joined(separator: "\n")
  }

  private static func makeEngine() -> Deployment {
    Deployment(settings: Deployment.Settings(parallelism: 2, jitterFraction: 0), seed: 1)
  }

  private var now: Deployment.Moment {
    let nanos = Int64(elapsedSeconds * 1e9)
    return Deployment.Moment(wall: Timestamp(unixNanos: nanos + 1_000), elapsedNanos: nanos)
  }

  private mutating func perform(_ words: [String]) throws {
    let rest = Array(words.dropFirst())
    switch words[0] {
    case "release":
      let new = try parseRelease(rest)
      do {
        let actions = try engine.release(new, at: now)
        release = new
        let ids = Set(new.resources.map(\.id))
        disk = disk.filter { ids.contains($0.key) }
        show(actions)
      } catch {
        trace.append("refused: \(error)")
      }
    case "finish": try finish(rest[0], rest[1])
    case "tick":
      elapsedSeconds += Double(rest[0]) ?? 0
      show(engine.timerFired(at: now))
    case "deploy", "repair", "check":
      let kind = ActionKind(rawValue: words[0]) ?? .deploy
      let ask = rest.first.flatMap { UInt64($0) }
      let (actions, concerned) = engine.trigger(
        kind, try rest.dropFirst(ask == nil ? 0 : 1).map(Script.id), ask: ask, at: now)
      trace.append("concerns \(concerned)")
      show(actions)
    case "pause": show(engine.pause(at: now))
    case "resume": show(engine.resume(at: now))
    case "halt": show(engine.setHalted(true, at: now))
    case "unhalt": show(engine.setHalted(false, at: now))
    case "remote": show(engine.receive(remote: [try remote(rest)], at: now))
    case "restart":
      engine = Script.makeEngine()
      runs = [:]
      guard let release else { return }
      let stored = Deployment.Stored(
        states: Array(disk.values), memories: Array(memories.values))
      show(try engine.restore(release, stored, at: now))
    default: trace.append("unknown command")
    }
  }

  private mutating func finish(_ name: String, _ how: String) throws {
    guard let run = runs[name] else {
      trace.append("\(name) does not run")
      return
    }
    let result: Deployment.RunResult =
      switch how {
      case "ok": .init(result: .successful)
      case "created": .init(result: .successful, change: .created)
      case "updated": .init(result: .successful, change: .updated)
      case "fail": .init(result: .failed, message: "no")
      case "fail+updated": .init(result: .failed, change: .updated, message: "no")
      case "skip": .init(result: .skipped, message: "not now")
      case "retry": .init(result: .failed, advice: .backOff, message: "busy")
      case "wait": .init(result: .skipped, advice: .after(seconds: 30), message: "wait")
      case "giveup": .init(result: .failed, advice: .giveUp, message: "never")
      case "differs": .init(result: .successful, differs: true, message: "differs")
      default: .init(result: .failed, message: "unknown end")
      }
    show(engine.finish(run, result, at: now))
  }

  private func remote(_ words: [String]) throws -> ResourceState {
    var state = ResourceState(
      id: try Script.id(words[0]), compliance: .compliant, handlerResult: .successful)
    for word in words.dropFirst() {
      switch word {
      case "bad": state.compliance = .nonCompliant
      case "blocked": state.blocked = .blocked
      case "changed":
        state.change = .updated
        state.time = now.wall
      default: break
      }
    }
    return state
  }

  // MARK: - Resources

  /// `release 1: a=1 b=2<a c=1<a<b*`: version, then name, desired value, requirements, `*` if it
  /// reacts to events, `?` if it is undefined. Names in capitals belong to another agent.
  private func parseRelease(_ words: [String]) throws -> Deployment.Release {
    let version = VersionNumber(UInt64(words[0].dropLast()) ?? 0)
    let resources = try words.dropFirst().map { word in
      let receives = word.hasSuffix("*")
      let isUndefined = word.hasSuffix("?")
      let body = receives || isUndefined ? word.dropLast() : word[...]
      let parts = body.split(separator: "<").map(String.init)
      let pair = parts[0].split(separator: "=")
      return Resource(
        id: try Script.id(String(pair[0])), fields: [:],
        requires: try parts.dropFirst().map(Script.id),
        attributeHash: Script.hash(isUndefined ? 0 : UInt8(pair[1]) ?? 0),
        sendsEvents: true, receivesEvents: receives, unknownFields: isUndefined ? ["f"] : [])
    }
    return Deployment.Release(version: try #require(version), resources: resources)
  }

  static func id(_ name: String) throws -> ResourceID {
    let agent = name.allSatisfy(\.isUppercase) ? "other" : "here"
    return try ResourceID(type: "t::R", agent: agent, attribute: "k", value: name)
  }

  static func hash(_ number: UInt8) -> ContentDigest {
    ContentDigest(bytes: [UInt8](repeating: number, count: 32)) ?? unreachableDigest
  }

  // MARK: - Trace

  private mutating func show(_ actions: [Deployment.Action]) {
    for action in actions {
      switch action {
      case .report(let state):
        disk[state.id] = state
        trace.append("state \(describe(state))")
      case .remember(let memory):
        memories[memory.id] = memory
        var flags: [String] = []
        if memory.hasEvent { flags.append("event") }
        if memory.needsRepair { flags.append("repair") }
        if memory.wasInterrupted { flags.append("interrupted") }
        let text = flags.isEmpty ? "nothing" : flags.joined(separator: ", ")
        trace.append("remember \(memory.id.value): \(text)")
      case .openVersion(let version): trace.append("open \(version)")
      case .closeVersion(let version): trace.append("close \(version)")
      case .armTimer(let due):
        let text = due.map { "at \(Double($0) / 1e9)" } ?? "off"
        trace.append("timer \(text)")
      case .answer(let number): trace.append("answer \(number)")
      case .cancel(let id): trace.append("cancel \(id.rawValue)")
      case .start(let run):
        runs[run.resource.id.value] = run.id
        trace.append(
          "start \(run.kind.rawValue) \(run.resource.id.value) of \(run.version)"
            + (run.eventReceived ? " with event" : "") + ": \(run.reason)")
      }
    }
  }

  private func describe(_ state: ResourceState) -> String {
    var text = "\(state.id.value) \(state.compliance.rawValue), \(state.handlerResult.rawValue)"
    if state.blocked != .notBlocked { text += ", \(state.blocked.rawValue)" }
    if state.isDeploying { text += ", deploying" }
    if state.change != .none { text += ", \(state.change.rawValue)" }
    if !state.message.isEmpty { text += ": \(state.message)" }
    return text
  }
}

private let unreachableDigest: ContentDigest = {
  guard let digest = ContentDigest(bytes: [UInt8](repeating: 0, count: 32)) else {
    preconditionFailure("32 bytes are a digest")
  }
  return digest
}()
