public import Resources

/// What a mapping may use beside the entity: it takes file contents.
///
/// Valid during one export only; a mapping does not keep it.
public struct Exporter {
  private let store: (_ contents: [UInt8]) -> ContentDigest

  /// Makes an exporter.
  ///
  /// - Parameter store: Keeps contents for upload and returns their SHA-256.
  public init(storingWith store: @escaping (_ contents: [UInt8]) -> ContentDigest) {
    self.store = store
  }

  /// Takes file contents. Only those that the server lacks are sent to it; the same contents are
  /// kept once.
  ///
  /// - Parameter contents: The bytes of the file.
  /// - Returns: A reference to the contents, as the value of a field; the handler reads them with
  ///   ``HandlerContext/contents(of:)``.
  public func upload(_ contents: [UInt8]) -> Value {
    .content(digest: store(contents), byteCount: contents.count)
  }

  /// Takes text as the contents of a file, in UTF-8.
  ///
  /// - Parameter text: The text.
  /// - Returns: A reference to the contents.
  public func upload(_ text: String) -> Value { upload(Array(text.utf8)) }
}
