internal import HTTP2
internal import RPCCore

/// What the header block of a request says about its call.
final class RequestHead: Sendable {
  /// The block that says it.
  let block: HeaderBlock
  let method: RPCRouter.Method
  let metadata: Metadata
  let timeout: Duration?
  let compression: CompressionAlgorithm
  let acceptList: String

  /// Reads a block.
  ///
  /// - Throws: `RPCError` with the status that refuses the call.
  init(_ block: HeaderBlock, router: RPCRouter) throws(RPCError) {
    self.block = block
    method = try router.method(at: block[":path"] ?? "")
    metadata = try CallHeaders.metadata(of: block)
    timeout = try Self.timeout(of: block)
    guard let compression = CallHeaders.compression(of: block) else {
      let name = block["grpc-encoding"] ?? ""
      throw RPCError(
        .unimplemented,
        "grpc-encoding \(name) is not supported; use \(CompressionAlgorithm.acceptList)")
    }
    self.compression = compression
    acceptList = block["grpc-accept-encoding"] ?? ""
  }

  private static func timeout(of block: HeaderBlock) throws(RPCError) -> Duration? {
    guard let text = block["grpc-timeout"] else { return nil }
    guard let timeout = GRPCTimeout.parse(text) else {
      throw RPCError(.internalError, "grpc-timeout is not a number of up to 8 digits and a unit")
    }
    return timeout
  }
}
