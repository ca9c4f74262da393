import Foundation
import ProcessTesting
import Testing

extension Integration {
  /// What was acknowledged survives `kill -9`, and a deployment ends without help.
  @Suite struct CrashTests {
    /// Files around a command that gives time to kill something.
    static let files = 40

    private func model(below root: String, text: String = "content") -> String {
      """
      import exec

      host = std::Host(name="web1", os=std::linux)
      pause = exec::Run(host=host, command="/bin/sleep 1", requires=[early])
      early = std::File(host=host, path="\(root)/early", content="\(text)")
      for number in std::sequence(\(Self.files)):
          std::File(
              host=host,
              path="\(root)/late-{{number}}",
              content="\(text) {{number}}",
              requires=[pause],
          )
      end
      """
    }

    private func verify(_ root: String, text: String = "content") {
      #expect(content("\(root)/early") == text)
      for number in 0..<Self.files {
        #expect(content("\(root)/late-\(number)") == "\(text) \(number)")
      }
    }

    @Test(arguments: Services.Service.allCases)
    func `a service killed in the middle of a deployment ends it after a restart`(
      service: Services.Service
    ) async throws {
      try await withServices { services in
        let root = "\(services.folder)/world"
        try FileManager.default.createDirectory(
          atPath: root, withIntermediateDirectories: false)
        let model = try services.write(model: model(below: root))
        try await services.run("deploy", model, "--no-follow")
        try await wait(for: "the first file") { content("\(root)/early") != nil }

        try await services.kill(service)
        try await services.start(service)
        try await services.waitUntilCompliant(count: Self.files + 2)
        verify(root)
      }
    }

    @Test(arguments: [Services.Service.compiler, .exporter, .server])
    func `a deploy command outlives the death of a service on its way`(
      service: Services.Service
    ) async throws {
      try await withServices { services in
        let root = "\(services.folder)/world"
        try FileManager.default.createDirectory(
          atPath: root, withIntermediateDirectories: false)
        let model = try services.write(model: model(below: root))
        try await services.kill(service)
        let errors = "\(services.folder)/deploy.err"
        let command = try services.startSouthbound(
          ["deploy", model, "--no-follow"],
          output: .init(standardOutput: "/dev/null", standardError: errors))
        try await wait(for: "a word about the service that is away") {
          content(errors)?.isEmpty == false
        }
        try await services.start(service)
        let exit = try await command.exit()
        #expect(exit == .status(0), "\(content(errors) ?? "")")
        try await services.waitUntilCompliant(count: Self.files + 2)
        verify(root)
        let versions = try await services.rows("versions", of: VersionRow.self)
        #expect(versions.count == 1, "a repeated call stores no second version")
      }
    }

    /// A moment in the middle of a service's own part, as `deploy --json` tells of it.
    struct Moment: CustomTestStringConvertible {
      let service: Services.Service
      let sign: String

      var testDescription: String { "\(service) at \(sign)" }

