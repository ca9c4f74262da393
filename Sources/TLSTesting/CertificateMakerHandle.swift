internal import COpenSSL

/// Makes keys and certificates by OpenSSL. What cannot fail in a test traps.
enum CertificateMakerHandle {
  static func make(
    _ request: TestAuthority.Request, issuer: TestAuthority.Issued?
  ) -> TestAuthority.Issued {
    let key = unsafe makeKey()
    defer { unsafe EVP_PKEY_free(key) }
    let certificate = unsafe must(X509_new())
    defer { unsafe X509_free(certificate) }
    let serial = UInt.random(in: 1...UInt(Int.max))
    unsafe require(X509_set_version(certificate, 2))
    unsafe require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), UInt64(serial)))
    _ = unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), request.startsAfterSeconds)
    _ = unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), request.endsAfterSeconds)
    unsafe require(X509_set_pubkey(certificate, key))
    let subject = unsafe X509_get_subject_name(certificate)
    let name = Array(request.commonName.utf8)
    unsafe require(
      X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_FLAG | 1, name, Int32(name.count), -1, 0))
    if let issuer {
      unsafe sign(certificate, request, by: issuer)
    } else {
      unsafe require(X509_set_issuer_name(certificate, subject))
      unsafe add(NID_basic_constraints, "critical,CA:TRUE", to: certificate)
      unsafe add(NID_key_usage, "critical,keyCertSign,cRLSign", to: certificate)
      unsafe require(X509_sign(certificate, key, EVP_sha256()))
    }
    return unsafe TestAuthority.Issued(
      certificate: text { unsafe PEM_write_bio_X509($0, certificate) },
      privateKey: text { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) })
  }

  @unsafe
  private static func sign(
    _ certificate: OpaquePointer, _ request: TestAuthority.Request, by issuer: TestAuthority.Issued
  ) {
    let authority = unsafe read(issuer.certificate) { unsafe PEM_read_bio_X509($0, nil, nil, nil) }
    defer { unsafe X509_free(authority) }
    let key = unsafe read(issuer.privateKey) { unsafe PEM_read_bio_PrivateKey($0, nil, nil, nil) }
    defer { unsafe EVP_PKEY_free(key) }
    unsafe require(X509_set_issuer_name(certificate, X509_get_subject_name(authority)))
    unsafe add(NID_basic_constraints, "critical,CA:FALSE", to: certificate)
    if !request.names.isEmpty { unsafe add(NID_subject_alt_name, request.names, to: certificate) }
    unsafe require(X509_sign(certificate, key, EVP_sha256()))
  }

  @unsafe
  private static func makeKey() -> OpaquePointer {
    let context = unsafe must(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil))
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    unsafe require(EVP_PKEY_keygen_init(context))
    unsafe require(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1))
    unsafe require(EVP_PKEY_keygen(context, &key))
    return unsafe must(key)
  }

  @unsafe
  private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) {
    let made = unsafe must(X509V3_EXT_conf_nid(nil, nil, kind, value))
    defer { unsafe X509_EXTENSION_free(made) }
    unsafe require(X509_add_ext(certificate, made, -1))
  }

  @unsafe
  private static func text(_ write: (OpaquePointer) -> Int32) -> String {
    let bio = unsafe must(BIO_new(BIO_s_mem()))
    defer { unsafe BIO_free_all(bio) }
    unsafe require(write(bio))
    var bytes = unsafe [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
    unsafe require(BIO_read(bio, &bytes, Int32(bytes.count)))
    return String(decoding: bytes, as: UTF8.self)
  }

  @unsafe
  private static func read(_ text: String, _ read: (OpaquePointer) -> OpaquePointer?)
    -> OpaquePointer
  {
    let bio = unsafe must(BIO_new(BIO_s_mem()))
    defer { unsafe BIO_free_all(bio) }
    unsafe require(BIO_write(bio, text, Int32(text.utf8.count)))
    return unsafe must(read(bio))
  }

  @unsafe
  private static func must(_ pointer: OpaquePointer?) -> OpaquePointer {
    guard let pointer = unsafe pointer else { preconditionFailure("OpenSSL made nothing") }
    return unsafe pointer
  }

  private static func require(_ result: Int32) {
    precondition(result > 0, "OpenSSL refused a step of a test certificate")
  }
}
