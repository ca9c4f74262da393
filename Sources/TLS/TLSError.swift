/// Settings that make no TLS, or a connection that TLS refuses.
public struct TLSError: Error, Sendable, Hashable {
  /// What went wrong, as far as callers act on it.
  public struct Code: Sendable, Hashable {
    private enum Kind {
      case configuration, notTLS, certificateRefused, refusedByPeer, noHTTP2, broken, closed
    }
    private let kind: Kind

    /// A certificate, a key or a name of our own cannot be used.
    public static let configuration = Code(kind: .configuration)
    /// The peer does not speak TLS.
    public static let notTLS = Code(kind: .notTLS)
    /// The certificate of the peer is missing, not trusted, expired or for another name.
    public static let certificateRefused = Code(kind: .certificateRefused)
    /// The peer ended the connection with an alert: it refuses our certificate or our version.
    public static let refusedByPeer = Code(kind: .refusedByPeer)
    /// The peer does not offer HTTP/2 by ALPN.
    public static let noHTTP2 = Code(kind: .noHTTP2)
    /// The bytes of the peer break TLS, or were changed on their way.
    public static let broken = Code(kind: .broken)
    /// The session is over.
    public static let closed = Code(kind: .closed)
  }

  /// What went wrong.
  public let code: Code
  /// The object and the reason: lowercase, no final stop.
  public let message: String
  /// What OpenSSL said, the innermost reason first. Empty when it said nothing.
  public let reasons: [String]

  /// Creates an error.
  ///
  /// - Parameters:
  ///   - code: What went wrong.
  ///   - message: The object and the reason.
  ///   - reasons: What OpenSSL said.
  public init(_ code: Code, _ message: String, reasons: [String] = []) {
    self.code = code
    self.message = message
    self.reasons = reasons
  }
}

extension TLSError: CustomStringConvertible {
  /// The message, and the reasons behind it.
  public var description: String {
    reasons.isEmpty ? message : "\(message): \(reasons.joined(separator: "; "))"
  }
}
