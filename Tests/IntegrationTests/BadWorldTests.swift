import Foundation
import Glibc
import ProcessTesting
import Testing

extension Integration {
  /// A world that is not as one would like it: a clear error, and nothing half-done.
  @Suite struct BadWorldTests {
    /// A model of a healthy file and one more resource.
    private func model(_ folder: String, _ resource: String) -> String {
      """
      host = std::Host(name="web1", os=std::linux)
      std::File(host=host, path="\(folder)/healthy", content="well")
      \(resource)
      """
    }

    @Test func `an unknown user as owner fails that file, and names the user`() async throws {
      try await withServices { services in
        let path = "\(services.folder)/owned"
        let resource = """
          std::File(host=host, path="\(path)", content="x", owner="nobody-of-this-name")
          """
        let model = try services.write(model: model(services.folder, resource))
        try await services.run("deploy", model, expecting: 1)
        let state = try await services.resource(path).state
        #expect(state?.handler_result == "failed")
        #expect(
          state?.message.contains("nobody-of-this-name") == true, "\(String(describing: state))")
        #expect(content(path) == nil, "nothing is half-done")
        #expect(content("\(services.folder)/healthy") == "well")
      }
    }

    @Test func `a file where a folder should be is left alone, and named`() async throws {
      try await withServices { services in
        let path = "\(services.folder)/place"
        try "precious".write(toFile: path, atomically: true, encoding: .utf8)
        let resource = "std::Directory(host=host, path=\"\(path)\")"
        let model = try services.write(model: model(services.folder, resource))
        try await services.run("deploy", model, expecting: 1)
        let state = try await services.resource(path).state
        #expect(state?.handler_result == "failed")
        #expect(state?.message.contains(path) == true, "\(String(describing: state))")
        #expect(content(path) == "precious")
        #expect(content("\(services.folder)/healthy") == "well")

        try FileManager.default.removeItem(atPath: path)
        try await services.run("deploy")
        #expect(DiskSnapshot(of: services.folder).entries["place"]?.kind == "folder")
      }
    }

    @Test func `a link in the way of a file is never written through`() async throws {
      try await withServices { services in
        let other = "\(services.folder)/other"
        let path = "\(services.folder)/page"
        try "precious".write(toFile: other, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other)
        let resource = "std::File(host=host, path=\"\(path)\", content=\"new\")"
        let model = try services.write(model: model(services.folder, resource))
        _ = try await services.southbound(["deploy", model])
        #expect(content(other) == "precious")
        let state = try await services.resource(path).state
        if state?.compliance == "compliant" {
          #expect(DiskSnapshot(of: services.folder).entries["page"]?.kind == "file")
          #expect(content(path) == "new")
        } else {
          #expect(state?.message.contains(path) == true, "\(String(describing: state))")
        }
      }
    }

    @Test func `a full disk fails that file and leaves nothing behind`() async throws {
      try await withServices { services in
        let disk = "\(services.folder)/disk"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        let mounted = try await command("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk)
        guard mounted == 0 else {
          withKnownIssue("skipped: no tmpfs can be mounted here (mount exited with \(mounted))") {
            Issue.record("no mount")
          }
          return
        }
        do {
          let text = String(repeating: "0123456789abcdef", count: 16_384)
          let resource = "std::File(host=host, path=\"\(disk)/large\", content=\"\(text)\")"
          let model = try services.write(model: model(services.folder, resource))
          try await services.run("deploy", model, expecting: 1)
          let state = try await services.resource("disk/large").state
          #expect(state?.handler_result == "failed")
          #expect(
            state?.message.lowercased().contains("space") == true, "\(String(describing: state))")
          #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
          #expect(content("\(services.folder)/healthy") == "well")
        } catch {
          _ = try await command("umount", disk)
          throw error
        }
        #expect(try await command("umount", disk) == 0)
      }
    }

    private struct Condition: Decodable {
      let name: String?
      let connected: Bool
      let paused: Bool
      let disk_error: String
    }

