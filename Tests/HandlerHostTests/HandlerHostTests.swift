import HandlerHost
import Resources
import SouthboundKit
import Synchronization
import Testing

/// A handler that notes its calls, and does what a test tells it.
private final class Script: CRUDHandler {
  let calls = Mutex<[String]>([])
  let onRead: @Sendable (HandlerContext, inout Fields) async throws -> Void
  let onStep: @Sendable (String) async throws -> Void
  let reloads: Bool

  init(
    reloads: Bool = false,
    onRead: @escaping @Sendable (HandlerContext, inout Fields) async throws -> Void = { _, _ in },
    onStep: @escaping @Sendable (String) async throws -> Void = { _ in }
  ) {
    self.reloads = reloads
    self.onRead = onRead
    self.onStep = onStep
  }

  private func note(_ call: String) async throws {
    calls.withLock { $0.append(call) }
    try await onStep(call)
  }

  func pre(_ context: HandlerContext) async throws { try await note("pre") }
  func post(_ context: HandlerContext) async throws { try await note("post") }
  func canReload(_ context: HandlerContext) -> Bool { reloads }
  func doReload(_ context: HandlerContext) async throws { try await note("reload") }
  func facts(_ context: HandlerContext) async throws { try await note("facts") }

  func read(_ context: HandlerContext, _ current: inout Fields) async throws {
    try await note("read")
    try await onRead(context, &current)
  }

  func create(_ context: HandlerContext, _ desired: Fields) async throws {
    try await note("create")
  }

  func update(
    _ context: HandlerContext, _ changes: [String: AttributeChange], _ desired: Fields
  ) async throws { try await note("update \(changes.keys.sorted())") }

  func delete(_ context: HandlerContext, _ desired: Fields) async throws {
    try await note("delete")
  }

  var noted: [String] { calls.withLock { $0 } }
}

private func run(
  _ script: Script, _ fields: [String: Value] = ["purged": false, "size": 1],
  kind: ActionKind = .deploy, event: Bool = false, limit: Duration? = nil,
  grace: Duration = .seconds(10)
) async throws -> Outcome {
  let registry = try IntegrationRegistry([
    Integration(name: "t", handlers: [HandlerRegistration(for: "t::R") { script }])
  ])
  let host = HandlerHost(
    registry: registry, cache: HandlerCache(), limits: .init(cancellationGrace: grace),
    now: { Timestamp(unixNanos: 1) }, contents: { _ in [] })
  return await host.run(try operation(fields, kind: kind, event: event, limit: limit))
}

private func operation(
  _ fields: [String: Value] = [:], type: String = "t::R", kind: ActionKind = .deploy,
  event: Bool = false, limit: Duration? = nil
) throws -> Operation {
  let digest = try #require(ContentDigest(bytes: Array(repeating: 0, count: 32)))
  let resource = Resource(
    id: try ResourceID(type: type, agent: "a", attribute: "n", value: "v"), fields: fields,
    requires: [], attributeHash: digest, sendsEvents: true, receivesEvents: true)
  return Operation(kind: kind, resource: resource, eventReceived: event, timeLimit: limit)
}

@Suite struct CRUDTests {
  @Test func `what is as desired is left alone`() async throws {
    let script = Script()
    let outcome = try await run(script)
    #expect(script.noted == ["pre", "read", "facts", "post"])
    #expect(outcome.result == .successful)
    #expect(outcome.change == .none)
    #expect(outcome.isCompliant)
  }

  @Test(arguments: [true, false])
  func `what is absent is created, however read says so`(byError: Bool) async throws {
    let script = Script { _, current in
      if byError { throw ResourcePurged() }
      current.purged = true
    }
    let outcome = try await run(script)
    #expect(script.noted.contains("create"))
    #expect(outcome.change == .created)
    #expect(outcome.changes == [AttributeChange(field: "purged", current: true, desired: false)])
  }

  @Test func `what differs is updated`() async throws {
    let script = Script { _, current in current["size"] = 2 }
    let outcome = try await run(script)
    #expect(script.noted.contains("update [\"size\"]"))
    #expect(outcome.change == .updated)
    #expect(outcome.changes == [AttributeChange(field: "size", current: 2, desired: 1)])
  }

  @Test func `what shall be absent is deleted, or nothing happens`() async throws {
    let present = Script()
    #expect(try await run(present, ["purged": true]).change == .purged)
    #expect(present.noted.contains("delete"))
    let absent = Script { _, _ in throw ResourcePurged() }
    let outcome = try await run(absent, ["purged": true])
    #expect(outcome.change == .none)
    #expect(outcome.changes.isEmpty)
    #expect(absent.noted == ["pre", "read", "facts", "post"])
  }

  @Test func `a desired null is not managed`() async throws {
    let script = Script { _, current in current["owner"] = "root" }
    #expect(try await run(script, ["owner": .null]).change == .none)
  }

  @Test func `current is a copy at every depth`() async throws {
    let script = Script { _, current in
      current["list"] = .list((current["list"].listValue ?? []) + [9])
    }
    let outcome = try await run(script, ["list": [1]])
    #expect(outcome.changes == [AttributeChange(field: "list", current: [1, 9], desired: [1])])
  }

