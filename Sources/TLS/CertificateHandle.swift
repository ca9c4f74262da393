internal import COpenSSL

/// A certificate.
@safe
final class CertificateHandle {
  let raw: OpaquePointer

  init(owning raw: OpaquePointer) { unsafe self.raw = raw }

  deinit { unsafe X509_free(raw) }

  /// What it says about its owner.
  var description: PeerCertificate {
    var peer = PeerCertificate()
    peer.subject = subject
    peer.commonName = commonName
    peer.fingerprint = fingerprint
    guard let extensionValue = unsafe X509_get_ext_d2i(raw, NID_subject_alt_name, nil, nil) else {
      return peer
    }
    let names = OpaquePointer(extensionValue)
    defer { unsafe GENERAL_NAMES_free(names) }
    for index in 0..<(unsafe southbound_general_names_count(names)) {
      guard let name = unsafe southbound_general_names_get(names, index) else { continue }
      var kind: Int32 = 0
      guard let value = unsafe GENERAL_NAME_get0_value(name, &kind) else { continue }
      switch kind {
      case GEN_DNS: unsafe Self.append(value, to: &peer.dnsNames)
      case GEN_URI: unsafe Self.append(value, to: &peer.uris)
      case GEN_EMAIL: unsafe Self.append(value, to: &peer.emailAddresses)
      case GEN_IPADD:
        if let text = PeerCertificate.addressText(unsafe Self.bytes(value)) {
          peer.ipAddresses.append(text)
        }
      default: continue
      }
    }
    return peer
  }

  private var commonName: String? {
    guard let name = unsafe X509_get_subject_name(raw) else { return nil }
    let index = unsafe X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let entry = unsafe X509_NAME_get_entry(name, index),
      let value = unsafe X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var names: [String] = []
    unsafe Self.append(UnsafeMutableRawPointer(value), to: &names)
    return names.first
  }

  private var fingerprint: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard unsafe X509_digest(raw, EVP_sha256(), &bytes, &count) == 1 else { return [] }
    return Array(bytes.prefix(Int(count)))
  }

  private var subject: String {
    guard let name = unsafe X509_get_subject_name(raw), let bio = unsafe BIO_new(BIO_s_mem()) else {
      return ""
    }
    defer { unsafe BIO_free_all(bio) }
    _ = unsafe southbound_x509_name_print(bio, name)
    var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(bio))
    let count = unsafe BIO_read(bio, &bytes, Int32(clamping: bytes.count))
    return String(decoding: bytes.prefix(Int(max(count, 0))), as: UTF8.self)
  }

  /// A name with a NUL or with bytes beyond ASCII is no name: one that is cut there would be another.
  @unsafe
  private static func append(_ value: UnsafeMutableRawPointer, to names: inout [String]) {
    let bytes = unsafe bytes(value)
    guard bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return }
    names.append(String(decoding: bytes, as: UTF8.self))
  }

  @unsafe
  private static func bytes(_ value: UnsafeMutableRawPointer) -> [UInt8] {
    let string = unsafe value.assumingMemoryBound(to: ASN1_STRING.self)
    let count = unsafe Int(ASN1_STRING_length(string))
    return unsafe Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: count))
  }
}
