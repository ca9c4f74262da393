internal import COpenSSL

/// Reads PEM text from a file or from memory.
@safe
struct PEMHandle: ~Copyable {
  private let bio: OpaquePointer
  private let source: PEMSource

  init(_ source: PEMSource, what: String) throws(TLSError) {
    ErrorQueue.clear()
    let opened: OpaquePointer?
    switch source {
    case .file(let path): unsafe opened = BIO_new_file(path, "r")
    case .text(let text):
      unsafe opened = BIO_new(BIO_s_mem())
      if let memory = unsafe opened {
        _ = unsafe BIO_write(memory, text, Int32(clamping: text.utf8.count))
      }
    }
    guard let opened = unsafe opened else {
      throw ErrorQueue.configurationError("cannot read the \(what) \(source.place)")
    }
    unsafe bio = opened
    self.source = source
  }

  deinit { unsafe BIO_free_all(bio) }

  /// All certificates of the text, at least one.
  borrowing func certificates() throws(TLSError) -> [CertificateHandle] {
    var found: [CertificateHandle] = []
    while let certificate = unsafe PEM_read_bio_X509(bio, nil, refusePassword, nil) {
      unsafe found.append(CertificateHandle(owning: certificate))
    }
    let (reasons, codes) = ErrorQueue.take()
    // The end of the text shows as a missing start line.
    guard !found.isEmpty, codes == [PEM_R_NO_START_LINE] else {
      throw TLSError(
        .configuration, "\(source.place) holds no PEM certificates, or a broken one",
        reasons: reasons)
    }
    return found
  }

  /// The private key of the text.
  borrowing func privateKey() throws(TLSError) -> KeyHandle {
    guard let key = unsafe PEM_read_bio_PrivateKey(bio, nil, refusePassword, nil) else {
      throw ErrorQueue.configurationError(
        "\(source.place) holds no PEM private key that can be read without a password")
    }
    return unsafe KeyHandle(owning: key)
  }
}

/// A service has nobody to ask for a password; OpenSSL would read it from the terminal.
@unsafe
private func refusePassword(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 {
  -1
}

/// A private key.
@safe
final class KeyHandle {
  let raw: OpaquePointer

  init(owning raw: OpaquePointer) { unsafe self.raw = raw }

  deinit { unsafe EVP_PKEY_free(raw) }
}
