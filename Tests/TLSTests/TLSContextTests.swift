import Glibc
import TLS
import TLSTesting
import Testing

@Suite struct TLSContextTests {
  let authority = TestAuthority()

  func refusal(_ configuration: TLSConfiguration) throws -> TLSError {
    try #require(throws: TLSError.self) { try TLSContext(configuration) }
  }

  @Test func `a file that is not there is named`() throws {
    let error = try refusal(
      .server(TLSCredentials(certificates: .file("/no/cert.pem"), privateKey: .text(""))))
    #expect(error.code == .configuration)
    #expect(error.description.hasPrefix("cannot read the certificate /no/cert.pem"))
    #expect(error.description.contains("No such file"))
  }

  @Test func `text that holds no certificate is refused`() throws {
    let issued = authority.issueLocal()
    let texts = ["", "nonsense", issued.privateKey, String(issued.certificate.prefix(200))]
    for text in texts {
      let error = try refusal(
        .server(TLSCredentials(certificates: .text(text), privateKey: .text(issued.privateKey))))
      #expect(error.message == "the given text holds no PEM certificates, or a broken one")
    }
  }

  @Test func `a broken certificate behind a good one is refused`() throws {
    let issued = authority.issueLocal()
    let text = issued.certificate + String(authority.root.certificate.prefix(300)) + "\n"
    let error = try refusal(
      .server(TLSCredentials(certificates: .text(text), privateKey: .text(issued.privateKey))))
    #expect(error.code == .configuration)
  }

  @Test func `a key of another certificate is refused`() throws {
    let credentials = TLSCredentials(
      certificates: .text(authority.issueLocal().certificate),
      privateKey: .text(authority.issueLocal().privateKey))
    let error = try refusal(.server(credentials))
    #expect(error.message.contains("does not belong to the certificate"))
  }

  @Test func `an encrypted key is refused without asking for a password`() throws {
    let text = """
      -----BEGIN EC PRIVATE KEY-----
      Proc-Type: 4,ENCRYPTED
      DEK-Info: AES-128-CBC,00000000000000000000000000000000

      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
      -----END EC PRIVATE KEY-----
      """
    let error = try refusal(
      .server(
        TLSCredentials(
          certificates: .text(authority.issueLocal().certificate), privateKey: .text(text))))
    #expect(error.message.contains("without a password"))
  }

  @Test func `a client that checks needs a name to check`() throws {
    let context = try TLSContext(.client(trustRoots: authority.trust))
    #expect(throws: TLSError.self) { try context.makeSession() }
    #expect(throws: TLSError.self) { try context.makeSession(serverName: "") }
    #expect(throws: TLSError.self) { try context.makeSession(serverName: "a\0b") }
  }

  @Test func `a role does not change`() throws {
    let context = try TLSContext(.client())
    #expect(throws: TLSError.self) {
      try context.replace(with: .server(authority.issueLocal().credentials))
    }
  }

  @Test func `a reload changes new connections and leaves the others`() throws {
    let folder = "/tmp/southbound-tls-\(UInt64.random(in: 0 ... .max))"
    let made = unsafe mkdir(folder, 0o700)
    try #require(made == 0)
    defer {
      for name in ["cert.pem", "key.pem"] { unsafe unlink("\(folder)/\(name)") }
      unsafe rmdir(folder)
    }
    func store(_ issued: TestAuthority.Issued) throws {
      for (name, text) in [("cert.pem", issued.certificate), ("key.pem", issued.privateKey)] {
        let file = unsafe try #require(fopen("\(folder)/\(name)", "w"))
        unsafe fputs(text, file)
        unsafe fclose(file)
      }
    }
    try store(authority.issueLocal("first"))
    let server = try TLSContext(
      .server(
        TLSCredentials(
          certificates: .file("\(folder)/cert.pem"), privateKey: .file("\(folder)/key.pem"))))
    let client = try TLSContext(.client(trustRoots: authority.trust))
    func connect() throws -> (client: TLSSession, server: TLSSession) {
      let sessions = (try client.makeSession(serverName: "localhost"), try server.makeSession())
      for _ in 0..<4 {
        try Pair.carry(from: sessions.0, to: sessions.1)
        try Pair.carry(from: sessions.1, to: sessions.0)
      }
      return sessions
    }
    let old = try connect()
    #expect(old.client.peer?.subject == "CN=first")
    try store(authority.issueLocal("second"))
    try server.reload()
    let new = try connect()
    #expect(new.client.peer?.subject == "CN=second")
    try old.client.write([1])
    try Pair.carry(from: old.client, to: old.server)
    #expect(try old.server.readAll() == [1])
    // Half a change is no change: the key is of another certificate.
    let third = authority.issueLocal("third")
    try store(.init(certificate: third.certificate, privateKey: authority.root.privateKey))
    #expect(throws: TLSError.self) { try server.reload() }
    #expect(try connect().client.peer?.subject == "CN=second")
  }
}
