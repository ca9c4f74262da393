internal import COpenSSL

/// The OpenSSL session of one connection between two memory BIOs.
@safe
final class TLSSessionHandle {
  /// What a step did.
  enum Step {
    /// Done; for reading and writing, so many bytes went over.
    case bytes(Int)
    /// Bytes of the peer are needed.
    case wants
    /// The peer has said that it sends no more.
    case closed
    case failed(TLSFailure)
  }

  private let raw: OpaquePointer
  /// Both belong to the session.
  private let input: OpaquePointer
  private let output: OpaquePointer

  init(
    in context: ContextHandle,
    role: TLSRole,
    serverName: String?,
    checksName: Bool
  ) throws(TLSError) {
    ErrorQueue.clear()
    guard let made = unsafe SSL_new(context.raw) else {
      throw ErrorQueue.configurationError("OpenSSL makes no session")
    }
    guard let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem()) else {
      unsafe SSL_free(made)
      throw ErrorQueue.configurationError("OpenSSL makes no buffers")
    }
    unsafe southbound_bio_retry_when_empty(input)
    unsafe southbound_bio_retry_when_empty(output)
    unsafe SSL_set_bio(made, input, output)
    unsafe raw = made
    unsafe self.input = input
    unsafe self.output = output
    switch role {
    case .server: unsafe SSL_set_accept_state(raw)
    case .client: unsafe SSL_set_connect_state(raw)
    }
    if let serverName { try setServerName(serverName, checks: checksName) }
  }

  deinit { unsafe SSL_free(raw) }

  private func setServerName(_ name: String, checks: Bool) throws(TLSError) {
    let parameters = unsafe SSL_get0_param(raw)
    // RFC 6066 §3: an IP address is no server name; RFC 6125 §6.4.4: the subject does not count.
    if checks {
      unsafe X509_VERIFY_PARAM_set_hostflags(
        parameters,
        UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
    }
    if let address = unsafe a2i_IPADDRESS(name) {
      unsafe ASN1_STRING_free(address)
      ErrorQueue.clear()
      guard unsafe !checks || X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 else {
        throw ErrorQueue.configurationError("the address \(name) cannot be checked")
      }
      return
    }
    ErrorQueue.clear()
    guard !name.isEmpty, !name.utf8.contains(0), unsafe southbound_ssl_set_sni(raw, name) == 1,
      unsafe !checks || X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1
    else { throw ErrorQueue.configurationError("\"\(name)\" is no name of a server") }
  }

  // MARK: - Bytes

  func feed(_ bytes: borrowing [UInt8], count: Int) {
    let taken = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe BIO_write(input, buffer.baseAddress, Int32(count))
    }
    precondition(Int(taken) == count, "a memory BIO takes everything")
  }

  func takeOutput(into bytes: inout [UInt8]) {
    let count = unsafe BIO_ctrl_pending(output)
    guard count > 0 else { return }
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    let taken = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe BIO_read(output, buffer.baseAddress?.advanced(by: start), Int32(count))
    }
    precondition(Int(taken) == count, "a memory BIO gives what it has")
  }

  // MARK: - Steps

  func shakeHands() -> Step {
    ErrorQueue.clear()
    let result = unsafe SSL_do_handshake(raw)
    return result == 1 ? .bytes(0) : step(after: result)
  }

  func read(into buffer: inout [UInt8], from start: Int) -> Step {
    ErrorQueue.clear()
    var count = 0
    let result = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe SSL_read_ex(
        raw, bytes.baseAddress?.advanced(by: start), bytes.count - start, &count)
    }
    return result == 1 ? .bytes(count) : step(after: result)
  }

  func write(_ buffer: borrowing [UInt8], from start: Int) -> Step {
    ErrorQueue.clear()
    var count = 0
    let result = unsafe buffer.withUnsafeBytes { bytes in
      unsafe SSL_write_ex(
        raw, bytes.baseAddress?.advanced(by: start), bytes.count - start, &count)
    }
    return result == 1 ? .bytes(count) : step(after: result)
  }

  func shutDown() {
    ErrorQueue.clear()
    _ = unsafe SSL_shutdown(raw)
    ErrorQueue.clear()
  }

  private func step(after result: Int32) -> Step {
    switch unsafe SSL_get_error(raw, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wants
    case SSL_ERROR_ZERO_RETURN: return .closed
    default: break
    }
    let (reasons, codes) = ErrorQueue.take()
    var failure = TLSFailure(reasons: reasons)
    // SSL_AD_REASON_OFFSET: reasons from there on are alerts of the peer.
    failure.isAlert = codes.contains { $0 >= SSL_AD_REASON_OFFSET && $0 < 1_200 }
    failure.isProtocol = codes.contains(SSL_R_NO_APPLICATION_PROTOCOL)
    failure.isCertificateMissing = codes.contains(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    let verified = unsafe SSL_get_verify_result(raw)
    if codes.contains(SSL_R_CERTIFICATE_VERIFY_FAILED), verified != Int(X509_V_OK),
      let text = unsafe X509_verify_cert_error_string(verified)
    {
      failure.certificate = unsafe String(cString: text).lowercased()
    }
    return .failed(failure)
  }

  // MARK: - What was negotiated

  var hasNegotiatedHTTP2: Bool {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    unsafe SSL_get0_alpn_selected(raw, &name, &count)
    guard let name = unsafe name, count == 2 else { return false }
    return unsafe name[0] == UInt8(ascii: "h") && name[1] == UInt8(ascii: "2")
  }

  var summary: String {
    guard let version = unsafe SSL_get_version(raw),
      let cipher = unsafe SSL_CIPHER_get_name(SSL_get_current_cipher(raw))
    else { return "" }
    return unsafe "\(String(cString: version)) \(String(cString: cipher))"
  }

  func peerCertificate() -> PeerCertificate? {
    guard let certificate = unsafe SSL_get1_peer_certificate(raw) else { return nil }
    return unsafe CertificateHandle(owning: certificate).description
  }
}
