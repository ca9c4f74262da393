import Resources
import RPCCore
import Schema
import SchemaMapping
import Testing

private let hash = ContentDigest(bytes: [UInt8](0..<32))
private let action = ActionID(bytes: [UInt8](0..<16))

struct ResourceMappingTests {
  private func sampleEntry() throws -> LogEntry {
    LogEntry(
      sequence: 9, time: Timestamp(unixNanos: 5), level: .critical, template: "{a}",
      arguments: ["a": 1], text: "1", agent: "web1",
      resourceID: try ResourceID(parsing: "std::File[web1,path=/etc/motd]"), handlerID: "file",
      actionID: action, version: VersionNumber(3),
      error: ErrorInfo(type: "E", message: "m", causes: ["c"]),
      gap: LogGap(dropped: 2, highestLevel: .info, reason: "spool full"))
  }

  @Test func `resources, states, facts, actions and entries come back as they were`() throws {
    let id = try ResourceID(parsing: "std::File[web1,path=/etc/motd]")
    let resource = Resource(
      id: id, fields: ["mode": 420, "owner": .null],
      requires: [try ResourceID(parsing: "std::Directory[web1,path=/etc]")],
      attributeHash: try #require(hash), sendsEvents: true, receivesEvents: false,
      origin: SourceRange(file: "main.cf", line: 1, column: 2, endLine: 3, endColumn: 4),
      unknownFields: ["owner"])
    #expect(try Resource(ResourceV1.Resource(resource)) == resource)
    for compliance in Compliance.allCases {
      for result in HandlerResult.allCases {
        for blocked in Blocked.allCases {
          for change in Change.allCases {
            let state = ResourceState(
              id: id, compliance: compliance, handlerResult: result, blocked: blocked,
              isDeploying: true, version: VersionNumber(2), attributeHash: hash, change: change,
              time: Timestamp(unixNanos: 8), message: "why")
            #expect(try ResourceState(ResourceV1.ResourceState(state)) == state)
          }
        }
      }
    }
    let fact = Fact(
      resourceID: id, name: "kernel", value: "6.1", time: Timestamp(unixNanos: 1), expires: true)
    #expect(try Fact(ResourceV1.Fact(fact)) == fact)
    let entry = try sampleEntry()
    #expect(try LogEntry(LogV1.LogEntry(entry)) == entry)
    for kind in ActionKind.allCases {
      let run = ResourceAction(
        id: try #require(action), resourceID: id, version: nil, kind: kind,
        started: Timestamp(unixNanos: 1), finished: Timestamp(unixNanos: 2), result: .failed,
        change: .updated, changes: [AttributeChange(field: "mode", current: nil, desired: 420)],
        message: "m", entries: [entry])
      #expect(try ResourceAction(ResourcesV1.ResourceAction(run)) == run)
    }
    let binding = HandlerBinding(resourceType: "std::File", handlerID: "file")
    #expect(try HandlerBinding(ResourceV1.HandlerBinding(binding)) == binding)
    let filter = LogFilter(
      minimumLevel: .warning, agents: ["a"], resourcePatterns: [GlobPattern("std::*")],
      handlerIDs: ["h"], contains: "x", actionID: action, version: VersionNumber(1))
    #expect(try LogFilter(LogV1.LogFilter(filter)) == filter)
    #expect(try LogFilter(LogV1.LogFilter()) == LogFilter())
  }

  @Test func `malformed parts are refused with their path`() throws {
    func message(_ body: () throws(MappingError) -> Void) -> String? {
      do throws(MappingError) {
        try body()
        return nil
      } catch {
        return error.description
      }
    }
    let good = ResourceV1.Resource(
      id: "std::File[web1,path=/a]", attributeHash: [UInt8](repeating: 1, count: 32))
    var bad = good
    bad.id = "nonsense"
    #expect(message { () throws(MappingError) in _ = try Resource(bad) }?.hasPrefix("id: ") == true)
    bad = good
    bad.attributeHash = [1]
    #expect(
      message { () throws(MappingError) in _ = try Resource(bad) }
        == "attribute_hash: 1 bytes are no digest of 32")
    bad.attributeHash = []
    #expect(
      message { () throws(MappingError) in _ = try Resource(bad) } == "attribute_hash: not set")
    bad = good
    bad.fields = ["mode": .init()]
    #expect(
      message { () throws(MappingError) in _ = try Resource(bad) }
        == "fields[\"mode\"]: the value has no kind")
    let state = ResourceV1.ResourceState(resourceID: "std::File[web1,path=/a]")
    #expect(
      message { () throws(MappingError) in _ = try ResourceState(state) }
        == "compliance: 0 is no Compliance")
    let run = ResourcesV1.ResourceAction(
      actionID: [UInt8](repeating: 0, count: 16), resourceID: "std::File[web1,path=/a]",
      kind: .deploy, result: .successful, change: .none,
      entries: [.init(level: .info), .init(level: .info, actionID: [1])])
    #expect(
      message { () throws(MappingError) in _ = try ResourceAction(run) }
        == "entries[1].action_id: 1 bytes are no action id of 16")
  }
}
