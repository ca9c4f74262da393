import Foundation
import ProcessTesting
import Testing

/// The example through four processes: its exporter and its agent beside the usual server and
/// compiler.
@Suite(.serialized) struct EndToEndTests {
  private static let project =
    #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(3).joined(separator: "/") + "/Sources/Examples/loadbalancer"

  private func withServices(
    _ body: (Services, FakeDevice) async throws -> Void
  ) async throws {
    try await FakeDevice.with { device in
      let folder = "\(NSTemporaryDirectory())southbound-lb-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let services = try Services(
        folder: folder, environment: ["LOADBALANCER_ADDRESS": device.address],
        agentNames: ["edge*"],
        programNames: [.agent: "loadbalancer-agent", .exporter: "loadbalancer-exporter"])
      do {
        try await services.startAll()
        try await body(services, device)
      } catch {
        await services.stopAll()
        for service in Services.Service.allCases {
          Issue.record("the end of the log of \(service):\n\(services.logEnd(of: service))")
        }
        throw error
      }
      await services.stopAll()
      // The finaliser of each connection has run at the latest when the agent has ended.
      try await device.wait(for: "closed", count: device.count("open"))
    }
  }

  @Test func `a deployment opens one connection for all pools, and every one is closed`()
    async throws
  {
    try await withServices { services, device in
      let deployed = try await services.southbound(["deploy", Self.project])
      #expect(deployed.status == 0, "\(deployed.output)\(deployed.errors)")
      #expect(device.count("open") == 1)
      #expect(device.count("command SET") >= 2)
      let again = try await services.southbound(["deploy", Self.project])
      #expect(again.status == 0, "\(again.output)\(again.errors)")
      // Nothing changed: the second version touches the device not at all.
      #expect(device.count("open") == 1)
    }
  }

  @Test func `facts and structured logs reach the server, and drift is found and repaired`()
    async throws
  {
    try await withServices { services, device in
      let deployed = try await services.southbound(["deploy", Self.project])
      #expect(deployed.status == 0, "\(deployed.output)\(deployed.errors)")
      let facts = try await services.southbound(["facts", "--json"])
      #expect(facts.output.contains("lb::Pool[edge1,name=shop]"))
      let logs = try await services.southbound(["logs", "--json", "--level", "debug"])
      #expect(logs.output.contains("lb::Pool[edge1,name=api]"))
      try await device.tell("CHANGE shop algorithm random")
      let check = try await services.southbound(["check"])
      #expect(check.status == 1)
      #expect(check.output.contains("algorithm: \"random\" -> \"round_robin\""))
      let repaired = try await services.southbound(["deploy"])
      #expect(repaired.status == 0, "\(repaired.output)\(repaired.errors)")
      #expect(try await services.southbound(["check"]).status == 0)
    }
  }
}
