internal import RPCCore

/// The server's end of a call in memory.
final class InProcessServerStream: ServerCallStream {
  private let call: InProcessCall

  init(_ call: InProcessCall) {
    self.call = call
  }

  func sendNow<Message: RPCMessage>(
    _ message: Message,
    compressed: Bool
  ) throws(RPCError) -> SendOutcome {
    call.messageGoesOut()
    return try call.responses.write(message.serialized()) ? .sentAndFull : .sent
  }

  func send(_ bytes: [UInt8], compressed: Bool) async throws(RPCError) {
    call.messageGoesOut()
    if try call.responses.write(bytes) { try await call.responses.waitForRoom() }
  }

  func waitUntilWritable() async throws(RPCError) {
    try await call.responses.waitForRoom()
  }

  func receive() async throws(RPCError) -> [UInt8]? {
    try await call.requests.read()
  }

  func sendInitialMetadata(_ metadata: Metadata) async throws(RPCError) {
    try call.setInitial(metadata)
  }
}

/// The client's end of a call in memory.
final class InProcessClientStream: ClientCallStream {
  private let call: InProcessCall

  init(_ call: InProcessCall) {
    self.call = call
  }

  func sendNow<Message: RPCMessage>(
    _ message: Message,
    compressed: Bool
  ) throws(RPCError) -> SendOutcome {
    try write(message.serialized()) ? .sentAndFull : .sent
  }

  func send(_ bytes: [UInt8], compressed: Bool) async throws(RPCError) {
    if try write(bytes) { try await call.requests.waitForRoom() }
  }

  /// A request over the limit ends the call, as a server far away would.
  private func write(_ bytes: [UInt8]) throws(RPCError) -> Bool {
    do throws(RPCError) {
      return try call.requests.write(bytes)
    } catch {
      if error.code == .resourceExhausted { call.fail(error) }
      throw error
    }
  }

  func waitUntilWritable() async throws(RPCError) {
    try await call.requests.waitForRoom()
  }

  func receive() async throws(RPCError) -> [UInt8]? {
    try await call.responses.read()
  }

  func finishSending() {
    call.requests.end(.success(()), writeFailure: nil)
  }

  func cancel() {
    call.fail(RPCError(.cancelled, "the caller cancelled the call"))
  }

  func initialMetadata() async throws(RPCError) -> Metadata {
    try await call.initialMetadata()
  }

  func whenEnded(_ body: @escaping @Sendable (Status, Metadata) -> Void) {
    call.whenEnded(body)
  }

  func status() async -> Status? { call.ending?.status }

  func trailingMetadata() async -> Metadata { call.ending?.trailing ?? [:] }
}
