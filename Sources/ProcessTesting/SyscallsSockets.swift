import Glibc

/// Small talk over TCP on 127.0.0.1, for looking at services from outside.
public enum Loopback {
  /// Returns ports that nobody listens on at this moment, all different.
  public static func freePorts(_ count: Int) throws(ProcessError) -> [Int] {
    var sockets: [Int32] = []
    defer { sockets.forEach { close($0) } }
    var ports: [Int] = []
    for _ in 0..<count {
      let socket = try makeSocket()
      sockets.append(socket)
      var address = address(port: 0)
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          guard unsafe bind(socket, generic, length) == 0 else { return Int32(-1) }
          return unsafe getsockname(socket, generic, &length)
        }
      }
      guard status == 0 else { throw ProcessError("no free port: \(errorText())") }
      ports.append(Int(UInt16(bigEndian: address.sin_port)))
    }
    return ports
  }

  /// Whether somebody accepts connections on the port.
  public static func accepts(port: Int) -> Bool {
    guard let socket = try? connectTo(port: port) else { return false }
    close(socket)
    return true
  }

  /// Sends bytes, then reads until the peer closes, resets or is silent for `seconds`.
  ///
  /// Returns what was read, at most 1 MiB. Throws if there is no connection.
  public static func exchange(
    port: Int, _ bytes: [UInt8], closing: Bool = false, seconds: Int = 5
  ) throws(ProcessError) -> [UInt8] {
    let socket = try connectTo(port: port)
    defer { close(socket) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    _ = unsafe setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(
          socket, buffer.baseAddress?.advanced(by: sent), bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }  // The peer may refuse early, and what it says still counts.
      sent += count
    }
    if closing { shutdown(socket, Int32(SHUT_WR)) }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while answer.count < 1 << 20 {
      let count = unsafe buffer.withUnsafeMutableBytes { buffer in
        unsafe recv(socket, buffer.baseAddress, buffer.count, 0)
      }
      guard count > 0 else { break }
      answer += buffer[..<count]
    }
    return answer
  }

  private static func connectTo(port: Int) throws(ProcessError) -> Int32 {
    let socket = try makeSocket()
    var address = address(port: port)
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe connect(socket, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      let text = errorText()
      close(socket)
      throw ProcessError("nobody answers on port \(port): \(text)")
    }
    return socket
  }

  private static func makeSocket() throws(ProcessError) -> Int32 {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw ProcessError("no socket: \(errorText())") }
    return socket
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private static func errorText() -> String {
    unsafe String(cString: strerror(errno))
  }
}
