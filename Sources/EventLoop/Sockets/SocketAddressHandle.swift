internal import Glibc

/// An address of the kernel: IPv4, IPv6 or the path of a unix socket.
public struct SocketAddress: Sendable, Hashable {
  /// The bytes of the `sockaddr` structure.
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Creates the address of a unix socket.
  ///
  /// - Parameter unixPath: The path.
  /// - Throws: `EventLoopError` with `.addressInvalid` for a path over 107 bytes.
  public init(unixPath: String) throws(EventLoopError) {
    var address = sockaddr_un()
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    let path = Array(unixPath.utf8)
    guard path.count < capacity, !path.isEmpty, !path.contains(0) else {
      throw EventLoopError(
        code: .addressInvalid,
        message: "socket path \(unixPath) needs 1 to \(capacity - 1) bytes and no NUL")
    }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path) }
    bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0) }
  }

  /// Resolves a host, blocking while the resolver works unless the host is a number.
  ///
  /// - Parameters:
  ///   - host: A name or number.
  ///   - port: The port, 0 to 65535.
  ///   - isPassive: Whether the address is for listening.
  ///   - isNumeric: Whether only numbers are accepted, so that it never blocks.
  /// - Returns: The addresses in the order of the resolver; empty when `isNumeric` and it is a name.
  /// - Throws: `EventLoopError` with `.addressInvalid` when there is none.
  public static func resolve(
    host: String,
    port: Int,
    isPassive: Bool = false,
    isNumeric: Bool = false
  ) throws(EventLoopError) -> [SocketAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags =
      AI_NUMERICSERV | (isPassive ? AI_PASSIVE : 0) | (isNumeric ? AI_NUMERICHOST : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = unsafe getaddrinfo(host, String(port), &hints, &list)
    if isNumeric, result == EAI_NONAME { return [] }
    guard result == 0 else {
      throw EventLoopError(
        code: .addressInvalid,
        message: "cannot resolve host \(host): \(unsafe String(cString: gai_strerror(result)))")
    }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      let length = unsafe Int(entry.pointee.ai_addrlen)
      if let pointer = unsafe entry.pointee.ai_addr {
        unsafe addresses.append(
          SocketAddress(bytes: Array(UnsafeRawBufferPointer(start: pointer, count: length))))
      }
      unsafe next = entry.pointee.ai_next
    }
    return addresses
  }

  var family: Int32 {
    unsafe bytes.withUnsafeBytes { unsafe Int32($0.loadUnaligned(as: sa_family_t.self)) }
  }

  /// The path of a unix socket, or `nil`; empty for the unnamed side of a connection.
  public var unixPath: String? {
    guard family == AF_UNIX else { return nil }
    let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
    return String(decoding: path, as: UTF8.self)
  }

  /// The numeric host of a TCP address, or `nil`.
  public var host: String? {
    guard family == AF_INET || family == AF_INET6 else { return nil }
    return unsafe bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return nil }
      var name = [CChar](repeating: 0, count: 64)
      let result = unsafe getnameinfo(
        base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count), &name,
        socklen_t(name.count), nil, 0, NI_NUMERICHOST)
      guard result == 0 else { return nil }
      return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// The port of a TCP address, or `nil`. It has the same place in both families.
  public var port: Int? {
    guard family == AF_INET || family == AF_INET6, bytes.count >= 4 else { return nil }
    return Int(bytes[2]) << 8 | Int(bytes[3])
  }

  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
    unsafe bytes.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return nil }
      return unsafe body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
    }
  }

  static func make(
    _ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe fill($0, &length) }
    }
    guard result >= 0 else { return nil }
    return unsafe withUnsafeBytes(of: &storage) { raw in
      unsafe SocketAddress(bytes: Array(raw.prefix(Int(length))))
    }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// The address as a URI: `tcp://127.0.0.1:7400` or `unix:///path`.
  public var description: String {
    if let path = unixPath { return path.isEmpty ? "unix:" : "unix://\(path)" }
    guard let host, let port else { return "unknown" }
    return host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
  }
}
