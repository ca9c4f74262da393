internal import CZlib

/// Decompresses whole buffers, one after the other, up to a limit. Not thread-safe.
@safe
public final class Decompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private let format: CompressionFormat
  /// Output goes through here, so that memory grows only with what the data really contains.
  private var scratch = [UInt8](repeating: 0, count: 32 << 10)

  /// Creates a decompressor.
  ///
  /// - Parameter format: The container that the input must have.
  public init(_ format: CompressionFormat) {
    self.format = format
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe southbound_inflate_init(stream, format.windowBits)
    precondition(result == Z_OK, "zlib has no memory for a decompressor")
  }

  deinit {
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decompresses bytes. It stops at the limit, so a bomb costs no more than that.
  ///
  /// - Parameters:
  ///   - bytes: Exactly one compressed buffer.
  ///   - bytesMax: The largest result, in bytes.
  /// - Returns: The result.
  /// - Throws: `CompressionError` for foreign, cut or trailing bytes, and for a result over the limit.
  public func decompress(
    _ bytes: [UInt8],
    bytesMax: Int
  ) throws(CompressionError) -> [UInt8] {
    _ = unsafe inflateReset(stream)
    var output: [UInt8] = []
    var consumed = 0
    while true {
      let step = inflateStep(bytes, from: consumed)
      output.append(contentsOf: scratch[..<step.produced])
      consumed += step.consumed
      guard output.count <= bytesMax else {
        throw CompressionError(
          code: .overLimit,
          description: "\(bytes.count) bytes of \(format) become more than \(bytesMax)")
      }
      if step.result == Z_STREAM_END {
        guard consumed == bytes.count else {
          throw corrupt("\(bytes.count - consumed) bytes follow its end")
        }
        return output
      }
      // Without progress there is no more input: the data is cut.
      guard step.result == Z_OK, step.produced > 0 || step.consumed > 0 else {
        throw corrupt(consumed == bytes.count ? "it is cut short" : "byte \(consumed) is wrong")
      }
    }
  }

  private func inflateStep(
    _ bytes: [UInt8],
    from start: Int
  ) -> (result: Int32, consumed: Int, produced: Int) {
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe scratch.withUnsafeMutableBufferPointer { output in
        // zlib never writes to its input (zlib.h: `z_const`).
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.advanced(by: start))
        unsafe stream.pointee.avail_in = UInt32(input.count - start)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(output.count)
        let result = unsafe inflate(stream, Z_NO_FLUSH)
        return unsafe (
          result, input.count - start - Int(stream.pointee.avail_in),
          output.count - Int(stream.pointee.avail_out)
        )
      }
    }
  }

  private func corrupt(_ reason: String) -> CompressionError {
    CompressionError(code: .corrupt, description: "not one buffer of \(format): \(reason)")
  }
}
