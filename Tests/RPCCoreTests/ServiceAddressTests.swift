import RPCCore
import Testing

@Suite struct ServiceAddressTests {
  @Test(arguments: [
    ("tcp://127.0.0.1:7400", ServiceAddress.tcp(host: "127.0.0.1", port: 7400)),
    ("tcp://localhost:0", .tcp(host: "localhost", port: 0)),
    ("tcp://[::1]:65535", .tcp(host: "::1", port: 65535)),
    ("unix:///run/a.sock", .unix(path: "/run/a.sock")),
  ])
  func `parses an address and writes it again`(text: String, expected: ServiceAddress) throws {
    let address = try ServiceAddress(parsing: text)
    #expect(address == expected)
    #expect(address.description == text)
  }

  @Test(arguments: [
    "", "127.0.0.1:80", "tcp://", "tcp://host", "tcp://:80", "tcp://host:65536", "tcp://host:-1",
    "tcp://host:x", "unix://relative", "unix:/one", "http://host:80",
    "unix:///" + String(repeating: "p", count: 107),
  ])
  func `refuses what is no address and says what is wanted`(text: String) {
    #expect(throws: RPCError.self) { try ServiceAddress(parsing: text) }
  }
}
