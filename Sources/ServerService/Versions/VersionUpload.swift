internal import RPCCore
internal import Resources
internal import Schema
internal import SchemaMapping
internal import Store

/// Collects the messages of one `Put` call into a version.
struct VersionUpload {
  private var version: NewVersion?
  private var isEnded = false

  /// Takes the next message.
  ///
  /// - Throws: INVALID_ARGUMENT if it comes out of order or does not stand for a version.
  mutating func add(_ request: VersionsV1.PutRequest) throws {
    guard !isEnded else { throw RPCError(.invalidArgument, "a message came after `end`") }
    switch request.kind {
    case .start(let start):
      guard version == nil else { throw RPCError(.invalidArgument, "`start` came twice") }
      version = NewVersion(
        environment: try Requests.environment(start.environment),
        number: VersionNumber(start.version), idempotencyKey: start.idempotencyKey,
        isReleased: start.release, message: start.message, resources: [],
        handlerBindings: try start.handlerBindings.map { try HandlerBinding($0) })
    case .batch(let batch):
      guard let count = version?.resources.count else {
        throw RPCError(.invalidArgument, "`batch` came before `start`")
      }
      guard count + batch.resources.count <= NewVersion.resourcesMax else {
        throw RPCError(
          .resourceExhausted, "a version has at most \(NewVersion.resourcesMax) resources")
      }
      version?.resources += try batch.resources.map { try Resource($0) }
    case .end(let end):
      guard let count = version?.resources.count else {
        throw RPCError(.invalidArgument, "`end` came before `start`")
      }
      guard end.resources == UInt64(count) else {
        throw RPCError(
          .invalidArgument, "`end` says \(end.resources) resources, but \(count) were sent")
      }
      isEnded = true
    case nil:
      throw RPCError(.invalidArgument, "a message is neither start, batch nor end")
    }
  }

  /// The whole version.
  ///
  /// - Throws: INVALID_ARGUMENT if the stream ended before `end`: then nothing is stored.
  func finish() throws -> NewVersion {
    guard let version, isEnded else {
      throw RPCError(.invalidArgument, "the stream ended before `end`; nothing was stored")
    }
    return version
  }
}
