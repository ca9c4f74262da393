internal import COpenSSL
public import Resources

/// SHA-256, by OpenSSL: one shot, or piece by piece.
@safe public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Fetched once, and never freed: `EVP_sha256()` would be looked up in the library's tables, under
  /// its locks, for each digest.
  // Reason for unsafe: a constant of the library that all threads may use.
  private nonisolated(unsafe) static let algorithm: OpaquePointer = {
    // The first user of the library decides that it stays usable until the process is gone.
    _ = southbound_openssl_prepare()
    guard let found = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
      preconditionFailure("OpenSSL has no SHA-256")
    }
    return unsafe found
  }()

  /// Starts with no bytes.
  public init() {
    guard let made = unsafe EVP_MD_CTX_new(),
      unsafe EVP_DigestInit_ex(made, SHA256.algorithm, nil) == 1
    else { preconditionFailure("OpenSSL has no memory") }
    unsafe context = made
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Adds bytes.
  ///
  /// - Parameter bytes: The next bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let status = unsafe EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "OpenSSL refused bytes for a digest")
  }

  /// Adds bytes.
  ///
  /// - Parameter bytes: The next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// Ends, and returns the digest of all bytes.
  public consuming func finish() -> ContentDigest {
    var bytes = [UInt8](repeating: 0, count: ContentDigest.byteCount)
    let status = unsafe EVP_DigestFinal_ex(context, &bytes, nil)
    precondition(status == 1, "OpenSSL refused to finish a digest")
    guard let digest = ContentDigest(bytes: bytes) else {
      preconditionFailure("a SHA-256 has \(ContentDigest.byteCount) bytes")
    }
    return digest
  }

  /// Returns the digest of some bytes.
  ///
  /// - Parameter bytes: The bytes.
  /// - Returns: Their SHA-256.
  public static func digest(of bytes: [UInt8]) -> ContentDigest {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}
