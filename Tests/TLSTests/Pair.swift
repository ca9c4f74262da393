import TLS
import TLSTesting
import Testing

/// A client and a server whose bytes a test carries from one to the other.
struct Pair {
  let client: TLSSession
  let server: TLSSession

  init(
    client: TLSConfiguration, server: TLSConfiguration, serverName: String? = "localhost"
  ) throws {
    self.client = try TLSContext(client).makeSession(serverName: serverName)
    self.server = try TLSContext(server).makeSession()
  }

  /// Carries bytes both ways until nobody has any more; stops at the first error.
  func shakeHands() throws(TLSError) {
    while !client.output.isEmpty || !server.output.isEmpty {
      try Pair.carry(from: client, to: server)
      try Pair.carry(from: server, to: client)
    }
  }

  /// Carries what one side has to say, in pieces of a size.
  static func carry(
    from source: TLSSession, to target: TLSSession, piece: Int = 1 << 20
  ) throws(TLSError) {
    let bytes = source.output
    source.output = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[start..<min(start + piece, bytes.count)])
      try target.receive(part, count: part.count)
    }
  }

  /// What both sides say about a connection that does not come about: the one that refuses, then
  /// the one that hears of it, if it does.
  func failures() -> (client: TLSError?, server: TLSError?) {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    for _ in 0..<8 {
      try? Pair.carry(from: client, to: server)
      _ = try? server.read(into: &buffer)
      try? Pair.carry(from: server, to: client)
      _ = try? client.read(into: &buffer)
    }
    return (client.state.error, server.state.error)
  }
}

extension TLSSession.State {
  var error: TLSError? { if case .failed(let error) = self { error } else { nil } }
}

extension TLSSession {
  /// All plaintext that is here.
  func readAll() throws(TLSError) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    while true {
      let count = try read(into: &buffer)
      guard count > 0 else { return all }
      all += buffer[..<count]
    }
  }
}

extension TestAuthority.Issued {
  var credentials: TLSCredentials {
    TLSCredentials(certificates: .text(certificate), privateKey: .text(privateKey))
  }
}

extension TestAuthority {
  var trust: TrustRoots { .pem(.text(root.certificate)) }
}
