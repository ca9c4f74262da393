internal import Glibc

/// The rule for text in messages: UTF-8 without NUL.
///
/// C peers read a string to its first NUL, so text with one would mean different things to different
/// peers: it is refused, never cut.
public enum WireText {
  /// Returns the text of `bytes`.
  ///
  /// - Throws: `ProtobufError` if they are not UTF-8 or hold a NUL.
  public static func string(
    _ bytes: UnsafeRawBufferPointer
  ) throws(ProtobufError) -> String {
    guard unsafe !bytes.isEmpty, let base = bytes.baseAddress else { return "" }
    guard unsafe memchr(base, 0, bytes.count) == nil else {
      throw ProtobufError(reason: "the text holds a NUL character")
    }
    // Not String(validating:as:), which is generic and looks up metadata in each call.
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    guard let text = try? UTF8Span(validating: span) else {
      throw ProtobufError(reason: "the text is not UTF-8")
    }
    return String(copying: text)
  }

  /// Whether one of the bytes is 0.
  public static func holdsNUL(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return false }
    return unsafe memchr(base, 0, bytes.count) != nil
  }

  static func check(_ bytes: UnsafeRawBufferPointer) throws(ProtobufError) {
    _ = unsafe try string(bytes)
  }
}