  @Test(arguments: [ActionKind.plan, .check])
  func `a dry run records and changes nothing`(kind: ActionKind) async throws {
    let script = Script(reloads: true) { _, current in current["size"] = 2 }
    let outcome = try await run(script, kind: kind, event: true)
    #expect(script.noted == ["pre", "read", "post"])
    #expect(outcome.changes.count == 1)
    #expect(outcome.change == .none)
    #expect(outcome.result == .successful)
    #expect(!outcome.isCompliant)
  }

  @Test func `report only records, and is not compliant`() async throws {
    let script = Script { _, current in current["size"] = 2 }
    let outcome = try await run(script, ["size": 1, "report_only": true])
    #expect(script.noted == ["pre", "read", "post"])
    #expect(!outcome.isCompliant)
  }
}

@Suite struct HandlerHostTests {
  struct Broken: Error, CustomStringConvertible { let description = "it broke" }

  @Test func `an event reloads after a run that did not fail`() async throws {
    let script = Script(reloads: true)
    _ = try await run(script, event: true)
    #expect(script.noted == ["pre", "read", "reload", "facts", "post"])
    let failing = Script(reloads: true) { _, _ in throw Broken() }
    _ = try await run(failing, event: true)
    #expect(failing.noted == ["pre", "read", "post"])
    let quiet = Script(reloads: true)
    _ = try await run(quiet)
    #expect(!quiet.noted.contains("reload"))
  }

  @Test(arguments: ["pre", "read", "create", "facts", "post"])
  func `post runs whatever fails, and only what matters fails the run`(step: String) async throws {
    let script = Script(
      onRead: { _, _ in throw ResourcePurged() }, onStep: { if $0 == step { throw Broken() } })
    let outcome = try await run(script)
    #expect(script.noted.last == "post")
    #expect(outcome.result == (["facts", "post"].contains(step) ? .successful : .failed))
    #expect(outcome.entries.contains { $0.text.contains("it broke") })
    if outcome.result == .failed { #expect(outcome.message == "it broke") }
  }

  @Test func `changes are kept after a failure`() async throws {
    let script = Script(
      onRead: { _, current in current["size"] = 2 },
      onStep: { if $0.hasPrefix("update") { throw HandlerFailure("no", hint: .retrySoon) } })
    let outcome = try await run(script)
    #expect(outcome.result == .failed)
    #expect(outcome.hint == .retrySoon)
    #expect(outcome.changes.count == 1)
    #expect(outcome.change == .none)
  }

  @Test func `skips are no failures`() async throws {
    let skipping = Script { _, _ in throw SkipResource("busy with {n}", ["n": 3]) }
    let outcome = try await run(skipping)
    #expect(outcome.result == .skipped)
    #expect(outcome.message == "busy with 3")
    #expect(!outcome.isSkippedForDependencies)
    let waiting = Script { _, _ in throw SkipForDependencies("no host") }
    #expect(try await run(waiting).isSkippedForDependencies)
  }

  @Test func `a type without handler fails clearly`() async throws {
    let host = HandlerHost(
      registry: try IntegrationRegistry([]), cache: HandlerCache(),
      now: { Timestamp(unixNanos: 1) }, contents: { _ in [] })
    let outcome = await host.run(try operation(type: "t::Other"))
    #expect(outcome.result == .failed)
    #expect(outcome.message == "this agent has no handler for `t::Other`")
  }

  @Test func `a handler that takes too long is cancelled and has failed`() async throws {
    let script = Script(onStep: { step in
      if step == "read" { try await Task.sleep(for: .seconds(600)) }
    })
    let outcome = try await run(script, limit: .milliseconds(20))
    #expect(outcome.result == .failed)
    #expect(outcome.message.contains("time limit of 0.02 seconds was exceeded"))
    #expect(script.noted.last == "post")
  }

  @Test func `a handler that does not even stop is left behind`() async throws {
    let gate = Gate()
    let script = Script(onStep: { if $0 == "read" { await gate.wait() } })
    let registry = try IntegrationRegistry([
      Integration(name: "t", handlers: [HandlerRegistration(for: "t::R") { script }])
    ])
    let host = HandlerHost(
      registry: registry, cache: HandlerCache(),
      limits: .init(cancellationGrace: .milliseconds(20)),
      now: { Timestamp(unixNanos: 1) }, contents: { _ in [] })
    let outcome = await host.run(try operation(limit: .milliseconds(20)))
    #expect(outcome.message.contains("did not stop"))
    let second = await host.run(try operation())
    #expect(second.message.contains("still goes on"))
    gate.open()
    while await host.run(try operation()).result == .failed { await Task.yield() }
  }

  @Test func `cancelling the run cancels the handler`() async throws {
    let started = Gate()
    let script = Script(onStep: { step in
      if step == "read" {
        started.open()
        try await Task.sleep(for: .seconds(600))
      }
    })
    let task = Task { try await run(script) }
    await started.wait()
    task.cancel()
    let outcome = try await task.value
    #expect(outcome.result == .failed)
    #expect(outcome.message == "the run was cancelled")
  }
}

/// Holds tasks back until it is opened; deaf to cancellation.
private final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
