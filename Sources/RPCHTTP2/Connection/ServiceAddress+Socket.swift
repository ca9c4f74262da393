internal import EventLoop
internal import RPCCore

extension ServiceAddress {
  /// The address to listen at. Blocks while a host name is resolved.
  func socketAddress() throws(EventLoopError) -> SocketAddress {
    switch self {
    case .unix(let path): return try SocketAddress(unixPath: path)
    case .tcp(let host, let port):
      guard
        let first = try SocketAddress.resolve(host: host, port: port, isPassive: true).first
      else {
        throw EventLoopError(code: .addressInvalid, message: "host \(host) has no address")
      }
      return first
    }
  }

  /// The `:authority` of requests to the address: `localhost` for a unix socket, because an encoded
  /// path is refused by some servers.
  var authority: String {
    switch self {
    case .unix: "localhost"
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  /// The host of an ``authority``, without its port and brackets.
  static func host(ofAuthority authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" })
  }
}
