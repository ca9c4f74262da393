internal import Compression
internal import RPCCore

/// The compressors of one loop, made at their first use and shared by all its streams.
final class MessageCodecs: @unchecked Sendable {
  // Sendable: used on the one loop that it belongs to.

  private var compressors: [CompressionAlgorithm: Compressor] = [:]
  private var decompressors: [CompressionAlgorithm: Decompressor] = [:]

  /// Returns the compressed form of a message.
  func compress(_ bytes: [UInt8], by algorithm: CompressionAlgorithm) -> [UInt8] {
    guard let format = algorithm.format else { return bytes }
    let compressor = compressors[algorithm] ?? Compressor(format)
    compressors[algorithm] = compressor
    var compressed: [UInt8] = []
    compressor.compress(bytes, into: &compressed)
    return compressed
  }

  /// Returns the message behind its compressed form; it never becomes larger than the limit.
  func decompress(
    _ bytes: [UInt8],
    by algorithm: CompressionAlgorithm,
    bytesMax: Int
  ) throws(RPCError) -> [UInt8] {
    guard let format = algorithm.format else { return bytes }
    let decompressor = decompressors[algorithm] ?? Decompressor(format)
    decompressors[algorithm] = decompressor
    do throws(CompressionError) {
      return try decompressor.decompress(bytes, bytesMax: bytesMax)
    } catch {
      switch error.code {
      case .overLimit:
        throw RPCError(
          .resourceExhausted,
          "a compressed message is larger than the limit of \(bytesMax) bytes")
      case .corrupt:
        throw RPCError(.internalError, "a compressed message is broken: \(error)")
      }
    }
  }
}

extension CompressionAlgorithm {
  /// The container that the wire has for it; `nil` for none.
  fileprivate var format: CompressionFormat? {
    switch self {
    case .identity: nil
    case .deflate: .zlib
    case .gzip: .gzip
    }
  }
}
