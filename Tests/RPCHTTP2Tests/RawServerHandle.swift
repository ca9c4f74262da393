import Glibc
import HTTP2
import RPCCore
import Testing
import Threads

/// A server on plain blocking sockets, which plays a script and can break every rule.
final class RawServer: Sendable {
  private let fd: Int32
  let address: ServiceAddress
  private let settings: HTTP2Settings

  init(settings: HTTP2Settings = HTTP2Settings()) throws {
    self.settings = settings
    fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let fd = self.fd
    let result = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(fd, address, length) == 0 && listen(fd, 16) == 0
          && getsockname(fd, address, &length) == 0
      }
    }
    address = .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: name.sin_port)))
    try #require(result)
  }

  deinit { close() }

  func close() { _ = Glibc.shutdown(fd, Int32(SHUT_RDWR)) }

  /// Plays a script with the next connection, on a thread of its own, and closes the connection.
  func play<Result: Sendable>(
    _ script: @escaping @Sendable (RawClient) throws -> Result
  ) async throws -> Result {
    let (fd, settings) = (fd, settings)
    return try await WorkThread.run {
      Swift.Result {
        let accepted = accept(fd, nil, nil)
        try #require(accepted >= 0)
        return try script(try RawClient(accepted, settings))
      }
    }.get()
  }
}

/// The server's side of one connection to a client under test.
final class RawClient {
  /// A request that has come whole.
  struct Request: Sendable {
    let id: StreamID
    let fields: [HeaderField]
    let body: [UInt8]

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
  }

  private let fd: Int32
  let session: HTTP2Session
  private var partial: [StreamID: (fields: [HeaderField], body: [UInt8])] = [:]
  private var whole: [Request] = []

  init(_ fd: Int32, _ settings: HTTP2Settings) throws {
    self.fd = fd
    session = try HTTP2Session(role: .server, settings: settings)
    // A script that waits for what never comes fails instead of hanging.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    _ = unsafe setsockopt(
      fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { _ = Glibc.close(fd) }

  /// Writes bytes as they are.
  func write(_ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes[start...].withUnsafeBytes {
        unsafe send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      start += count
    }
  }

  /// Writes what the session has to say.
  func flush() throws {
    repeat {
      session.output = []
      try session.produceOutput(upTo: 1 << 20)
      write(session.output)
    } while !session.output.isEmpty
  }

  /// Reads once; false when the client has closed.
  @discardableResult
  func read(_ seen: (HTTP2Event) -> Void = { _ in }) throws -> Bool {
    try flush()
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = unsafe recv(fd, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    try session.receive(buffer, count: count)
    for event in session.takeEvents() {
      seen(event)
      switch event {
      case .headers(let id, let block): partial[id] = (block.fields, [])
      case .data(let id, let range):
        partial[id]?.body += buffer[range]
        session.consume(range.count, stream: id)
      case .endOfStream(let id):
        guard let (fields, body) = partial.removeValue(forKey: id) else { continue }
        whole.append(Request(id: id, fields: fields, body: body))
      default: continue
      }
    }
    try flush()
    return true
  }

  /// Reads once and says nothing, as a dead host; false when the client has closed.
  func readWithoutAnswer(_ came: (Int) -> Void) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = unsafe recv(fd, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    came(count)
    return true
  }

  /// Waits for a whole request.
  func nextRequest() throws -> Request {
    while whole.isEmpty {
      guard try read() else { throw RPCError(.unavailable, "the client closed") }
    }
    return whole.removeFirst()
  }

  /// Reads until the client closes.
  func readToEnd() throws {
    while try read() {}
  }

  /// Answers with one header block that ends the stream.
  func answer(_ request: Request, _ fields: [(String, String)]) throws {
    session.submitResponse(
      request.id, .fields(fields.map { HeaderField($0, $1) }), body: nil)
    try flush()
  }

  /// Answers with headers, bytes and, unless they are `nil`, trailers.
  func answer(
    _ request: Request,
    _ fields: [(String, String)] = RawClient.headers,
    body bytes: [UInt8],
    trailers: [(String, String)]? = [("grpc-status", "0")]
  ) throws {
    let body = OutboundBody()
    body.append { $0 += bytes }
    if let trailers {
      body.finish(trailers: .fields(trailers.map { HeaderField($0, $1) }))
    } else {
      body.finish()
    }
    session.submitResponse(
      request.id, .fields(fields.map { HeaderField($0, $1) }), body: body)
    try flush()
  }

  /// Answers a call with one message.
  func answer(_ request: Request, text: String) throws {
    try answer(request, body: [0, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8))
  }

  /// Answers a call with a status and nothing else.
  func refuse(
    _ request: Request,
    _ code: StatusCode,
    _ extra: [(String, String)] = []
  ) throws {
    try answer(request, Self.headers + [("grpc-status", "\(code.rawValue)")] + extra)
  }

  func reset(_ request: Request, _ code: HTTP2ErrorCode) throws {
    session.reset(request.id, code)
    try flush()
  }

  static let headers = [(":status", "200"), ("content-type", "application/grpc")]
}
