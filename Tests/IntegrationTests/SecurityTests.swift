import Foundation
import ProcessTesting
import TLSTesting
import Testing

extension Integration {
  /// Mutual TLS between all processes, from three files that the environment names.
  @Suite struct SecurityTests {
    /// Writes certificate, key and authority where the processes look for them.
    private func write(
      _ issued: TestAuthority.Issued, of authority: TestAuthority, to folder: String
    )
      throws
    {
      let texts = [
        "cert.pem": issued.certificate, "key.pem": issued.privateKey,
        "ca.pem": authority.root.certificate,
      ]
      for (name, text) in texts {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      }
    }

    private func withSecureServices(
      _ body: (Services, _ pem: String) async throws -> Void
    ) async throws {
      try await withFolder { folder in
        let authority = TestAuthority()
        try write(authority.issueLocal(), of: authority, to: folder)
        let services = try Services(
          folder: "\(folder)/services",
          environment: [
            "SOUTHBOUND_TLS_CERT": "\(folder)/cert.pem", "SOUTHBOUND_TLS_KEY": "\(folder)/key.pem",
            "SOUTHBOUND_TLS_CA": "\(folder)/ca.pem",
          ], agentNames: ["web*"])
        try await running(services) { try await body(services, folder) }
      }
    }

    @Test func `four processes deploy over mutual TLS, and strangers are refused`() async throws {
      try await withSecureServices { services, pem in
        let path = "\(services.folder)/motd"
        let model = try services.write(
          model: """
            host = std::Host(name="web1", os=std::linux)
            std::File(host=host, path="\(path)", content="secure")
            """)
        try await services.run("deploy", model)
        #expect(content(path) == "secure")
        try await services.run("cache", "stats", "web1")
        try await services.run(
          "health", services.address(of: .server), services.address(of: .compiler),
          services.address(of: .exporter), services.address(of: .agent))

        let other = "\(services.folder)/other"
        try FileManager.default.createDirectory(
          atPath: other, withIntermediateDirectories: false)
        let stranger = TestAuthority("Another Authority")
        try write(stranger.issueLocal(), of: stranger, to: other)
        let mistrusting = try await services.run(
          "versions", "--tls-ca", "\(other)/ca.pem", expecting: 3)
        #expect(mistrusting.errors.contains("the certificate of the server is refused"))
        let mistrusted = try await services.run(
          "versions", "--tls-cert", "\(other)/cert.pem", "--tls-key", "\(other)/key.pem",
          expecting: 3)
        #expect(mistrusted.errors.contains("the server refused the TLS connection"))
        let alone = try await services.run("versions", "--tls-key", "", expecting: 2)
        #expect(alone.errors.contains("TLS"), "\(alone.errors)")
      }
    }

    @Test func `SIGHUP makes a service read its certificate again`() async throws {
      try await withSecureServices { services, pem in
        try await services.run("versions")
        let renewal = TestAuthority("Second Authority")
        try write(renewal.issueLocal(), of: renewal, to: pem)
        try await services.run("versions", expecting: 3)
        services.process(of: .server)?.signal(SIGHUP)
        try await wait(for: "the new certificate") {
          try await services.southbound(["versions"]).status == 0
        }
      }
    }

    @Test func `a file that cannot be used is named at the start`() async throws {
      try await withFolder { folder in
        let services = try Services(folder: folder)
        for service in Services.Service.allCases {
          let error = await #expect(throws: ProcessError.self) {
            try await services.start(
              service,
              environment: [
                "SOUTHBOUND_TLS_CERT": "\(folder)/none.pem",
                "SOUTHBOUND_TLS_KEY": "\(folder)/none.pem",
              ])
          }
          #expect("\(String(describing: error))".contains("\(folder)/none.pem"))
          #expect(services.process(of: service)?.exitNow == .status(2))
        }
      }
    }
  }
}
