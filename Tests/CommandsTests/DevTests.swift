import Foundation
import ProcessTesting
import Testing

/// `southbound dev` with its data in one folder, and the command line against it.
struct Dev {
  let services: Services
  let port: Int
  let process: ChildProcess
  let log: String

  /// Starts it and waits until its agent is connected.
  static func start(in services: Services) async throws -> Dev {
    for _ in 0..<10 {
      // Below the ports that the kernel hands out, so that no client takes one of the range.
      let port = Int.random(in: 2_000..<3_200) * 10
      guard [0, 1, 2, 10].allSatisfy({ !Loopback.accepts(port: port + $0) }) else { continue }
      let log = "\(services.folder)/dev.log"
      let process = try services.startSouthbound(
        ["dev", "--base-port", String(port), "--data", "\(services.folder)/data"],
        output: .init(standardOutput: log, standardError: log))
      let dev = Dev(services: services, port: port, process: process, log: log)
      do {
        try await wait(for: "four services: \(content(log))") {
          if let exit = process.exitNow { throw ProcessError("\(exit): \(content(log))") }
          return content(log).split(separator: "\n").count { $0.contains("listening at") } == 4
        }
      } catch {
        await process.end()
        throw error
      }
      return dev
    }
    throw ProcessError("no free range of ports")
  }

  var addresses: [String] { ["--server", "tcp://127.0.0.1:\(port)"] }
  var compiler: [String] { ["--compiler", "tcp://127.0.0.1:\(port + 1)"] }

  @discardableResult
  func run(
    _ arguments: String..., expecting status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let compiles = arguments.first == "deploy" ? compiler : []
    let result = try await services.run(
      arguments + addresses + compiles, expecting: status, sourceLocation: sourceLocation)
    return result.output + (status == 0 ? "" : result.errors)
  }
}

