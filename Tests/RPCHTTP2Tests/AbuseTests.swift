import Compression
import Foundation
import RPCCore
import Testing

/// One way to abuse a server, and how its connection ends.
struct Abuse: Sendable, CustomTestStringConvertible {
  let name: String
  /// Whether the server has to end the connection; otherwise it must go on serving it.
  let endsConnection: Bool
  var program = ServerProcess.Program.bench
  let bytes: @Sendable () -> [UInt8]

  var testDescription: String { name }

  private static let stream = "/bench.Bench/Stream"
  private static let pingPong = "/bench.Bench/PingPong"

  static let all = [
    Abuse(name: "rapid reset (CVE-2023-44487)", endsConnection: true) {
      WireBytes.repeated(20_000) {
        WireBytes.request(2 * $0 + 1, path: pingPong) + WireBytes.reset(2 * $0 + 1)
      }
    },
    Abuse(name: "MadeYouReset (CVE-2025-8671)", endsConnection: true) {
      WireBytes.repeated(20_000) {
        WireBytes.request(2 * $0 + 1, path: pingPong) + WireBytes.windowUpdate(2 * $0 + 1, 0)
      }
    },
    Abuse(name: "MadeYouReset by DATA after the end", endsConnection: true) {
      WireBytes.repeated(20_000) {
        WireBytes.request(2 * $0 + 1, path: pingPong)
          + WireBytes.frame(0, stream: 2 * $0 + 1, flags: 1)
          + WireBytes.frame(0, stream: 2 * $0 + 1, flags: 1, [1])
      }
    },
    Abuse(name: "MadeYouReset by priorities of a stream over itself", endsConnection: true) {
      WireBytes.repeated(20_000) { number in
        let stream = UInt32(2 * number + 1)
        let dependency = [24, 16, 8, 0].map { UInt8(stream >> UInt32($0) & 255) }
        return WireBytes.request(Int(stream), path: pingPong)
          + WireBytes.frame(2, stream: Int(stream), dependency + [1])
      }
    },
    Abuse(name: "calls without end that are never answered", endsConnection: false) {
      WireBytes.repeated(5000) { WireBytes.request(2 * $0 + 1, path: pingPong) }
    },
    Abuse(name: "CONTINUATION flood", endsConnection: true) {
      WireBytes.frame(1, stream: 1, WireBytes.requestBlock(path: pingPong))
        + WireBytes.repeated(1000) { _ in
          WireBytes.frame(9, stream: 1, [UInt8](repeating: 0x84, count: 16_000))
        }
    },
    Abuse(name: "CONTINUATION flood without payload", endsConnection: true) {
      WireBytes.frame(1, stream: 1, WireBytes.requestBlock(path: pingPong))
        + WireBytes.repeated(100_000) { _ in WireBytes.frame(9, stream: 1) }
    },
    Abuse(name: "HPACK bomb: references to one large entry", endsConnection: false) {
      // One entry of 4,000 bytes, then one byte names it again.
      let entry =
        [0x40, 1, 0x78, 0x7F, 0xA1, 0x1E] + [UInt8](repeating: 0x76, count: 4000)
      return WireBytes.repeated(100) { number in
        let block =
          WireBytes.requestBlock(path: pingPong) + (number == 0 ? entry : [])
          + [UInt8](repeating: 0xBE, count: 12_000)
        return WireBytes.frame(1, stream: 2 * number + 1, flags: 5, block)
      }
    },
    Abuse(name: "header list over the limit", endsConnection: false) {
      WireBytes.repeated(200) { number in
        let value = String(repeating: "v", count: 100)
        let block =
          WireBytes.requestBlock(path: pingPong)
          + WireBytes.repeated(120) { WireBytes.field("x-\($0)", value) }
        return WireBytes.frame(1, stream: 2 * number + 1, flags: 5, block)
      }
    },
    Abuse(name: "SETTINGS flood", endsConnection: true) {
      WireBytes.repeated(50_000) { _ in WireBytes.frame(4) }
    },
    Abuse(name: "PING flood", endsConnection: true) {
      WireBytes.repeated(50_000) { _ in WireBytes.frame(6, [UInt8](repeating: 7, count: 8)) }
    },
    Abuse(name: "flood of empty DATA frames", endsConnection: true) {
      WireBytes.request(1, path: pingPong)
        + WireBytes.repeated(100_000) { _ in WireBytes.frame(0, stream: 1) }
    },
    Abuse(name: "PRIORITY storm", endsConnection: true) {
      WireBytes.repeated(100_000) {
        WireBytes.frame(2, stream: 2 * $0 + 1, [0, 0, 0, 0, 1])
      }
    },
    Abuse(name: "flood of unknown frames", endsConnection: true) {
      WireBytes.repeated(100_000) { _ in WireBytes.frame(99) }
    },
    Abuse(name: "window overflow of the connection", endsConnection: true) {
      WireBytes.windowUpdate(0, 0x7FFF_FFFF) + WireBytes.windowUpdate(0, 0x7FFF_FFFF)
    },
    Abuse(name: "window overflow of streams", endsConnection: true) {
      WireBytes.repeated(5000) {
        WireBytes.request(2 * $0 + 1, path: pingPong)
          + WireBytes.windowUpdate(2 * $0 + 1, 0x7FFF_FFFF)
      }
    },
    Abuse(name: "plain text behind the preface", endsConnection: true) {
      WireBytes.repeated(1000) { _ in Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8) }
    },
    Abuse(name: "length prefixes of 4 GiB", endsConnection: false) {
      WireBytes.repeated(500) {
        WireBytes.request(2 * $0 + 1, path: pingPong)
          + WireBytes.frame(0, stream: 2 * $0 + 1, flags: 1, [0, 255, 255, 255, 255, 1])
      }
    },
    Abuse(name: "4 MiB of empty unknown submessages", endsConnection: false) {
      WireBytes.request(1, path: "/bench.Bench/Echo")
        + WireBytes.frame(0, stream: 1, [0, 0, 0x40, 0, 0])
        + WireBytes.repeated(256) { number in
          // A field of two bytes: number 2, a message of no bytes.
          let fields = WireBytes.repeated(8192) { _ in [0x12, 0] }
          return WireBytes.frame(0, stream: 1, flags: number == 255 ? 1 : 0, fields)
        }
    },
    Abuse(name: "1.5 KB nested 600 deep", endsConnection: false) {
      var message: [UInt8] = []
      for _ in 0..<600 where message.count < 1500 {
        let count = message.count
        message =
          [0x12] + (count < 128 ? [UInt8(count)] : [UInt8(count & 127 | 128), UInt8(count >> 7)])
          + message
      }
      return WireBytes.request(1, path: "/bench.Bench/Echo") + WireBytes.lastMessage(1, message)
    },
    Abuse(name: "gzip bombs of 64 MiB", endsConnection: false) {
      var bomb: [UInt8] = []
      Compressor(.gzip).compress([UInt8](repeating: 0, count: 64 << 20), into: &bomb)
      return WireBytes.repeated(20) { number in
        let stream = 2 * number + 1
        let message = [1] + [24, 16, 8, 0].map { UInt8(bomb.count >> $0 & 255) } + bomb
        let chunks = stride(from: 0, to: message.count, by: 16_000).map {
          Array(message[$0..<min($0 + 16_000, message.count)])
        }
        return WireBytes.request(
          stream, path: "/bench.Bench/Echo", WireBytes.field("grpc-encoding", "gzip"))
          + chunks.flatMap { WireBytes.frame(0, stream: stream, $0) }
          + WireBytes.frame(0, stream: stream, flags: 1)
      }
    },
    Abuse(
      name: "4 MiB of empty submessages of a known field", endsConnection: false,
      program: .interop
    ) {
      // Two million `response_parameters`: protobuf-c would make 240 MB of them.
      WireBytes.request(1, path: "/grpc.testing.TestService/StreamingOutputCall")
        + WireBytes.frame(0, stream: 1, [0, 0, 0x40, 0, 0])
        + WireBytes.repeated(256) { number in
          let fields = WireBytes.repeated(8192) { _ in [0x12, 0] }
          return WireBytes.frame(0, stream: 1, flags: number == 255 ? 1 : 0, fields)
        }
    },
    Abuse(name: "100 streams with a zero window", endsConnection: false) {
      // count 1,000,000 and size 65,536 of a StreamRequest.
      let request: [UInt8] = [0x08, 0xC0, 0x84, 0x3D, 0x10, 0x80, 0x80, 0x04]
      return WireBytes.zeroWindow
        + WireBytes.repeated(100) {
          WireBytes.request(2 * $0 + 1, path: stream)
            + WireBytes.lastMessage(2 * $0 + 1, request)
        }
    },
  ]
}

