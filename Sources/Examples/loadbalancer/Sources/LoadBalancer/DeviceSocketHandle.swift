internal import Glibc

/// A TCP socket that sends and receives lines; blocks its thread for ``timeoutSeconds`` at most.
struct DeviceSocket: ~Copyable {
  /// Longest wait for a connection, for the next bytes, and for room to send: 10 s.
  static let timeoutSeconds = 10
  /// Longest line that a device may answer.
  static let lineBytesMax = 1 << 20

  private var descriptor: Int32
  private var received: [UInt8] = []

  init(connectingTo address: String) throws(DeviceError) {
    guard let colon = address.lastIndex(of: ":") else {
      throw DeviceError(description: "`\(address)` is not host:port")
    }
    let host = String(address[..<colon])
    let port = String(address[address.index(after: colon)...])
    descriptor = try DeviceSocket.connect(host, port)
  }

  deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

  mutating func close() {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Sends a line and waits for the answer.
  mutating func exchange(_ line: String) throws(DeviceError) -> String {
    guard descriptor >= 0 else {
      throw DeviceError(description: "the connection is closed", isConnectionLost: true)
    }
    guard !line.utf8.contains(where: { $0 == 10 || $0 == 13 }) else {
      throw DeviceError(description: "a command cannot hold a line end")
    }
    try send(Array(line.utf8) + [10])
    return try receiveLine()
  }

  private static func connect(_ host: String, _ port: String) throws(DeviceError) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, port, &hints, &list) == 0 else {
      throw DeviceError(description: "there is no host `\(host)`")
    }
    defer { unsafe freeaddrinfo(list) }
    var next = unsafe list
    var problem = "no address"
    while let info = unsafe next {
      let entry = unsafe info.pointee
      let descriptor = unsafe socket(
        entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
      limitWaits(descriptor)
      if descriptor >= 0, unsafe Glibc.connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 {
        return descriptor
      }
      problem = lastProblem()
      if descriptor >= 0 { _ = Glibc.close(descriptor) }
      unsafe next = entry.ai_next
    }
    throw DeviceError(description: "cannot connect: \(problem)")
  }

  private static func limitWaits(_ descriptor: Int32) {
    var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  private mutating func send(_ bytes: [UInt8]) throws(DeviceError) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        guard let base = buffer.baseAddress else { return 0 }
        return unsafe Glibc.send(
          descriptor, base.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { sent += count } else if errno != EINTR { throw lost() }
    }
  }

  private mutating func receiveLine() throws(DeviceError) -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      if let end = received.firstIndex(of: 10) {
        let line = String(decoding: received[..<end], as: UTF8.self)
        received.removeSubrange(...end)
        return line
      }
      guard received.count < DeviceSocket.lineBytesMax else {
        close()
        throw DeviceError(description: "the device answers without end", isConnectionLost: true)
      }
      let descriptor = descriptor
      let count: Int = unsafe buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe recv(descriptor, base, bytes.count, 0)
      }
      if count > 0 {
        received += buffer[..<count]
      } else if count == 0 || errno != EINTR {
        throw lost(endOfStream: count == 0)
      }
    }
  }

  /// After half a command nobody knows what comes next on this connection.
  private mutating func lost(endOfStream: Bool = false) -> DeviceError {
    let problem = endOfStream ? "the device closed it" : DeviceSocket.lastProblem()
    close()
    return DeviceError(description: "the connection broke: \(problem)", isConnectionLost: true)
  }

  private static func lastProblem() -> String {
    let number = errno
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    return unsafe String(cString: text)
  }
}
