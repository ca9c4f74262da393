/// Where a service listens or is dialled: `tcp://host:port` or `unix:///path`.
public enum ServiceAddress: Sendable, Hashable {
  /// A TCP port of a host, given by name or number. Port 0 lets the kernel choose when listening.
  case tcp(host: String, port: Int)
  /// A unix socket.
  case unix(path: String)

  /// The longest path of a unix socket, in bytes: `sun_path` has 108 with the final NUL (unix(7)).
  public static let unixPathBytesMax = 107

  /// Parses an address.
  ///
  /// - Parameter text: `tcp://host:port`, `tcp://[v6]:port` or `unix:///path`.
  /// - Throws: `RPCError` with `.invalidArgument` that names the text and says what is expected.
  public init(parsing text: String) throws(RPCError) {
    if text.hasPrefix("tcp://") {
      self = try Self.parseTCP(text.dropFirst(6), text)
    } else if text.hasPrefix("unix://") {
      let path = String(text.dropFirst(7))
      guard path.hasPrefix("/"), path.utf8.count <= Self.unixPathBytesMax else {
        throw RPCError(
          .invalidArgument,
          "address \"\(text)\" needs an absolute path of at most \(Self.unixPathBytesMax) bytes")
      }
      self = .unix(path: path)
    } else {
      throw RPCError(
        .invalidArgument,
        "address \"\(text)\" is neither tcp://host:port nor unix:///path")
    }
  }

  private static func parseTCP(
    _ rest: Substring,
    _ text: String
  ) throws(RPCError) -> ServiceAddress {
    guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...])
    else {
      throw RPCError(
        .invalidArgument, "address \"\(text)\" needs a port from 0 to 65535 after the host")
    }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else {
      throw RPCError(.invalidArgument, "address \"\(text)\" has no host")
    }
    return .tcp(host: String(host), port: Int(port))
  }
}

extension ServiceAddress: CustomStringConvertible {
  /// The address in the form that ``init(parsing:)`` reads.
  public var description: String {
    switch self {
    case .tcp(let host, let port):
      host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
    case .unix(let path): "unix://\(path)"
    }
  }
}