/// Runs a body with `southbound dev`, and ends it afterwards with Ctrl-C.
func withDev(_ body: (Dev) async throws -> Void) async throws {
  try await withFolder { services in
    let dev = try await Dev.start(in: services)
    do {
      try await body(dev)
    } catch {
      await dev.process.end()
      Issue.record("the log of southbound dev:\n\(content(dev.log))")
      throw error
    }
    dev.process.signal(SIGINT)
    do {
      #expect(try await dev.process.exit(within: .seconds(20)) == .status(0))
    } catch {
      await dev.process.end()
      throw error
    }
    for offset in [0, 1, 2, 10] { #expect(!Loopback.accepts(port: dev.port + offset)) }
  }
}

extension CommandLineTests {
  /// Each verb against real services in one process.
  @Suite struct DevTests {
    private func model(_ dev: Dev, content: String) throws -> String {
      try dev.services.write(
        """
        host = std::Host(name="local", os=std::linux)
        std::File(host=host, path="\(dev.services.folder)/a", content="\(content)")
        std::File(host=host, path="\(dev.services.folder)/b", content="always")
        """, to: "main.cf")
    }

    @Test func `deploy, versions, resources, plan and check work together`() async throws {
      try await withDev { dev in
        let file = "\(dev.services.folder)/a"
        try await dev.run("deploy", model(dev, content: "one"))
        #expect(content(file) == "one")
        let resources = try rows(try await dev.run("resources", "--json"))
        #expect(resources.count == 2)
        #expect(
          resources.allSatisfy {
            ($0["state"] as? [String: Any])?["compliance"] as? String == "compliant"
          })

        let plan = try rows(try await dev.run("plan", "--json"))
        #expect(plan.compactMap { $0["result"] as? String } == ["unchanged", "unchanged"])
        try "drifted".write(toFile: file, atomically: true, encoding: .utf8)
        let drift = try await dev.run("check", expecting: 1)
        #expect(drift.contains("path=\(file)"))
        #expect(content(file) == "drifted", "check changes nothing")
        // The agent reports what it saw beside its answer: the server may learn it a moment later.
        try await wait(for: "recorded drift") {
          try await dev.run("resources").contains("non_compliant")
        }
        try await dev.run("deploy")
        #expect(content(file) == "one")
        try await dev.run("check")

        try await dev.run("deploy", model(dev, content: "two"))
        #expect(content(file) == "two")
        let versions = try rows(try await dev.run("versions", "list", "--json"))
        #expect(versions.compactMap { $0["number"] as? Int } == [2, 1])
        let diff = try rows(try await dev.run("versions", "diff", "1", "2", "--json"))
        #expect(diff.count == 1)
        #expect((diff.first?["resource_id"] as? String)?.contains(file) == true)
        let refused = try await dev.run("versions", "delete", "2", expecting: 1)
        #expect(refused.contains("2"))
        try await dev.run("versions", "delete", "1")
        #expect(try rows(try await dev.run("versions", "--json")).count == 1)
        #expect(
          try object(try await dev.run("versions", "release", "2", "--json"))["number"] as? Int == 2
        )
        let actions = try rows(try await dev.run("actions", "--json"))
        #expect(actions.count >= 3)
        _ = try rows(try await dev.run("facts", "--json"))
      }
    }

    @Test func `agents, their cache and environments are under control`() async throws {
      try await withDev { dev in
        try await dev.run("deploy", model(dev, content: "one"))
        let agents = try rows(try await dev.run("agents", "list", "--json"))
        #expect(agents.compactMap { $0["name"] as? String } == ["local"])
        _ = try object(try await dev.run("agents", "status", "local", "--json"))
        let paused = try object(try await dev.run("agents", "pause", "local", "--json"))
        #expect(paused["paused"] as? Bool == true)
        let resumed = try object(try await dev.run("agents", "resume", "local", "--json"))
        #expect(resumed["paused"] as? Bool == false)

        let entries = try rows(try await dev.run("cache", "list", "local", "--json"))
        let statistics = try object(try await dev.run("cache", "stats", "local", "--json"))
        #expect(statistics["entries"] as? Int == entries.count)
        try await dev.run("cache", "invalidate", "local", expecting: 2)
        let dropped = try await dev.run("cache", "invalidate", "local", "--all", "--json")
        #expect(try object(dropped)["invalidated"] as? Int == entries.count)
        #expect(try rows(try await dev.run("cache", "list", "local", "--json")).isEmpty)

        let made = try object(try await dev.run("environments", "create", "staging", "--json"))
        #expect(made["name"] as? String == "staging")
        try await dev.run("environments", "create", "staging", expecting: 1)
        let set = try object(
          try await dev.run(
            "environments", "set", "staging", "--repair-interval", "3600", "--json"))
        let settings = try #require(set["settings"] as? [String: Any])
        #expect(settings["repair_interval_seconds"] as? Int == 3600)
        let halted = try object(try await dev.run("environments", "halt", "staging", "--json"))
        #expect(halted["halted"] as? Bool == true)
        let going = try object(try await dev.run("environments", "resume", "staging", "--json"))
        #expect(going["halted"] as? Bool == false)
        try await dev.run("environments", "delete", "staging")
        let names = try rows(try await dev.run("environments", "--json"))
          .compactMap { $0["name"] as? String }
        #expect(names == ["default"])
      }
    }

    @Test func `logs follow a deployment live, and Ctrl-C ends them with 130`() async throws {
      try await withDev { dev in
        try await dev.run("deploy", model(dev, content: "one"))
        let live = "\(dev.services.folder)/live.log"
        let follower = try dev.services.startSouthbound(
          ["logs", "--follow", "--json"] + dev.addresses,
          output: .init(standardOutput: live, standardError: live))
        do {
          let isShown = "path=\(dev.services.folder)/a"
          try await wait(for: "history") { content(live).contains(isShown) }
          let before = content(live).count
          try await dev.run("deploy", model(dev, content: "two"))
          try await wait(for: "a live line") {
            content(live).dropFirst(before).contains(isShown)
          }
          follower.signal(SIGINT)
          #expect(try await follower.exit(within: .seconds(10)) == .status(130))
        } catch {
          await follower.end()
          throw error
        }
        for line in content(live).split(separator: "\n") { _ = try object(String(line)) }
        for source in [[], ["--agent", "local"]] {
          let result = try await dev.services.run(["logs", "--json"] + source + dev.addresses)
          #expect(result.output.contains("\(dev.services.folder)/a"), "\(source)")
        }
      }
    }

    @Test func `a port in use is named, and ends a second one with 3`() async throws {
      try await withDev { dev in
        let second = try await dev.services.run(
          ["dev", "--base-port", String(dev.port), "--data", "\(dev.services.folder)/second"],
          expecting: 3)
        #expect(second.errors.contains("tcp://127.0.0.1:\(dev.port)"), "\(second.errors)")
        try await dev.run("environments")
      }
    }

    @Test func `a server that is not there is named, and ends each verb with 3`() async throws {
      try await withFolder { services in
        for verb in ["resources", "versions", "agents", "facts", "logs", "plan", "environments"] {
          let result = try await services.run([verb], expecting: 3)
          #expect(result.errors.contains(String(services.port(of: .server))), "\(result.errors)")
        }
      }
    }
  }
}
