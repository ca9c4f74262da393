/// The container around DEFLATE data.
public enum CompressionFormat: Sendable, Hashable, CaseIterable {
  /// RFC 1952: header, data, CRC-32 and length.
  case gzip
  /// RFC 1950: header, data, Adler-32. HTTP and gRPC call it `deflate`.
  case zlib

  /// The argument of zlib: a window of 32 KiB, and 16 more for gzip (zlib.h, deflateInit2).
  var windowBits: Int32 {
    switch self {
    case .gzip: 15 + 16
    case .zlib: 15
    }
  }
}

/// Bytes that cannot be decompressed.
public struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with the bytes.
  public enum Code: Sendable, Hashable {
    /// They are not of the format, are cut short, or go on after their end.
    case corrupt
    /// They become larger than the limit.
    case overLimit
  }

  /// What is wrong with the bytes.
  public let code: Code
  /// Text for a person, with both values.
  public let description: String
}