/// Each abuse against a server process: it grows by at most 16 MiB at its peak, and answers others.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct AbuseTests {
  /// Sanitizers keep memory of their own, so no limit can be held under them.
  private static let growthBytesMax =
    ProcessInfo.processInfo.environment["SOUTHBOUND_SANITIZE"] == nil ? 16 << 20 : 1 << 40

  @Test(arguments: Abuse.all, [false, true])
  func `an abusive peer costs little and stops nobody`(
    abuse: Abuse, isSecure: Bool
  ) async throws {
    let server = try await ServerProcess(abuse.program, isSecure: isSecure)
    #expect(try server.echoStatus() == "0")
    let before = try server.resetPeak()
    let peer = try server.peer()
    // With the server's SETTINGS acknowledged, its windows are as large as it allows.
    peer.write(WireBytes.preface)
    peer.read(atLeast: 9)
    peer.write(WireBytes.frame(4, flags: 1))
    peer.write(abuse.bytes())
    if abuse.endsConnection {
      if let goAway = peer.readGoAway() { #expect(goAway.code != 2, "\(goAway)") }
    } else {
      // The connection still answers: a ping comes back among what else there is.
      peer.write(WireBytes.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]))
      peer.read(atLeast: 17)
    }
    for _ in 0..<20 { #expect(try server.echoStatus() == "0") }
    let growth = try server.peakBytes - before
    #expect(growth <= Self.growthBytesMax, "\(abuse.name): \(growth / 1024) KiB")
    await server.end()
  }

  /// OpenSSL keeps tens of KiB for each secured connection, so there are fewer of those.
  @Test(arguments: [(count: 500, isSecure: false), (250, true)])
  func `hundreds of connections that say nothing, or nothing more, cost little`(
    count: Int, isSecure: Bool
  ) async throws {
    let server = try await ServerProcess(isSecure: isSecure)
    #expect(try server.echoStatus() == "0")
    let before = try server.resetPeak()
    var peers: [RawPeer] = []
    for number in 0..<count {
      // Some of those that say nothing do not even begin the handshake.
      let peer = number % 4 == 1 ? try RawPeer(server.address) : try server.peer()
      if number % 2 == 0 { peer.write(WireBytes.preface) }
      peers.append(peer)
    }
    for _ in 0..<20 { #expect(try server.echoStatus() == "0") }
    let growth = try server.peakBytes - before
    #expect(growth <= Self.growthBytesMax, "\(growth / 1024) KiB")
    peers = []
    await server.end()
  }
}
