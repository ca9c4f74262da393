import Glibc
import HTTP2
import RPCCore
import TLS
import Testing

/// A peer that talks to a server on a blocking socket, plain or secured: it can break every rule of
/// HTTP/2.
final class RawPeer {
  private let fd: Int32
  private let session: HTTP2Session
  private let tls: TLSSession?

  init(_ address: ServiceAddress, tls: TLSContext? = nil) throws {
    guard case .tcp(_, let port) = address else { throw CancellationError() }
    fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    session = try HTTP2Session(role: .client)
    self.tls = try tls?.makeSession(serverName: "localhost")
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(UInt16(port).bigEndian)
    name.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    let result = unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0)
    var on: Int32 = 1
    _ = unsafe setsockopt(
      fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    guard let session = self.tls else { return }
    while session.state == .handshaking {
      try #require(sendTLS(session))
      var buffer = [UInt8](repeating: 0, count: 16_384)
      let count = unsafe recv(fd, &buffer, buffer.count, 0)
      try #require(count > 0)
      try session.receive(buffer, count: count)
    }
    try #require(sendTLS(session))
  }

  deinit { _ = Glibc.close(fd) }

  /// Writes bytes as they are, or encrypted; false when the server has closed.
  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    guard let tls else { return writePlain(bytes) }
    var start = 0
    while start < bytes.count {
      let end = min(start + 1 << 20, bytes.count)
      guard (try? tls.write(Array(bytes[start..<end]))) != nil, sendTLS(tls) else { return false }
      start = end
    }
    return true
  }

  private func sendTLS(_ session: TLSSession) -> Bool {
    let output = session.output
    session.output = []
    return writePlain(output)
  }

  /// Receives bytes, decrypted if the connection is secured; 0 or less at its end.
  private func receive(_ buffer: inout [UInt8]) -> Int {
    guard let tls else { return unsafe recv(fd, &buffer, buffer.count, 0) }
    while true {
      guard let count = try? tls.read(into: &buffer) else { return -1 }
      guard count == 0 else { return count }
      let received = unsafe recv(fd, &buffer, buffer.count, 0)
      guard received > 0, (try? tls.receive(buffer, count: received)) != nil else { return 0 }
    }
  }

  private func writePlain(_ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes[start...].withUnsafeBytes {
        unsafe send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      start += count
    }
    return true
  }

  /// Reads until the server closes the connection.
  func readToEnd() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while receive(&buffer) > 0 {}
  }

  /// Reads until the server closes; returns the code and the text of its last GOAWAY.
  func readGoAway() -> (code: UInt32, debug: String)? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = receive(&buffer)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    var found: (code: UInt32, debug: String)?
    var start = 0
    while start + 9 <= bytes.count {
      let length = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
      let end = start + 9 + length
      if bytes[start + 3] == 7, length >= 8, end <= bytes.count {
        let code = bytes[(start + 13)..<(start + 17)].reduce(0) { $0 << 8 | UInt32($1) }
        found = (code, String(decoding: bytes[(start + 17)..<end], as: UTF8.self))
      }
      start = end
    }
    return found
  }

  /// Reads until so many bytes have come, or the server closes, and returns how many came.
  @discardableResult
  func read(atLeast wanted: Int) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var total = 0
    while total < wanted {
      let count = receive(&buffer)
      guard count > 0 else { break }
      total += count
    }
    return total
  }

  func endWriting() { _ = Glibc.shutdown(fd, Int32(SHUT_WR)) }

  /// The bytes that begin a valid connection, then those of a request.
  func requestBytes(path: String, body: [UInt8], timeout: String? = nil) throws -> [UInt8] {
    try requestBytes(
      path: path, rawBody: [0, 0, 0, 0, UInt8(body.count)] + body, timeout: timeout)
  }

  private func requestBytes(
    path: String,
    rawBody: [UInt8],
    timeout: String? = nil,
    contentType: String = "application/grpc",
    extra: [(String, String)] = []
  ) throws -> [UInt8] {
    var fields = [
      HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", path),
      HeaderField(":authority", "localhost"), HeaderField("te", "trailers"),
      HeaderField("content-type", contentType),
    ]
    if let timeout { fields.append(HeaderField("grpc-timeout", timeout)) }
    fields += extra.map { HeaderField($0, $1) }
    let outbound = OutboundBody()
    outbound.append { $0 += rawBody }
    outbound.finish()
    _ = try session.submitRequest(.fields(fields), body: outbound)
    return try takeOutput()
  }

  /// The bytes of a request that is taken back at once.
  func requestAndReset(path: String) throws -> [UInt8] {
    let stream = try session.submitRequest(
      [
        HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", path),
        HeaderField(":authority", "localhost"), HeaderField("content-type", "application/grpc"),
      ], body: OutboundBody())
    let request = try takeOutput()
    session.reset(stream, .cancel)
    return request + (try takeOutput())
  }

  func takeOutput() throws -> [UInt8] {
    try session.produceOutput(upTo: 1 << 20)
    let bytes = session.output
    session.output = []
    return bytes
  }

  /// Makes one call and returns the fields of its header blocks.
  func call(path: String, body: [UInt8], timeout: String? = nil) throws -> [String: String] {
    write(try requestBytes(path: path, body: body, timeout: timeout))
    return try answer()
  }

  /// Makes one call with additional fields.
  func call(
    path: String,
    body: [UInt8],
    extra: [(String, String)]
  ) throws -> [String: String] {
    try call(path: path, rawBody: [0, 0, 0, 0, UInt8(body.count)] + body, extra: extra)
  }

  /// Makes one call whose body may be no message.
  func call(
    path: String,
    rawBody: [UInt8],
    contentType: String = "application/grpc",
    extra: [(String, String)] = []
  ) throws -> [String: String] {
    write(
      try requestBytes(path: path, rawBody: rawBody, contentType: contentType, extra: extra))
    return try answer()
  }

  /// Writes a whole connection by hand, and returns the fields of the answer.
  func answer(to bytes: [UInt8]) throws -> [String: String] {
    _ = try requestBytes(path: "/", rawBody: [])  // The session that reads must know stream 1.
    write(bytes)
    return try answer()
  }

  private func answer() throws -> [String: String] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var fields: [String: String] = [:]
    while true {
      let count = receive(&buffer)
      guard count > 0 else { return fields }
      try session.receive(buffer, count: count)
      for event in session.takeEvents() {
        switch event {
        case .headers(_, let block):
          for field in block.fields { fields[field.name] = field.value }
        case .endOfStream: return fields
        default: continue
        }
      }
      write(try takeOutput())
    }
  }
}

/// Leaves the file of a unix socket on which nobody listens, as a killed process does.
func leaveStaleSocket(at address: ServiceAddress) throws {
  guard case .unix(let path) = address else { throw CancellationError() }
  let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  var name = sockaddr_un()
  name.sun_family = sa_family_t(AF_UNIX)
  unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
  let result = unsafe withUnsafePointer(to: &name) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      unsafe bind(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  try #require(result == 0)
  _ = Glibc.close(fd)
}

/// The resident memory of this process, in bytes.
func residentBytes() -> Int {
  guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
  defer { unsafe fclose(file) }
  var buffer = [CChar](repeating: 0, count: 128)
  guard unsafe fgets(&buffer, 128, file) != nil else { return 0 }
  let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
