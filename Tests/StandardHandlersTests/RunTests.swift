import HandlerHost
import Resources
import SouthboundKit
import Testing

@Suite struct RunTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  private func run(
    _ command: String, _ fields: [String: Value] = [:], kind: ActionKind = .deploy,
    event: Bool = false
  ) async throws -> Outcome {
    var fields = fields
    fields["cwd"] = fields["cwd"] ?? .string(machine.folder)
    return try await machine.run(
      "exec::Run", "command", command, fields, kind: kind, event: event)
  }

  private let append = "sh -c 'echo run >> log'"
  private let appendReload: Value = "sh -c 'echo reload >> log'"

  @Test func `runs, and runs again each time`() async throws {
    let outcome = try await run(append)
    #expect(outcome.result == .successful, "\(outcome.message)")
    #expect(outcome.change == .updated)
    _ = try await run(append)
    #expect(machine.text("log") == "run\nrun\n")
  }

  @Test func `creates, unless and onlyif keep it from running`() async throws {
    try machine.write("there", "")
    for fields: [String: Value] in [
      ["creates": .string(machine.path("there"))], ["unless": "true"], ["onlyif": "false"],
    ] {
      let outcome = try await run(append, fields)
      #expect(outcome.result == .successful)
      #expect(outcome.change == .none)
    }
    #expect(machine.text("log") == nil)
    _ = try await run(
      append, ["creates": .string(machine.path("no")), "unless": "false", "onlyif": "true"])
    #expect(machine.text("log") == "run\n")
  }

  @Test func `an event runs the reload command`() async throws {
    _ = try await run(append, ["unless": "true", "reload": appendReload], event: true)
    #expect(machine.text("log") == "reload\n")
  }

  @Test func `what ran just now has seen the change and is not reloaded`() async throws {
    _ = try await run(append, ["reload": appendReload], event: true)
    #expect(machine.text("log") == "run\n")
  }

  @Test func `without reload command an event runs the command, once`() async throws {
    _ = try await run(append, ["unless": "true"], event: true)
    _ = try await run(append, event: true)
    #expect(machine.text("log") == "run\nrun\n")
  }

  @Test func `reload only runs on events alone`() async throws {
    #expect(try await run(append, ["reload_only": true]).change == .none)
    #expect(machine.text("log") == nil)
    #expect(try await run(append, ["reload_only": true], event: true).change == .updated)
    #expect(machine.text("log") == "run\n")
  }

  @Test func `a plan says that it would run`() async throws {
    let outcome = try await run(append, kind: .plan)
    #expect(outcome.changes.map(\.field) == ["executed"])
    #expect(machine.text("log") == nil)
  }

  @Test func `exit codes decide`() async throws {
    let failed = try await run("sh -c 'echo oops >&2; exit 3'")
    #expect(failed.result == .failed)
    #expect(failed.message.contains("exited with code 3"))
    #expect(failed.entries.contains { $0.text.contains("oops") })
    #expect(try await run("sh -c 'exit 3'", ["returns": [0, 3]]).result == .successful)
    #expect(try await run("sh -c 'exit 3'", ["skip_on_fail": true]).result == .skipped)
  }

  @Test func `environment and path reach the command`() async throws {
    _ = try await run("sh -c 'echo $A > log'", ["environment": ["A": "x"]])
    #expect(machine.text("log") == "x\n")
    let outcome = try await run("true", ["path": "/nowhere"])
    #expect(outcome.message.contains("there is no program `true`"))
  }

  @Test func `a command that takes too long is ended`() async throws {
    let outcome = try await run("sleep 300", ["timeout": 1])
    #expect(outcome.result == .failed)
    #expect(outcome.message.contains("took longer than 1.0 seconds"))
  }

  @Test(arguments: ["echo 'open", "echo \\", "   "])
  func `a command that cannot be split is refused`(command: String) async throws {
    #expect(try await run(command).hint == .giveUp)
  }

  @Test func `words are split as a shell does, and nothing is expanded`() async throws {
    let command = #"sh -c 'printf "%s|" "$@" > log' x a "b c" 'd "e' f\ g "" $HOME "#
    let outcome = try await run(command)
    #expect(outcome.result == .successful, "\(outcome.message)")
    #expect(machine.text("log") == #"a|b c|d "e|f g||$HOME|"#)
  }
}
