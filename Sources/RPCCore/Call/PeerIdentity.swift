/// Who the peer of a call proved to be by its certificate. Only a verified certificate makes one.
public struct PeerIdentity: Sendable, Hashable {
  /// The subject's common name, if it has one. Names of services stand in ``dnsNames``.
  public var commonName: String?
  /// Subject alternative names: DNS.
  public var dnsNames: [String]
  /// Subject alternative names: IP addresses, as text.
  public var ipAddresses: [String]
  /// Subject alternative names: URIs, for example `spiffe://site/agent/web1`.
  public var uris: [String]
  /// The SHA-256 of the whole certificate (DER), 32 bytes.
  public var fingerprint: [UInt8]

  /// Creates an identity.
  ///
  /// - Parameters:
  ///   - commonName: The subject's common name.
  ///   - dnsNames: Subject alternative names: DNS.
  ///   - ipAddresses: Subject alternative names: IP addresses.
  ///   - uris: Subject alternative names: URIs.
  ///   - fingerprint: The SHA-256 of the certificate.
  public init(
    commonName: String? = nil,
    dnsNames: [String] = [],
    ipAddresses: [String] = [],
    uris: [String] = [],
    fingerprint: [UInt8] = []
  ) {
    self.commonName = commonName
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.uris = uris
    self.fingerprint = fingerprint
  }
}
