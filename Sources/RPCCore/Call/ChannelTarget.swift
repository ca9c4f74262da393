/// Where the calls of a channel go: one address or several, each with a name or a number.
public struct ChannelTarget: Sendable, Hashable {
  /// The addresses, in the order in which they are tried; a host name may stand for several.
  public let addresses: [ServiceAddress]
  private let text: String?

  /// The port of a `dns:` target that names none, as every gRPC implementation takes it.
  public static let portDefault = 443
  /// The most addresses of a target.
  public static let addressesMax = 256

  /// Creates a target of addresses.
  ///
  /// - Parameter addresses: At least one, and at most ``addressesMax``.
  public init(_ addresses: ServiceAddress...) {
    precondition(!addresses.isEmpty, "a target has at least one address")
    precondition(addresses.count <= Self.addressesMax, "a target has too many addresses")
    self.addresses = addresses
    text = nil
  }

  /// Parses a target (gRPC: doc/naming.md).
  ///
  /// | form | means |
  /// | --- | --- |
  /// | `tcp://host:port`, `unix:///path` | a ``ServiceAddress`` |
  /// | `dns:host:port`, `dns:///host:port`, `host:port` | every address of a name; the port may be missing |
  /// | `ipv4:1.2.3.4:80,5.6.7.8:80` | these addresses; each port may be missing |
  /// | `ipv6:[::1]:80,[::2]:80` | these addresses |
  /// | `unix:path`, `unix:///path` | a unix socket |
  ///
  /// - Parameter text: The target.
  /// - Throws: `RPCError` with `.invalidArgument` that names the text and says what is expected.
  public init(parsing text: String) throws(RPCError) {
    addresses = try Self.addresses(of: text)
    self.text = text
  }

  private static func addresses(of text: String) throws(RPCError) -> [ServiceAddress] {
    if text.hasPrefix("tcp://") || text.hasPrefix("unix://") {
      return [try ServiceAddress(parsing: text)]
    }
    guard let colon = text.firstIndex(of: ":") else { return [try named(text[...], text)] }
    let rest = text[text.index(after: colon)...]
    switch text[..<colon] {
    case "unix": return [try unix(rest, text)]
    case "dns": return [try named(try withoutAuthority(rest, text), text)]
    case "ipv4": return try list(rest, text) { $0.utf8.allSatisfy(isIPv4Byte) }
    case "ipv6": return try list(rest, text) { $0.contains(":") }
    default:
      guard !rest.hasPrefix("//") else {
        throw RPCError(
          .invalidArgument,
          "target \"\(text)\" has a scheme other than dns, ipv4, ipv6, unix or tcp")
      }
      return [try named(text[...], text)]
    }
  }

  /// `dns:///name` has an empty authority; a DNS server of the caller's choice is not supported.
  private static func withoutAuthority(
    _ rest: Substring,
    _ text: String
  ) throws(RPCError) -> Substring {
    guard rest.hasPrefix("//") else { return rest }
    guard rest.hasPrefix("///") else {
      throw RPCError(
        .invalidArgument,
        "target \"\(text)\" names a DNS server, which is not supported; use dns:///host:port")
    }
    return rest.dropFirst(3)
  }

  private static func unix(_ path: Substring, _ text: String) throws(RPCError) -> ServiceAddress {
    guard !path.isEmpty, path.utf8.count <= ServiceAddress.unixPathBytesMax,
      !path.utf8.contains(0)
    else {
      throw RPCError(
        .invalidArgument,
        "target \"\(text)\" needs a path of 1 to \(ServiceAddress.unixPathBytesMax) bytes")
    }
    return .unix(path: String(path))
  }

  private static func list(
    _ rest: Substring,
    _ text: String,
    _ isNumber: (Substring) -> Bool
  ) throws(RPCError) -> [ServiceAddress] {
    let parts = rest.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= addressesMax else {
      throw RPCError(
        .invalidArgument, "the target has \(parts.count) addresses, more than \(addressesMax)")
    }
    var addresses: [ServiceAddress] = []
    for part in parts {
      let address = try named(part, text)
      guard case .tcp(let host, _) = address, isNumber(host[...]) else {
        throw RPCError(
          .invalidArgument, "target \"\(text)\" has \"\(part)\" in the place of a numeric address")
      }
      addresses.append(address)
    }
    return addresses
  }

  /// `host`, `host:port`, `[v6]`, `[v6]:port`, or a bare v6 address.
  private static func named(_ part: Substring, _ text: String) throws(RPCError) -> ServiceAddress {
    var host = part
    var port: Int? = portDefault
    if part.hasPrefix("["), let end = part.lastIndex(of: "]") {
      host = part[part.index(after: part.startIndex)..<end]
      let rest = part[part.index(after: end)...]
      if !rest.isEmpty { port = rest.first == ":" ? number(rest.dropFirst()) : nil }
    } else if let colon = part.lastIndex(of: ":"), part.firstIndex(of: ":") == colon {
      host = part[..<colon]
      port = number(part[part.index(after: colon)...])
    }
    guard !host.isEmpty, !host.contains("/"), !host.utf8.contains(where: { $0 <= 0x20 }) else {
      throw RPCError(.invalidArgument, "target \"\(text)\" has no host in \"\(part)\"")
    }
    guard let port else {
      throw RPCError(
        .invalidArgument, "target \"\(text)\" needs a port from 0 to 65535 after the host")
    }
    return .tcp(host: String(host), port: port)
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text).map(Int.init) : nil
  }

  private static func isIPv4Byte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || (0x30...0x39).contains(byte)
  }
}

extension ChannelTarget: CustomStringConvertible {
  /// The text that was parsed, or the addresses.
  public var description: String {
    text ?? addresses.map(\.description).joined(separator: ",")
  }
}
