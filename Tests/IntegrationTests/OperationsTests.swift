import Foundation
import ProcessTesting
import Testing

extension Integration {
  /// What somebody who runs the services meets on a bad day.
  @Suite struct OperationsTests {
    private func file(_ path: String, _ text: String) -> String {
      """
      host = std::Host(name="web1", os=std::linux)
      std::File(host=host, path="\(path)", content="\(text)")
      """
    }

    // MARK: Two of a kind

    @Test func `a second server on one database is refused, until the first one is gone`()
      async throws
    {
      try await withServices { services in
        let first = try #require(services.process(of: .server))
        let log = "\(services.folder)/second.log"
        let second = try ChildProcess(
          program: "\(services.programs)/southbound-server",
          arguments: [
            "--listen", "tcp://127.0.0.1:0", "--data", services.dataFolder(of: .server),
          ], environment: services.environment,
          output: .init(standardOutput: log, standardError: log))
        #expect(try await second.exit() == .status(3))
        let said = content(log) ?? ""
        #expect(said.contains("another process, \(first.processID), uses it"), "\(said)")
        #expect(said.contains(services.dataFolder(of: .server)), "\(said)")
        #expect(!said.contains("listening"), "\(said)")
        try await services.run("environments")

        try await services.kill(.server)
        try await services.start(.server)
        try await services.run("environments")
      }
    }

    @Test func `a second agent on one data folder is refused`() async throws {
      try await withServices { services in
        let log = "\(services.folder)/second.log"
        let second = try ChildProcess(
          program: "\(services.programs)/southbound-agent",
          arguments: [
            "--listen", "tcp://127.0.0.1:0", "--server", services.address(of: .server),
            "--data", services.dataFolder(of: .agent), "--name", "other*",
          ], environment: services.environment,
          output: .init(standardOutput: log, standardError: log))
        #expect(try await second.exit() == .status(3))
        let said = content(log) ?? ""
        #expect(said.contains("another process uses the data folder"), "\(said)")
      }
    }

    private struct Agents: Decodable {
      struct Refused: Decodable {
        let address: String
        let message: String
      }
      let name: String
      let connected: Bool
      let address: String
      let refused: [Refused]
    }

    private struct Status: Decodable {
      let connected: Bool
      let session_error: String
    }

    private func status(of address: String, _ services: Services) async throws -> Status {
      let shown = try await services.run(
        "agents", "status", "--agent-address", address, "--json")
      return try JSONDecoder().decode(Status.self, from: Data(shown.output.utf8))
    }

    @Test func `a second agent of a name is shown with the reason`() async throws {
      try await withServices { services in
        let log = "\(services.folder)/second.log"
        let port = try Loopback.freePorts(1)[0]
        let address = "tcp://127.0.0.1:\(port)"
        let second = try ChildProcess(
          program: "\(services.programs)/southbound-agent",
          arguments: [
            "--listen", address, "--server", services.address(of: .server),
            "--data", "\(services.folder)/second", "--name", "web*",
          ], environment: services.environment,
          output: .init(standardOutput: log, standardError: log))
        do {
          try await refusal(of: address, services)
          let said = content(log) ?? ""
          #expect(said.contains("`web*` is served by another instance"), "\(said)")
          let first = try await status(of: services.address(of: .agent), services)
          #expect(first.connected && first.session_error.isEmpty)
        } catch {
          await second.end()
          throw error
        }
        await second.end()
      }
    }

