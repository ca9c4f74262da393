/// A step of OpenSSL that went wrong, as it was found.
struct TLSFailure {
  var reasons: [String]
  /// Why the certificate of the peer is refused, if it is.
  var certificate: String?
  /// Whether the peer sent the reason, as an alert.
  var isAlert = false
  /// Whether the two sides have no protocol in common.
  var isProtocol = false
  /// Whether a client has shown no certificate where one is needed.
  var isCertificateMissing = false

  init(_ reason: String) {
    reasons = [reason]
  }

  init(reasons: [String]) {
    self.reasons = reasons
  }

  func error(peerName: String) -> TLSError {
    if isAlert {
      return TLSError(
        .refusedByPeer, "the \(peerName) refused the TLS connection", reasons: reasons)
    }
    if isCertificateMissing {
      return TLSError(
        .certificateRefused, "the \(peerName) has shown no certificate, and one is needed",
        reasons: reasons)
    }
    if let certificate {
      return TLSError(
        .certificateRefused, "the certificate of the \(peerName) is refused: \(certificate)",
        reasons: reasons)
    }
    if isProtocol {
      return TLSError(
        .noHTTP2,
        "the \(peerName) did not negotiate HTTP/2: it needs ALPN with the protocol h2",
        reasons: reasons)
    }
    return TLSError(.broken, "the \(peerName) broke TLS", reasons: reasons)
  }
}