    /// Runs a body with the agent's data on a disk of its own.
    private func withSmallDisk(_ body: (Services, String) async throws -> Void) async throws {
      try await withServices { services in
        await services.stop(.agent)
        let disk = services.dataFolder(of: .agent)
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let mounted = try await command("mount", "-t", "tmpfs", "-o", "size=24m", "none", disk)
        guard mounted == 0 else {
          withKnownIssue("skipped: no tmpfs can be mounted here (mount exited with \(mounted))") {
            Issue.record("no mount")
          }
          return
        }
        do {
          try await services.start(.agent)
          try await body(services, disk)
        } catch {
          await services.stop(.agent)
          _ = try await command("umount", "-l", disk)
          throw error
        }
        await services.stop(.agent)
        #expect(try await command("umount", disk) == 0)
      }
    }

    private func fill(_ disk: String) throws -> String {
      let filler = "\(disk)/filler"
      #expect(FileManager.default.createFile(atPath: filler, contents: nil))
      let handle = try #require(FileHandle(forWritingAtPath: filler))
      defer { try? handle.close() }
      let block = Data(repeating: 0, count: 4096)
      // Writes until the disk says no.
      while (try? handle.write(contentsOf: block)) != nil {}
      return filler
    }

    @Test func `an agent whose data folder is full says so, and goes on when there is room`()
      async throws
    {
      try await withSmallDisk { services, disk in
        let path = "\(services.folder)/page"
        func file(_ text: String) -> String {
          "std::File(host=host, path=\"\(path)\", content=\"\(text)\")"
        }
        try await services.run("deploy", services.write(model: model(services.folder, file("one"))))
        let filler = try fill(disk)
        try "drift".write(toFile: path, atomically: false, encoding: .utf8)

        // More than the free pages of what the agent has on its disk can hold.
        let large = String(repeating: "0123456789abcdef", count: 20_000)
        let many = """
          \(file("two"))
          import std::testing
          std::File(host=host, path="\(path)-large", content="\(large)")
          for number in std::sequence(2000):
              std::testing::NullResource(name="n{{number}}", agentname="web1")
          end
          """
        let second = try services.write(model: model(services.folder, many))
        let refused = try await services.run("deploy", second, expecting: 1)
        #expect(refused.errors.contains("agent `web1` cannot keep its state"), "\(refused.errors)")
        #expect(refused.errors.contains(disk), "\(refused.errors)")
        #expect(services.process(of: .agent)?.exitNow == nil)
        #expect(
          content(path) == "drift", "the version before is in force, and nothing is half-done")
        #expect(content("\(path)-large") == nil)
        let contents = try FileManager.default.contentsOfDirectory(atPath: "\(disk)/contents")
        #expect(!contents.contains { $0.hasSuffix(".part") }, "\(contents)")
        #expect(services.logEnd(of: .agent).contains("the disk refuses the agent's state"))
        let agents = try await services.rows("agents", of: Condition.self)
        #expect(agents.first { $0.name == "web1" }?.disk_error.isEmpty == false, "\(agents)")
        let shown = try await services.run(
          "agents", "status", "--agent-address", services.address(of: .agent), "--json")
        let status = try JSONDecoder().decode(Condition.self, from: Data(shown.output.utf8))
        #expect(status.connected && !status.disk_error.isEmpty, "\(status)")
        let planned = try await services.run("plan", expecting: 1)
        #expect(planned.output.contains("waits for its disk"), "\(planned.output)")

        // A process that starts on a full disk says which one, and ends.
        try await services.kill(.agent)
        await #expect(throws: (any Error).self) { try await services.start(.agent) }
        #expect(services.logEnd(of: .agent).contains(disk), "\(services.logEnd(of: .agent))")
        await services.stop(.agent)

        try FileManager.default.removeItem(atPath: filler)
        try await services.start(.agent)
        try await services.waitUntilCompliant(count: 2_003)
        #expect(content(path) == "two" && content("\(path)-large") == large)
        try logIsWhole(disk)
        let actions = try await services.rows(
          "actions", "\("std::File[web1,path=\(path)]")", of: ActionRow.self)
        #expect(actions.map(\.change) == ["updated", "created"], "\(actions)")
      }
    }

    @Test func `a data folder that is full for a while loses nothing that was reported`()
      async throws
    {
      try await withSmallDisk { services, disk in
        let path = "\(services.folder)/page"
        let file = "std::File(host=host, path=\"\(path)\", content=\"one\")"
        try await services.run("deploy", services.write(model: model(services.folder, file)))
        let filler = try fill(disk)
        // Each repair takes some pages; in the end there is none.
        var refused: Services.CommandResult?
        for round in 0..<200 where refused == nil {
          try "drift \(round)".write(toFile: path, atomically: false, encoding: .utf8)
          let result = try await services.southbound(["deploy", "--repair"])
          if result.status != 0 { refused = result }
        }
        #expect(refused?.status == 1 && refused?.errors.contains("cannot keep its state") == true)
        try FileManager.default.removeItem(atPath: filler)
        try await wait(for: "the repair") { content(path) == "one" }
        try await services.run("deploy")
        try await wait(for: "the end of the trouble") {
          try await services.rows("agents", of: Condition.self)
            .allSatisfy { $0.disk_error.isEmpty }
        }
        #expect(services.logEnd(of: .agent).contains("the disk takes the agent's state again"))
        try logIsWhole(disk)
        try await services.waitUntilCompliant(count: 2)
      }
    }

    /// Each line of the agent's logfile is a document, whatever the disk refused.
    private func logIsWhole(_ disk: String) throws {
      for line in (content("\(disk)/agent.log") ?? "").split(separator: "\n") {
        #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
      }
    }

    @Test func `a paused agent is named by deploy, which does not wait for it`() async throws {
      try await withServices { services in
        let path = "\(services.folder)/page"
        let file = "std::File(host=host, path=\"\(path)\", content=\"one\")"
        let agent = services.address(of: .agent)
        try await services.run("agents", "pause", "--agent-address", agent)
        let begin = ContinuousClock.now
        let refused = try await services.run(
          "deploy", services.write(model: model(services.folder, file)), expecting: 1)
        #expect(ContinuousClock.now - begin < .seconds(20))
        #expect(refused.errors.contains("agent `web1` is paused"), "\(refused.errors)")
        #expect(refused.errors.contains("southbound agents resume web1"), "\(refused.errors)")
        let again = try await services.run("deploy", "--json", expecting: 1)
        #expect(
          again.output.contains(#""hindered":[{"disk_error":"","name":"web1","paused":true}]"#),
          "\(again.output)")
        let rows = try await services.rows("agents", of: Condition.self)
        #expect(rows.map(\.paused) == [true])
        try await services.run("agents", "resume", "web1")
        try await services.run("deploy")
        #expect(content(path) == "one")
      }
    }

    @Test func `an agent that is told to end gives its names to another one at once`() async throws
    {
      try await withServices { services in
        let root = services.folder
        let model = try services.write(
          model: """
            import exec
            host = std::Host(name="web1", os=std::linux)
            early = std::File(host=host, path="\(root)/early", content="early")
            pause = exec::Run(host=host, command="/bin/sleep 20", requires=[early])
            std::File(host=host, path="\(root)/late", content="late", requires=[pause])
            """)
        try await services.run("deploy", model, "--no-follow")
        try await wait(for: "the first file") { content("\(root)/early") != nil }
        let begin = ContinuousClock.now
        await services.stop(.agent)
        // What ended was reported, and nobody holds the name.
        let row = try await services.resource("\(root)/early")
        #expect(row.isCompliant)
        let agents = try await services.rows("agents", of: AgentRow.self)
        #expect(!agents.contains { $0.connected }, "\(agents)")
        let log = "\(root)/second.log"
        let second = try ChildProcess(
          program: "\(services.programs)/southbound-agent",
          arguments: [
            "--listen", "tcp://127.0.0.1:0", "--server", services.address(of: .server),
            "--data", "\(root)/second", "--name", "web*",
          ], environment: services.environment,
          output: .init(standardOutput: log, standardError: log))
        do {
          try await wait(for: "the second agent", within: .seconds(10)) {
            try await services.rows("agents", of: AgentRow.self)
              .contains { $0.name == "web1" && $0.connected }
          }
          #expect(ContinuousClock.now - begin < .seconds(25), "sooner than a lease ends")
          #expect(content(log)?.contains("served by another instance") == false)
        } catch {
          await second.end()
          throw error
        }
        await second.end()
        // The first one comes back and ends what was cut off.
        try await services.start(.agent)
        try await services.waitUntilCompliant(count: 3)
        #expect(content("\(root)/late") == "late")
      }
    }

    @Test func `an agent whose clock is a day off deploys like any other`() async throws {
      let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
      try #require(
        FileManager.default.fileExists(atPath: library), "make setup installs libfaketime")
      for shift in ["+1d", "-1d"] {
        try await withServices { services in
          await services.stop(.agent)
          // The library adds a variable in the first process that it is loaded into, and the Swift
          // runtime finds the arguments in front of the unmoved environment: `env` goes first.
          try await services.start(
            .agent, through: "/usr/bin/env",
            environment: [
              "LD_PRELOAD": library, "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ])
          let path = "\(services.folder)/page"
          let file = "std::File(host=host, path=\"\(path)\", content=\"one\")"
          try await services.run(
            "deploy", services.write(model: model(services.folder, file)))
          #expect(content(path) == "one")
          let changed = "std::File(host=host, path=\"\(path)\", content=\"two\")"
          try await services.run(
            "deploy", services.write(model: model(services.folder, changed)))
          #expect(content(path) == "two")
          try await services.waitUntilCompliant(count: 2)
        }
      }
    }

    @Test func `a port in use is named, and the process ends with 3`() async throws {
      try await withServices { services in
        for service in Services.Service.allCases {
          var arguments = services.arguments(of: service)
          if let data = arguments.firstIndex(of: services.dataFolder(of: service)) {
            arguments[data] += "-second"
          }
          let log = "\(services.folder)/second-\(service).log"
          let second = try ChildProcess(
            program: "\(services.programs)/\(service.program)", arguments: arguments,
            environment: services.environment,
            output: .init(standardOutput: log, standardError: log))
          do {
            #expect(try await second.exit(within: .seconds(15)) == .status(3), "\(service)")
          } catch {
            await second.end()
            throw error
          }
          let port = String(services.port(of: service))
          #expect(content(log)?.contains(port) == true, "\(content(log) ?? "")")
        }
        try await services.run("environments")
      }
    }

    @Test func `of two agents with the same name the first keeps it`() async throws {
      try await withServices { services in
        let port = try Loopback.freePorts(1)[0]
        let log = "\(services.folder)/second.log"
        let second = try ChildProcess(
          program: "\(services.programs)/southbound-agent",
          arguments: [
            "--listen", "tcp://127.0.0.1:\(port)", "--server", services.address(of: .server),
            "--environment", "default", "--name", "web*", "--data", "\(services.folder)/second",
          ],
          environment: services.environment,
          output: .init(standardOutput: log, standardError: log))
        do {
          try await wait(for: "the refusal") {
            content("\(services.folder)/second/agent.log")?
              .contains("is served by another instance") == true
          }
          let path = "\(services.folder)/page"
          let resource = "std::File(host=host, path=\"\(path)\", content=\"one\")"
          try await services.run(
            "deploy", services.write(model: model(services.folder, resource)))
          #expect(content(path) == "one")
          let agents = try await services.rows("agents", "list", of: AgentRow.self)
          #expect(agents.map(\.name) == ["web1"])
          #expect(agents.first?.address == services.address(of: .agent))
        } catch {
          await second.end()
          throw error
        }
        await second.end()
      }
    }

    @Test func `noise on every port harms nobody`() async throws {
      try await withServices { services in
        var random = SystemRandomNumberGenerator()
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        for service in Services.Service.allCases {
          for round in 0..<20 {
            let noise = (0..<Int.random(in: 1...4096)).map { _ in
              UInt8.random(in: 0...255, using: &random)
            }
            let start: [UInt8] =
              switch round % 4 {
              case 0: []
              case 1: preface
              case 2: preface + settings
              default: Array((preface + settings).prefix(Int.random(in: 1..<30)))
              }
            let body = round % 4 == 3 ? [] : noise
            _ = try Loopback.exchange(
              port: services.port(of: service), start + body, closing: true, seconds: 2)
          }
          #expect(services.process(of: service)?.exitNow == nil, "\(service) ended")
        }
        let resource = "std::File(host=host, path=\"\(services.folder)/page\", content=\"one\")"
        try await services.run(
          "deploy", services.write(model: model(services.folder, resource)))
      }
    }
  }
}
