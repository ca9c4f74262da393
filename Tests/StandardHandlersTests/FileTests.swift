import Glibc
import HandlerHost
import Resources
import SouthboundKit
import Testing

@Suite struct FileTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  @Test func `is created with its contents and mode, then left alone`() async throws {
    let fields: [String: Value] = ["content": machine.upload("hello"), "mode": 640]
    let first = try await machine.file("f", fields)
    #expect(first.result == .successful, "\(first.message)")
    #expect(first.change == .created)
    #expect(machine.text("f") == "hello")
    #expect(machine.mode("f") == 0o640)
    let second = try await machine.file("f", fields)
    #expect(second.change == .none)
    #expect(second.changes.isEmpty)
  }

  @Test func `changed contents are repaired, and nothing else is left in the folder`() async throws
  {
    try machine.write("f", "other")
    let desired = machine.upload("hello")
    let outcome = try await machine.file("f", ["content": desired])
    #expect(outcome.change == .updated)
    #expect(outcome.changes.map(\.field) == ["content"])
    #expect(outcome.changes.first?.desired == desired)
    #expect(machine.text("f") == "hello")
    #expect(machine.names(machine.folder) == ["f"])
  }

  @Test func `what is not managed survives new contents`() async throws {
    try machine.write("f", "other")
    _ = unsafe chmod(machine.path("f"), 0o604)
    _ = try await machine.file("f", ["content": machine.upload("new")])
    #expect(machine.mode("f") == 0o604)
  }

  @Test(arguments: [Value.int(600), "0600", "600"])
  func `mode is octal digits as number or text`(mode: Value) async throws {
    try machine.write("f", "")
    let outcome = try await machine.file("f", ["mode": mode])
    #expect(outcome.changes.map(\.field) == ["mode"])
    #expect(machine.mode("f") == 0o600)
    #expect(try await machine.file("f", ["mode": mode]).change == .none)
  }

  @Test(arguments: [Value.int(888), "rw", "77777"])
  func `a mode that is none is refused`(mode: Value) async throws {
    let outcome = try await machine.file("f", ["mode": mode])
    #expect(outcome.result == .failed)
    #expect(outcome.hint == .giveUp)
    #expect(machine.names(machine.folder).isEmpty)
  }

  @Test func `a plan shows the difference and changes nothing`() async throws {
    try machine.write("f", "other")
    let outcome = try await machine.file("f", ["content": machine.upload("x")], kind: .plan)
    #expect(outcome.changes.map(\.field) == ["content"])
    #expect(machine.text("f") == "other")
  }

  @Test func `purged removes it once`() async throws {
    try machine.write("f", "x")
    #expect(try await machine.file("f", ["purged": true]).change == .purged)
    #expect(machine.names(machine.folder).isEmpty)
    #expect(try await machine.file("f", ["purged": true]).change == .none)
  }

  @Test(arguments: [false, true])
  func `a link in the way is an error, also for removal`(purged: Bool) async throws {
    try machine.write("target", "precious")
    _ = unsafe symlink("target", machine.path("f"))
    let outcome = try await machine.file(
      "f", ["content": machine.upload("x"), "purged": .bool(purged)])
    #expect(outcome.result == .failed)
    #expect(outcome.message.contains("is a symbolic link, not a file"))
    #expect(machine.text("target") == "precious")
  }

  @Test func `a directory in the way is an error`() async throws {
    _ = unsafe mkdir(machine.path("f"), 0o755)
    let outcome = try await machine.file("f", ["content": machine.upload("x")])
    #expect(outcome.message.contains("is a directory, not a file"))
  }

  @Test func `an unknown user is an error, and nothing is made`() async throws {
    let outcome = try await machine.file(
      "f", ["content": machine.upload("x"), "owner": "no-such-user-here"])
    #expect(outcome.result == .failed)
    #expect(outcome.message == "there is no user no-such-user-here on this machine")
    #expect(machine.names(machine.folder).isEmpty)
  }

  @Test func `a missing folder is explained`() async throws {
    let outcome = try await machine.file("no/f", ["content": machine.upload("x")])
    #expect(outcome.message.contains("its folder does not exist"))
  }

  @Test func `a relative path is refused`() async throws {
    let outcome = try await machine.run("std::File", "path", "etc/motd")
    #expect(outcome.message.contains("must be an absolute path"))
  }

  @Test func `what an interrupted run left behind is replaced`() async throws {
    let desired: [String: Value] = ["content": machine.upload("hello")]
    // The temporary name depends on the path alone: take it from a run into a full folder.
    _ = try await machine.file("f", desired)
    let names = machine.names(machine.folder)
    #expect(names == ["f"])
    try machine.write(".southbound-252f10c83610ebca", "half")
    try machine.write("f", "changed")
    #expect(try await machine.file("f", desired).change == .updated)
    #expect(machine.names(machine.folder) == ["f"])
  }

  @Test func `look-ups of users are cached`() async throws {
    let name = getuid() == 0 ? "root" : String(getuid())
    for number in 0..<5 { _ = try await machine.file("f\(number)", ["owner": .string(name)]) }
    #expect(machine.cache.statistics.misses <= 1)
  }

  @Test func `five hundred files at once`() async throws {
    let content = machine.upload("small")
    let machine = machine
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          let outcome = try await machine.file("f\(number)", ["content": content, "mode": 644])
          #expect(outcome.change == .created)
        }
      }
      try await group.waitForAll()
    }
    #expect(machine.names(machine.folder).count == 500)
  }
}

@Suite struct DirectoryTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  @Test func `is created with its mode, changed and removed when it is empty`() async throws {
    let path = machine.path("d")
    func run(_ fields: [String: Value]) async throws -> Outcome {
      try await machine.run("std::Directory", "path", path, fields)
    }
    #expect(try await run(["mode": 777]).change == .created)
    #expect(machine.mode("d") == 0o777)
    #expect(try await run(["mode": 750]).change == .updated)
    #expect(machine.mode("d") == 0o750)
    #expect(try await run(["mode": 750]).change == .none)
    try machine.write("d/f", "x")
    let full = try await run(["purged": true])
    #expect(full.message.contains("the directory is not empty"))
    _ = unsafe unlink(machine.path("d/f"))
    #expect(try await run(["purged": true]).change == .purged)
  }

  @Test func `a file in the way is an error`() async throws {
    try machine.write("d", "x")
    let outcome = try await machine.run("std::Directory", "path", machine.path("d"))
    #expect(outcome.message.contains("is a file, not a directory"))
    #expect(machine.text("d") == "x")
  }
}

@Suite struct SymlinkTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  @Test func `is created, pointed elsewhere in one step, and removed`() async throws {
    func run(_ source: String, _ fields: [String: Value] = [:]) async throws -> Outcome {
      try await machine.run(
        "std::Symlink", "target", machine.path("l"),
        fields.merging(["source": .string(source)]) { $1 })
    }
    #expect(try await run("/a").change == .created)
    #expect(try await run("/a").change == .none)
    let outcome = try await run("/b")
    #expect(
      outcome.changes == [AttributeChange(field: "source", current: "/a", desired: "/b")])
    #expect(machine.names(machine.folder) == ["l"])
    #expect(try await run("/b", ["purged": true]).change == .purged)
    #expect(machine.names(machine.folder).isEmpty)
  }

  @Test func `a file in the way is an error`() async throws {
    try machine.write("l", "x")
    let outcome = try await machine.run(
      "std::Symlink", "target", machine.path("l"), ["source": "/a"])
    #expect(outcome.message.contains("is a file, not a symbolic link"))
  }
}