    private func refusal(of address: String, _ services: Services) async throws {
      try await wait(for: "the refusal") {
        let agents = try? await services.rows("agents", of: Agents.self)
        return agents?.contains { !$0.refused.isEmpty } == true
      }
      let agents = try await services.rows("agents", of: Agents.self)
      let agent = try #require(agents.first { $0.name == "web*" && $0.connected })
      #expect(agent.address == services.address(of: .agent))
      #expect(agent.refused.map(\.address) == [address])
      let shown = try await services.run("agents")
      #expect(
        shown.errors.contains("the agent process at `\(address)` was refused"), "\(shown.errors)")
      let status = try await status(of: address, services)
      #expect(!status.connected)
      #expect(
        status.session_error.contains("served by another instance at `\(agent.address)`"),
        "\(status)")
    }

    // MARK: Health

    private struct Health: Decodable {
      let service: String
      let status: String
      let serving: Bool
      let message: String
    }

    private func health(
      _ services: Services, expecting status: Int32, _ more: [String] = [], within seconds: Int = 30
    ) async throws -> [Health] {
      var arguments = ["health", "--json", "--timeout", "\(seconds)"] + more
      if more.first?.hasPrefix("tcp:") != true {
        for service in [Services.Service.server, .compiler, .exporter] {
          arguments += ["--\(service)", services.address(of: service)]
        }
        arguments += ["--agent-address", services.address(of: .agent)]
      }
      let shown = try await services.southbound(arguments)
      #expect(shown.status == status, "\(shown)")
      return try JSONDecoder().decode([Health].self, from: Data(shown.output.utf8))
    }

    @Test func `health tells which services can be called`() async throws {
      try await withServices { services in
        let all = try await health(services, expecting: 0)
        #expect(all.map(\.service) == ["server", "compiler", "exporter", "agent"])
        #expect(all.allSatisfy { $0.serving && $0.status == "serving" })
        let server = services.address(of: .server)
        let versions = ["--service", "southbound.versions.v1.Versions"]
        #expect(try await health(services, expecting: 0, [server] + versions).count == 1)
        let other = services.address(of: .compiler)
        let unknown = try await health(services, expecting: 1, [other] + versions)
        #expect(unknown.first?.message.contains("no service") == true, "\(unknown)")

        try await services.kill(.exporter)
        let dead = try await health(services, expecting: 3)
        #expect(dead.filter { !$0.serving }.map(\.service) == ["exporter"])
        try await services.start(.exporter)

        // A process that stands still has an open port, and cannot be called.
        let process = try #require(services.process(of: .compiler))
        process.signal(SIGSTOP)
        let stuck = try await health(services, expecting: 3, within: 10)
        process.signal(SIGCONT)
        #expect(stuck.filter { !$0.serving }.map(\.service) == ["compiler"])
      }
    }

    // MARK: A server that goes and comes

    @Test func `a deployment is followed over the death of the server`() async throws {
      try await withServices { services in
        let root = "\(services.folder)/world"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        let model = try services.write(
          model: """
            import exec
            host = std::Host(name="web1", os=std::linux)
            early = std::File(host=host, path="\(root)/early", content="early")
            pause = exec::Run(host=host, command="/bin/sleep 2", requires=[early])
            std::File(host=host, path="\(root)/late", content="late", requires=[pause])
            """)
        let errors = "\(services.folder)/deploy.err"
        let output = "\(services.folder)/deploy.out"
        let command = try services.startSouthbound(
          ["deploy", model], output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "the first file") { content("\(root)/early") != nil }
        try await services.kill(.server)
        try await wait(for: "a word about the server") {
          content(errors)?.contains("waiting up to 60 s for the server") == true
        }
        try await services.start(.server)
        let exit = try await command.exit()
        #expect(exit == .status(0), "\(content(errors) ?? "")")
        #expect(content(errors)?.contains("the server is back") == true)
        #expect(content(output)?.contains("3 as desired, 0 failed") == true)
        #expect(content("\(root)/late") == "late")
      }
    }

    @Test func `what a server was asked for survives it, also when nobody asks again`() async throws
    {
      try await withServices { services in
        let path = "\(services.folder)/page"
        try await services.run("deploy", services.write(model: file(path, "well")))
        try "defaced".write(toFile: path, atomically: false, encoding: .utf8)
        let agent = services.address(of: .agent)
        try await services.run("agents", "pause", "--agent-address", agent)

        let errors = "\(services.folder)/repair.err"
        let output = "\(services.folder)/repair.out"
        let command = try services.startSouthbound(
          ["deploy", "--repair", "--json"],
          output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "the wish") { content(output)?.contains(#"{"asked""#) == true }
        // Only the disk of the server knows of the wish.
        command.signal(SIGKILL)
        try await services.kill(.agent)
        try await services.kill(.server)
        #expect(content(path) == "defaced")
        try await services.start(.server)
        try await services.start(.agent)
        try await wait(for: "the repair") { content(path) == "well" }
        // Nothing is left of it for the next session.
        try await services.run("deploy")
        func repairs() async throws -> Int {
          try await services.rows("actions", of: ActionRow.self).count { $0.kind == "repair" }
        }
        let before = try await repairs()
        try await services.kill(.agent)
        try await services.start(.agent)
        try await services.run("deploy")
        #expect(try await repairs() == before)
      }
    }

    @Test(arguments: [Services.Service.server, .agent])
    func `a log that is followed goes on after an absence, each line once`(
      sender: Services.Service
    ) async throws {
      try await withServices { services in
        let path = "\(services.folder)/page"
        func deploy(_ text: String) async throws {
          try await services.run("deploy", services.write(model: file(path, text)))
        }
        try await deploy("first")
        let errors = "\(services.folder)/logs.err"
        let output = "\(services.folder)/logs.out"
        let direct = sender == .agent ? ["--agent-address", services.address(of: .agent)] : []
        let command = try services.startSouthbound(
          ["logs", "--follow", "--json", "--history", "1"] + direct,
          output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "the history") { sequences(in: output).count == 1 }
        try await deploy("second")
        try await wait(for: "lines of the second deployment") { sequences(in: output).count > 1 }

        try await services.kill(sender)
        try await wait(for: "a word about the absence") {
          content(errors)?.contains("waiting up to 60") == true
        }
        try await services.start(sender)
        try await wait(for: "a word about the end of it") {
          content(errors)?.contains("the \(sender) is back") == true
        }
        let before = sequences(in: output)
        try await deploy("third")
        try await wait(for: "lines of the third deployment") {
          sequences(in: output).count > before.count
        }
        command.signal(SIGINT)
        #expect(try await command.exit() == .status(130))
        let shown = sequences(in: output)
        #expect(Set(shown).count == shown.count, "\(shown)")
        #expect(shown == shown.sorted(), "\(shown)")
      }
    }

    /// The sequence of each entry that `logs --json` has printed.
    private func sequences(in path: String) -> [UInt64] {
      (content(path) ?? "").split(separator: "\n").compactMap { line in
        line.firstMatch(of: /"sequence":(\d+)/).flatMap { UInt64($0.1) }
      }
    }

    @Test func `a server that stays away ends the command with 3`() async throws {
      try await withServices { services in
        let path = "\(services.folder)/page"
        try await services.run("deploy", services.write(model: file(path, "well")))
        let agent = services.address(of: .agent)
        try await services.run("agents", "pause", "--agent-address", agent)
        let errors = "\(services.folder)/repair.err"
        let output = "\(services.folder)/repair.out"
        let command = try services.startSouthbound(
          ["deploy", "--repair", "--json", "--away-limit", "1"],
          output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "the wish") { content(output)?.contains("asked") == true }
        try await services.kill(.server)
        #expect(try await command.exit() == .status(3))
        #expect(content(errors)?.contains("UNAVAILABLE") == true, "\(content(errors) ?? "")")
      }
    }

    @Test(arguments: [Services.Service.compiler, .exporter])
    func `a deploy command waits for a service that comes back late, and says things once`(
      service: Services.Service
    ) async throws {
      try await withServices { services in
        let path = "\(services.folder)/page"
        let model = try services.write(model: file(path, "well") + "\nstd::print(\"hello\")\n")
        try await services.kill(service)
        let errors = "\(services.folder)/deploy.err"
        let output = "\(services.folder)/deploy.out"
        let command = try services.startSouthbound(
          ["deploy", model], output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "a word about the service that is away") {
          content(errors)?.contains("trying again for up to 60 s") == true
        }
        // Longer than five attempts used to take.
        try await Task.sleep(for: .seconds(5))
        #expect(command.exitNow == nil, "\(content(errors) ?? "")")
        try await services.start(service)
        #expect(try await command.exit() == .status(0), "\(content(errors) ?? "")")
        #expect(content(path) == "well")
        let printed = (content(output) ?? "").components(separatedBy: "hello\n").count - 1
        #expect(printed == 1, "\(content(output) ?? "")")
        #expect(try await services.rows("versions", of: CrashTests.VersionRow.self).count == 1)
      }
    }

    // MARK: Large things

    @Test func `many megabytes of resources go the whole way`() async throws {
      try await withServices { services in
        let model = try services.write(
          model: """
            import std::testing
            text = "\(String(repeating: "0123456789abcdef", count: 40_000))"
            for number in std::sequence(20):
                std::testing::NullResource(name="n{{number}}", agentname="web1", value=text)
            end
            """)
        try await services.run("deploy", model)
        let shown = try await services.run("resources", "--fields", "--json")
        #expect(shown.output.utf8.count > 12 << 20)
        try await services.waitUntilCompliant(count: 20)
        try await services.run("versions", "diff", "1", "1")
      }
    }

    @Test func `a resource that fits into no message is refused at its model line`() async throws {
      try await withServices { services in
        let model = try services.write(
          model: """
            import std::testing
            text = "\(String(repeating: "0123456789abcdef", count: 150_000))"
            std::testing::NullResource(name="small", agentname="web1", value="x")
            std::testing::NullResource(name="large", agentname="web1", value=text)
            """)
        let done = try await services.run("deploy", model, expecting: 1)
        #expect(done.errors.contains("name=large] has about 2400"), "\(done.errors.suffix(500))")
        #expect(done.errors.contains("model.cf:4:"), "\(done.errors.suffix(500))")
        #expect(try await services.rows("versions", of: CrashTests.VersionRow.self).isEmpty)
        let local = try await services.run("export", model, "--json", expecting: 1)
        #expect(local.errors.contains("name=large]"))
      }
    }
  }
}
