import Resources
import SouthboundKit
import Synchronization
import Testing

@Suite struct LogTemplateTests {
  struct Row: Sendable {
    var template: String
    var arguments: [String: Value] = [:]
    var expected: String
  }

  @Test(arguments: [
    Row(template: "no names", expected: "no names"),
    Row(template: "{a} and {b}", arguments: ["a": "x", "b": 2], expected: "x and 2"),
    // What is wrong in a template must never fail a handler.
    Row(template: "{missing} 100%", expected: "{missing} 100%"),
    Row(template: "open { and close }", arguments: ["a": 1], expected: "open { and close }"),
    Row(template: "{", expected: "{"),
    Row(template: "{{a}}", arguments: ["a": 1], expected: "{a}"),
    Row(template: "é{a}é", arguments: ["a": "ü"], expected: "éüé"),
    Row(template: "{a}", arguments: ["a": ["k": [1, 2]]], expected: "{\"k\":[1,2]}"),
    Row(template: "{a}", arguments: ["a": "{b}", "b": "no"], expected: "{b}"),
  ])
  func `puts arguments in and leaves the rest alone`(row: Row) {
    #expect(LogTemplate.render(row.template, arguments: row.arguments) == row.expected)
  }

  @Test func `cuts what is too long`() {
    let text = String(repeating: "é", count: LogTemplate.textBytesMax)
    let rendered = LogTemplate.render("{a}", arguments: ["a": .string(text)])
    #expect(rendered.utf8.count < LogTemplate.textBytesMax + 100)
    #expect(rendered.hasSuffix("(\(LogTemplate.textBytesMax) more bytes)"))
  }
}

@Suite struct HandlerContextTests {
  private func context(
    fields: [String: Value] = [:], kind: ActionKind = .deploy,
    onEntry: @escaping @Sendable (LogEntry) -> Void = { _ in }
  ) throws -> HandlerContext {
    let id = try ResourceID(type: "t::R", agent: "a", attribute: "n", value: "v")
    let digest = try #require(ContentDigest(bytes: Array(repeating: 0, count: 32)))
    return HandlerContext(
      resource: Resource(
        id: id, fields: fields, requires: [], attributeHash: digest, sendsEvents: false,
        receivesEvents: true),
      kind: kind, handlerID: "h", cache: HandlerCache(),
      environment: .init(
        now: { Timestamp(unixNanos: 5) }, contents: { _ in [] }, onEntry: onEntry))
  }

  @Test func `each level has its name and its entry goes out at once`() throws {
    let seen = Mutex<[LogEntry]>([])
    let context = try context { entry in seen.withLock { $0.append(entry) } }
    context.trace("t")
    context.debug("d")
    context.info("i {n}", ["n": 1])
    context.warning("w")
    context.error("e")
    context.critical("c")
    #expect(seen.withLock { $0.map(\.level) } == LogLevel.allCases)
    #expect(seen.withLock { $0 } == context.snapshot.entries)
    let entry = context.snapshot.entries[2]
    #expect(entry.text == "i 1")
    #expect(entry.template == "i {n}")
    #expect(entry.arguments == ["n": 1])
    #expect(entry.actionID == context.actionID)
    #expect(entry.time == Timestamp(unixNanos: 5))
  }

  @Test func `exception keeps type, message and the chain of causes`() throws {
    struct Inner: Error, CustomStringConvertible { let description = "inner" }
    let context = try context()
    let middle = HandlerFailure("middle", cause: Inner())
    context.exception(HandlerFailure("outer {n}", ["n": 1], cause: middle), "failed")
    let error = try #require(context.snapshot.entries.first?.error)
    #expect(error.type == "HandlerFailure")
    #expect(error.message == "outer 1")
    #expect(error.causes == ["HandlerFailure: middle", "Inner: inner"])
  }

  @Test func `secrets do not reach the log in any way`() throws {
    let context = try context(fields: ["password": .secret("hunter2")])
    let password = try context.desired.string("password")
    context.info("login {password} with \(password)", ["password": .secret(.string(password))])
    context.info("login {password}", ["password": .string("is:\(password)")])
    context.exception(HandlerFailure("bad password \(password)"), "oops")
    let log = "\(context.snapshot.entries)"
    #expect(!log.contains("hunter2"))
    #expect(log.contains(Value.redactionMark))
  }

  @Test func `too many entries are counted in a gap`() throws {
    let context = try context()
    for _ in 0..<(HandlerLimits.entriesMax + 3) { context.info("x") }
    let entries = context.snapshot.entries
    #expect(entries.count == HandlerLimits.entriesMax + 1)
    #expect(entries.last?.gap?.dropped == 3)
  }

  @Test func `the last word on a field, a fact and the change holds`() throws {
    let context = try context()
    context.addChange("f", current: 1, desired: 2)
    context.addChange("f", current: 1, desired: 3)
    context.setFact("mac", "a")
    context.setFact("mac", "b", expires: false)
    context.created()
    context.created()
    context.updated()
    let journal = context.snapshot
    #expect(journal.changes == [AttributeChange(field: "f", current: 1, desired: 3)])
    #expect(journal.facts.map(\.value) == ["b"])
    #expect(journal.change == .updated)
  }

  @Test func `report only is a dry run`() throws {
    #expect(try context(fields: ["report_only": true]).isDryRun)
    #expect(try context(kind: .plan).isDryRun)
    #expect(try !context(fields: ["report_only": false]).isDryRun)
  }

  @Test func `typed readers see through secrets and name what is wrong`() throws {
    let fields = Fields(
      id: try context().resource.id, values: ["s": .secret("x"), "n": 1, "z": .null])
    #expect(try fields.string("s") == "x")
    #expect(try fields.optionalString("z") == nil)
    #expect(try fields.optionalInt("missing") == nil)
    let error = #expect(throws: FieldError.self) { try fields.string("n") }
    #expect(error?.description == "the field `n` of t::R[a,n=v] is 1, not text")
  }
}

@Suite struct IntegrationRegistryTests {
  @Test func `reports everything that is wrong at once`() {
    let definition = ResourceDefinition(
      "no-namespace", agentPath: "host..name", idAttribute: "name",
      fields: ["name", "version", "_hidden"], mappings: ["other": { _, _ in nil }])
    let first = Integration(name: "one", definitions: [definition])
    let second = Integration(name: "two", definitions: [definition])
    let error = #expect(throws: InvalidIntegration.self) {
      try IntegrationRegistry([first, second])
    }
    let text = error?.description ?? ""
    for part in ["no-namespace", "host..name", "`version`", "`_hidden`", "`other`", "one defines"] {
      #expect(text.contains(part), "\(part) is missing in \(text)")
    }
  }

  @Test func `inherited fields come first and none twice`() {
    let definition = ResourceDefinition(
      "t::R", agentPath: "host.name", idAttribute: "name", inheriting: [.purgeable, .managed],
      fields: ["name", "purged"])
    #expect(
      definition.fields == [
        "send_event", "receive_events", "report_only", "purged", "purge_on_delete", "managed",
        "name",
      ])
    #expect(definition.leavesOutUnmanaged)
  }
}
