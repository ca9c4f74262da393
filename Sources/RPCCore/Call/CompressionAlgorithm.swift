/// How messages of one direction of a call are compressed. Raw values are the names on the wire.
public enum CompressionAlgorithm: String, Sendable, Hashable, CaseIterable {
  /// Not at all.
  case identity
  /// RFC 1950; the name comes from HTTP.
  case deflate
  /// RFC 1952.
  case gzip

  /// The value of `grpc-accept-encoding` that both sides send: everything that they understand.
  package static let acceptList = "identity,deflate,gzip"

  /// Parses a list of names; names that nobody here knows are left out.
  package static func parse(acceptList: String) -> [CompressionAlgorithm] {
    acceptList.split(separator: ",").compactMap {
      CompressionAlgorithm(rawValue: Metadata.trimmed(String($0)))
    }
  }
}
