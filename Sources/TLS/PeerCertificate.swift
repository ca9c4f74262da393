/// What the verified certificate of a peer says about it.
public struct PeerCertificate: Sendable, Hashable {
  /// The subject, for example `CN=agent-1,O=Example` (RFC 2253). May be empty.
  public var subject = ""
  /// The subject's common name, if it has one.
  public var commonName: String?
  /// The SHA-256 of the whole certificate (DER), 32 bytes.
  public var fingerprint: [UInt8] = []
  /// The DNS names for which it was made.
  public var dnsNames: [String] = []
  /// The IP addresses for which it was made, as text.
  public var ipAddresses: [String] = []
  /// The URIs for which it was made, such as a SPIFFE id.
  public var uris: [String] = []
  /// The mail addresses for which it was made.
  public var emailAddresses: [String] = []

  /// Creates an empty one.
  public init() {}

  /// Text for an address of 4 or 16 bytes; `nil` for another number.
  static func addressText(_ bytes: [UInt8]) -> String? {
    switch bytes.count {
    case 4: return bytes.map(String.init).joined(separator: ".")
    case 16:
      let groups = stride(from: 0, to: 16, by: 2).map { index in
        String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
      }
      return groups.joined(separator: ":")
    default: return nil
    }
  }
}
