internal import HTTP2
internal import RPCCore

/// The header blocks of gRPC over HTTP/2, built and read.
enum CallHeaders {
  static let contentType = HeaderField("content-type", "application/grpc")
  static let acceptEncoding = HeaderField(
    "grpc-accept-encoding", CompressionAlgorithm.acceptList)

  /// How often a call was tried before; handlers see it as metadata, like `user-agent`.
  static let previousAttemptsKey = "grpc-previous-rpc-attempts"

  private static let responseFields = [HeaderField(":status", "200"), contentType, acceptEncoding]
  /// What most responses begin and end with.
  private static let plainResponse = PreparedFields(responseFields)
  private static let plainTrailers = PreparedFields([HeaderField("grpc-status", "0")])

  // MARK: - Building

  static func request(
    _ method: MethodDescriptor,
    scheme: String,
    authority: String,
    deadline: Deadline?,
    compression: CompressionAlgorithm = .identity,
    previousAttempts: Int = 0,
    metadata: Metadata
  ) -> [HeaderField] {
    var fields = [
      HeaderField(":method", "POST"), HeaderField(":scheme", scheme),
      HeaderField(":path", method.path), HeaderField(":authority", authority),
      HeaderField("te", "trailers"), contentType, HeaderField("user-agent", "southbound-swift/1"),
      acceptEncoding,
    ]
    if compression != .identity {
      fields.append(HeaderField("grpc-encoding", compression.rawValue))
    }
    if let deadline {
      fields.append(HeaderField("grpc-timeout", GRPCTimeout.format(deadline.remaining)))
    }
    if previousAttempts > 0 {
      fields.append(HeaderField(previousAttemptsKey, String(previousAttempts)))
    }
    append(metadata, to: &fields)
    return fields
  }

  static func response(
    _ metadata: Metadata,
    compression: CompressionAlgorithm = .identity
  ) -> FieldList {
    if compression == .identity, metadata.isEmpty { return .prepared(plainResponse) }
    var fields = responseFields
    if compression != .identity {
      fields.append(HeaderField("grpc-encoding", compression.rawValue))
    }
    append(metadata, to: &fields)
    return .fields(fields)
  }

  static func trailers(_ status: Status, _ metadata: Metadata) -> FieldList {
    if status.code == .ok, status.message.isEmpty, status.details.isEmpty, metadata.isEmpty {
      return .prepared(plainTrailers)
    }
    var fields = [HeaderField("grpc-status", String(status.code.rawValue))]
    if !status.message.isEmpty {
      fields.append(HeaderField("grpc-message", StatusMessage.encode(status.message)))
    }
    if !status.details.isEmpty {
      fields.append(HeaderField("grpc-status-details-bin", Base64.encode(status.details)))
    }
    append(metadata, to: &fields)
    return .fields(fields)
  }

  /// The one block of a response without messages.
  static func trailersOnly(
    _ status: Status, _ trailing: Metadata, initial: Metadata = [:]
  ) -> FieldList {
    .fields(response(initial).fields + trailers(status, trailing).fields)
  }

  private static func append(_ metadata: Metadata, to fields: inout [HeaderField]) {
    for entry in metadata.entries {
      switch entry.value {
      case .string(let text): fields.append(HeaderField(entry.key, text))
      case .binary(let bytes): fields.append(HeaderField(entry.key, Base64.encode(bytes)))
      }
    }
  }

  // MARK: - Reading

  /// The pairs of a block that are no part of the protocol.
  static func metadata(of block: HeaderBlock) throws(RPCError) -> Metadata {
    var metadata = Metadata()
    for field in block.fields
    where !Metadata.isReserved(field.name) || field.name == previousAttemptsKey {
      guard Metadata.isBinary(field.name) else {
        metadata.appendReceived(.string(field.value), forKey: field.name)
        continue
      }
      // gRPC over HTTP/2: several binary values may come joined by commas.
      for part in field.value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let bytes = Base64.decode(Metadata.trimmed(String(part))) else {
          throw RPCError(.internalError, "metadata \(field.name) is not base64")
        }
        metadata.appendReceived(.binary(bytes), forKey: field.name)
      }
    }
    return metadata
  }

  /// The status of a block with `grpc-status`; `nil` without one.
  static func status(of block: HeaderBlock) -> Status? {
    guard let text = block["grpc-status"] else { return nil }
    let code = Int(text).flatMap(StatusCode.init(rawValue:)) ?? .unknown
    let details = block["grpc-status-details-bin"].flatMap { Base64.decode($0) } ?? []
    return Status(
      code, message: StatusMessage.decode(block["grpc-message"] ?? ""), details: details)
  }

  /// The compression that a block names; `nil` for one that is not known here.
  static func compression(of block: HeaderBlock) -> CompressionAlgorithm? {
    guard let name = block["grpc-encoding"] else { return .identity }
    return CompressionAlgorithm(rawValue: name)
  }

  static func isGRPC(_ contentType: String?) -> Bool {
    guard let contentType else { return false }
    let plain = Self.contentType.value
    if contentType == plain { return true }
    guard contentType.utf8.starts(with: plain.utf8) else { return false }
    let next = contentType.utf8.dropFirst(plain.utf8.count).first
    return next == UInt8(ascii: "+") || next == UInt8(ascii: ";")
  }
}
