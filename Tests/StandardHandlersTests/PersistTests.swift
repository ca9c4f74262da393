import HandlerHost
import Resources
import Testing

@testable import StandardHandlers

/// Which paths the agent brings to the disk before it reports a run.
@Suite struct PersistTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  @Test func `each handler names the path that it changes, also the one that it removes`()
    async throws
  {
    let path = machine.path("x")
    for purged in [false, true] {
      let file = try await machine.file("x", ["purged": .bool(purged)])
      #expect(file.change == (purged ? .purged : .created))
      #expect(file.paths == [path])
    }
    for purged in [false, true] {
      let folder = try await machine.run("std::Directory", "path", path, ["purged": .bool(purged)])
      #expect(folder.change == (purged ? .purged : .created))
      #expect(folder.paths == [path])
    }
    for purged in [false, true] {
      let link = try await machine.run(
        "std::Symlink", "target", path, ["source": "/etc", "purged": .bool(purged)])
      #expect(link.change == (purged ? .purged : .created))
      #expect(link.paths == [path])
    }
    let command = try await machine.run(
      "exec::Run", "command", "touch \(path)", ["creates": .string(path)])
    #expect(command.change == .updated)
    #expect(command.paths == [path])
  }

  @Test func `a run that fails half-way names its path, too`() async throws {
    let outcome = try await machine.file("missing/x", [:])
    #expect(outcome.result == .failed)
    #expect(outcome.paths == [machine.path("missing/x")])
  }

  /// Between the look and the rename anybody may put something there.
  @Test func `what appears in the place of a new file is replaced in one step`() throws {
    try machine.write("f", "somebody else's")
    let attributes = Syscalls.Attributes(mode: 0o600)
    try Syscalls.replace(machine.path("f"), with: Array("mine".utf8), attributes, isNew: true)
    #expect(machine.text("f") == "mine")
    #expect(machine.mode("f") == 0o600)
    #expect(machine.names(machine.folder) == ["f"])
  }

  @Test func `a folder that appears in the place of a new file is left alone`() throws {
    try machine.write("f", "")
    let attributes = Syscalls.Attributes()
    let error = #expect(throws: SystemError.self) {
      try Syscalls.replace(
        machine.path("f/inner"), with: Array("mine".utf8), attributes, isNew: true)
    }
    #expect(error?.number == 20)
    try Syscalls.makeDirectory(machine.path("d"), mode: 0o755)
    #expect(throws: SystemError.self) {
      try Syscalls.replace(machine.path("d"), with: Array("mine".utf8), attributes, isNew: true)
    }
    #expect(machine.names(machine.folder) == ["d", "f"])
  }
}
