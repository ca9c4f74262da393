internal import CZlib

/// Compresses whole buffers, one after the other. It keeps 268 KB of tables, so it pays to share
/// one on a thread. Not thread-safe.
@safe
public final class Compressor {
  private let stream: UnsafeMutablePointer<z_stream>

  /// Creates a compressor.
  ///
  /// - Parameter format: The container of the output.
  public init(_ format: CompressionFormat) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe southbound_deflate_init(
      stream, Z_DEFAULT_COMPRESSION, format.windowBits)
    precondition(result == Z_OK, "zlib has no memory for a compressor")
  }

  deinit {
    _ = unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Appends the compressed form of bytes to a buffer.
  ///
  /// - Parameters:
  ///   - bytes: The bytes.
  ///   - output: The buffer that grows.
  public func compress(_ bytes: [UInt8], into output: inout [UInt8]) {
    _ = unsafe deflateReset(stream)
    let bound = unsafe Int(deflateBound(stream, UInt(bytes.count)))
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      unsafe bytes.withUnsafeBufferPointer { input in
        // zlib never writes to its input (zlib.h: `z_const`).
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = buffer.baseAddress
        unsafe stream.pointee.avail_out = UInt32(buffer.count)
        let result = unsafe deflate(stream, Z_FINISH)
        precondition(result == Z_STREAM_END, "deflateBound promised too little")
      }
      unsafe count = buffer.count - Int(stream.pointee.avail_out)
    }
    output.append(contentsOf: compressed)
  }
}
