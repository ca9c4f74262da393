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
