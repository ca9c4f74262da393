extension Value {
  /// Type of the reference that stands for the contents of a file; see ``content(digest:byteCount:)``.
  public static let contentReferenceType = "southbound::Content"

  /// A reference to the contents of a file, which travel beside the resources by their digest.
  ///
  /// - Parameters:
  ///   - digest: SHA-256 of the contents.
  ///   - byteCount: Length of the contents in bytes.
  /// - Returns: The value for a field of a resource.
  public static func content(digest: ContentDigest, byteCount: Int) -> Value {
    .reference(
      type: contentReferenceType,
      arguments: ["sha256": .string(digest.hex), "size": .int(Int64(byteCount))])
  }

  /// The digest, if this is a reference to the contents of a file.
  public var contentDigest: ContentDigest? {
    guard case .reference(Value.contentReferenceType, let arguments) = self else { return nil }
    return arguments["sha256"]?.stringValue.flatMap(ContentDigest.init(hex:))
  }

  /// Length in bytes, if this is a reference to the contents of a file.
  public var contentByteCount: Int? {
    guard case .reference(Value.contentReferenceType, let arguments) = self else { return nil }
    return arguments["size"]?.intValue.map(Int.init)
  }

  /// Adds the digests of all contents that the value, or a value in it, refers to.
  ///
  /// - Parameter digests: Set to add to.
  public func collectContentDigests(into digests: inout Set<ContentDigest>) {
    switch self {
    case .list(let values): for value in values { value.collectContentDigests(into: &digests) }
    case .map(let entries):
      for value in entries.values { value.collectContentDigests(into: &digests) }
    case .secret(let value): value.collectContentDigests(into: &digests)
    case .reference: if let contentDigest { digests.insert(contentDigest) }
    case .null, .bool, .int, .double, .string, .bytes, .unknown: break
    }
  }
}