      static let all = [
        Moment(service: .compiler, sign: #""phase":"evaluating""#),
        Moment(service: .compiler, sign: #""phase":"exporting""#),
        Moment(service: .exporter, sign: #""phase":"exporting""#),
        Moment(service: .exporter, sign: #"{"exported""#),
        Moment(service: .server, sign: #"{"exported""#),
      ]
    }

    @Test(arguments: Moment.all)
    func `a service killed in the middle of its part leaves a whole version, once`(
      moment: Moment
    ) async throws {
      try await withServices { services in
        let root = "\(services.folder)/world"
        try FileManager.default.createDirectory(
          atPath: root, withIntermediateDirectories: false)
        // Instances that are no resources give each phase a length in which to hit it.
        let ballast = """

          entity Ballast:
              int number
          end
          implement Ballast using std::none
          for number in std::sequence(20000):
              Ballast(number=number)
          end
          """
        let model = try services.write(model: model(below: root) + ballast)
        // A server that stands still keeps the exporter in the middle of storing.
        let server = services.process(of: .server)
        server?.signal(SIGSTOP)
        let output = "\(services.folder)/deploy.out"
        let errors = "\(services.folder)/deploy.err"
        let command = try services.startSouthbound(
          ["deploy", model, "--no-follow", "--json"],
          output: .init(standardOutput: output, standardError: errors))
        try await wait(for: "\(moment.sign)") { content(output)?.contains(moment.sign) == true }
        try await services.kill(moment.service)
        server?.signal(SIGCONT)
        try await wait(for: "a word about the service that is away") {
          content(errors)?.contains("trying again") == true
        }
        try await services.start(moment.service)
        let exit = try await command.exit()
        #expect(exit == .status(0), "\(content(errors) ?? "")")

        try await services.waitUntilCompliant(count: Self.files + 2)
        verify(root)
        let versions = try await services.rows("versions", of: VersionRow.self)
        #expect(versions.map(\.resources) == [Self.files + 2])
      }
    }

    @Test(arguments: [Services.Service.compiler, .exporter])
    func `a service that dies in the middle and stays away leaves nothing, and says so`(
      service: Services.Service
    ) async throws {
      try await withServices { services in
        let model = try services.write(
          model: """
            import std::testing
            for number in std::sequence(3000):
                std::testing::NullResource(name="n{{number}}", agentname="web1")
            end
            """)
        let server = services.process(of: .server)
        server?.signal(SIGSTOP)
        let output = "\(services.folder)/deploy.out"
        let errors = "\(services.folder)/deploy.err"
        let command = try services.startSouthbound(
          ["deploy", model, "--json", "--away-limit", "2"],
          output: .init(standardOutput: output, standardError: errors))
        // All resources are made, and wait for the server that stands still.
        try await wait(for: "the last resource") {
          content(output)?.contains(#"name=n2999]"#) == true
        }
        try await services.kill(service)
        server?.signal(SIGCONT)
        #expect(try await command.exit() == .status(3))
        #expect(content(errors)?.contains("UNAVAILABLE") == true, "\(content(errors) ?? "")")
        #expect(content(output)?.contains(#"{"version""#) == false)

        try await services.start(service)
        try await services.run("deploy", model)
        try await services.waitUntilCompliant(count: 3_000)
        let versions = try await services.rows("versions", of: VersionRow.self)
        #expect(versions.allSatisfy { $0.resources == 3_000 }, "\(versions)")
      }
    }

    struct VersionRow: Decodable {
      let number: Int
      let resources: Int
    }

    @Test func `an agent repairs while its server is away, and reports when it is back`()
      async throws
    {
      try await withServices { services in
        let root = "\(services.folder)/world"
        try FileManager.default.createDirectory(
          atPath: root, withIntermediateDirectories: false)
        try await services.run("deploy", services.write(model: model(below: root)))
        let before = try await repairs(of: "early", by: services)

        try await services.kill(.server)
        try "defaced".write(toFile: "\(root)/early", atomically: false, encoding: .utf8)
        let agent = services.address(of: .agent)
        try await services.run("agents", "repair", "--agent-address", agent)
        try await wait(for: "the repair") { content("\(root)/early") == "content" }
        // The run has ended when its report is on the agent's disk.
        try await wait(for: "its report on disk") {
          let status = try await services.run(
            "agents", "status", "--agent-address", agent, "--json")
          return try JSONDecoder().decode(StatusRow.self, from: Data(status.output.utf8))
            .unsent_reports > 0
        }

        // The agent dies, too, before it could tell anybody.
        try await services.kill(.agent)
        try await services.start(.agent)
        try await services.start(.server)
        try await wait(for: "the report") {
          try await repairs(of: "early", by: services) == before + 1
        }
        try await services.waitUntilCompliant(count: Self.files + 2)
      }
    }

    struct StatusRow: Decodable {
      let unsent_reports: Int
    }

    private func repairs(of name: String, by services: Services) async throws -> Int {
      try await services.rows("actions", "--limit", "1000", of: ActionRow.self)
        .count { $0.resource_id.hasSuffix("/\(name)]") && $0.change == "updated" }
    }
  }
}
