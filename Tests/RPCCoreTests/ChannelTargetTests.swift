import RPCCore
import Testing

@Suite struct ChannelTargetTests {
  @Test(
    arguments: [
      ("tcp://h:1", [.tcp(host: "h", port: 1)]),
      ("tcp://[::1]:1", [.tcp(host: "::1", port: 1)]),
      ("dns:h:1", [.tcp(host: "h", port: 1)]),
      ("dns:///h:1", [.tcp(host: "h", port: 1)]),
      ("dns:h", [.tcp(host: "h", port: 443)]),
      ("h", [.tcp(host: "h", port: 443)]),
      ("h:1", [.tcp(host: "h", port: 1)]),
      ("localhost", [.tcp(host: "localhost", port: 443)]),
      ("[::1]:1", [.tcp(host: "::1", port: 1)]),
      ("::1", [.tcp(host: "::1", port: 443)]),  // Several colons without brackets: no port.
      ("ipv4:1.2.3.4:5", [.tcp(host: "1.2.3.4", port: 5)]),
      (
        "ipv4:1.2.3.4,5.6.7.8:9",
        [.tcp(host: "1.2.3.4", port: 443), .tcp(host: "5.6.7.8", port: 9)]
      ),
      ("ipv6:[::1]:5,[::2]", [.tcp(host: "::1", port: 5), .tcp(host: "::2", port: 443)]),
      ("ipv6:::1", [.tcp(host: "::1", port: 443)]),
      ("unix:/a/b", [.unix(path: "/a/b")]),
      ("unix:b", [.unix(path: "b")]),
      ("unix:///a/b", [.unix(path: "/a/b")]),
    ] as [(String, [ServiceAddress])])
  func `each form of the naming document is read`(text: String, addresses: [ServiceAddress]) throws
  {
    let target = try ChannelTarget(parsing: text)
    #expect(target.addresses == addresses)
    #expect(target.description == text)
  }

  @Test(arguments: [
    "", ":", ":80", "dns:", "dns://8.8.8.8/h:1", "dns:///", "h:", "h:x", "h:65536", "h:-1",
    "h:+1", "[::1]x", "[]:1", "a b:1", "ipv4:", "ipv4:h:1", "ipv4:1.2.3.4:5,", "ipv4:[::1]:1",
    "ipv6:1.2.3.4:5", "ipv6:", "unix:", "unix://relative", "tcp://h", "xds:///service",
    "http://h:1", "unix:" + String(repeating: "a", count: 108),
    "ipv4:" + String(repeating: "1.2.3.4,", count: 300) + "1.2.3.4",
  ])
  func `what is no target is refused with its text`(text: String) throws {
    do {
      let target = try ChannelTarget(parsing: text)
      #expect(Bool(false), "taken as \(target.addresses)")
    } catch {
      #expect(error.code == .invalidArgument)
      #expect(error.message.contains("target") || error.message.contains("address"))
    }
  }
}
