internal import COpenSSL

/// The OpenSSL context that sessions are made from: set up once, then never changed.
@safe
final class ContextHandle: Sendable {
  // OpenSSL: a context that nobody changes may make sessions on any thread.
  nonisolated(unsafe) let raw: OpaquePointer

  /// AEAD ciphers with ephemeral keys. TLS 1.3 has no others, and keeps its default.
  private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

  init(_ configuration: TLSConfiguration) throws(TLSError) {
    // Loops may be in the middle of a handshake when a program ends.
    _ = southbound_openssl_prepare()
    ErrorQueue.clear()
    let method = unsafe configuration.role == .server ? TLS_server_method() : TLS_client_method()
    guard let made = unsafe SSL_CTX_new(method) else {
      throw ErrorQueue.configurationError("OpenSSL makes no context")
    }
    unsafe raw = made
    guard unsafe southbound_ssl_ctx_set_min_version(raw, TLS1_2_VERSION) == 1,
      unsafe SSL_CTX_set_cipher_list(raw, Self.ciphers) == 1
    else { throw ErrorQueue.configurationError("OpenSSL refuses the versions or ciphers") }
    unsafe southbound_ssl_ctx_set_modes(raw)
    unsafe southbound_ssl_ctx_set_options(raw)
    // Connections live long: tickets would keep a client going that is no longer trusted.
    _ = unsafe SSL_CTX_set_num_tickets(raw, 0)
    try setProtocol(configuration.role)
    if let credentials = configuration.credentials {
      try use(credentials)
    } else if configuration.role == .server {
      throw TLSError(.configuration, "a server needs a certificate and its key")
    }
    try setVerification(configuration)
  }

  deinit { unsafe SSL_CTX_free(raw) }

  // MARK: - Setting up

  private func setProtocol(_ role: TLSRole) throws(TLSError) {
    guard role == .client else {
      return unsafe SSL_CTX_set_alpn_select_cb(raw, selectHTTP2, nil)
    }
    let offered: [UInt8] = [2, UInt8(ascii: "h"), UInt8(ascii: "2")]
    guard unsafe SSL_CTX_set_alpn_protos(raw, offered, UInt32(offered.count)) == 0 else {
      throw ErrorQueue.configurationError("OpenSSL refuses ALPN")
    }
  }

  private func use(_ credentials: TLSCredentials) throws(TLSError) {
    let certificates = try PEMHandle(credentials.certificates, what: "certificate").certificates()
    let key = try PEMHandle(credentials.privateKey, what: "private key").privateKey()
    ErrorQueue.clear()
    guard let own = certificates.first, unsafe SSL_CTX_use_certificate(raw, own.raw) == 1 else {
      throw ErrorQueue.configurationError(
        "the certificate \(credentials.certificates.place) cannot be used")
    }
    for certificate in certificates.dropFirst() {
      guard unsafe southbound_ssl_ctx_add_chain_certificate(raw, certificate.raw) == 1 else {
        throw ErrorQueue.configurationError(
          "a certificate of the chain in \(credentials.certificates.place) cannot be used")
      }
    }
    guard unsafe SSL_CTX_use_PrivateKey(raw, key.raw) == 1,
      unsafe SSL_CTX_check_private_key(raw) == 1
    else {
      throw ErrorQueue.configurationError(
        "the key \(credentials.privateKey.place) does not belong to the certificate "
          + credentials.certificates.place)
    }
  }

  private func setVerification(_ configuration: TLSConfiguration) throws(TLSError) {
    let mode: Int32
    switch (configuration.peerVerification, configuration.role) {
    case (.none, _): mode = SSL_VERIFY_NONE
    case (.request, .server): mode = SSL_VERIFY_PEER
    case (.request, .client): mode = SSL_VERIFY_PEER
    case (.require, _): mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
    }
    unsafe SSL_CTX_set_verify(raw, mode, nil)
    guard mode != SSL_VERIFY_NONE else { return }
    switch configuration.trustRoots {
    case .system:
      guard unsafe SSL_CTX_set_default_verify_paths(raw) == 1 else {
        throw ErrorQueue.configurationError("the authorities of the system cannot be read")
      }
    case .pem(let source):
      let store = unsafe SSL_CTX_get_cert_store(raw)
      for certificate in try PEMHandle(source, what: "certificate authority").certificates() {
        guard unsafe X509_STORE_add_cert(store, certificate.raw) == 1 else {
          throw ErrorQueue.configurationError(
            "a certificate authority of \(source.place) cannot be used")
        }
        if configuration.role == .server {
          // RFC 8446 §4.2.4: tells clients which of their certificates fits.
          _ = unsafe SSL_CTX_add_client_CA(raw, certificate.raw)
        }
      }
    }
  }
}

/// Chooses `h2` among what a client offers. Without it the handshake ends with an alert.
@unsafe
private func selectHTTP2(
  _: OpaquePointer?,
  _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenCount: UnsafeMutablePointer<UInt8>?,
  _ offered: UnsafePointer<UInt8>?,
  _ count: UInt32,
  _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let chosen = unsafe chosen, let chosenCount = unsafe chosenCount,
    let offered = unsafe offered
  else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  let list = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
  var position = 0
  while position < list.count {
    let length = unsafe Int(list[position])
    let isHTTP2 =
      unsafe length == 2 && position + 2 < list.count
      && list[position + 1] == UInt8(ascii: "h") && list[position + 2] == UInt8(ascii: "2")
    if isHTTP2 {
      unsafe chosen.pointee = offered + position + 1
      unsafe chosenCount.pointee = 2
      return SSL_TLSEXT_ERR_OK
    }
    position += 1 + length
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}
