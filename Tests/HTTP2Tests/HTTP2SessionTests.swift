import HTTP2
import Testing

/// Two sessions that talk to each other in memory.
final class SessionPair {
  let client: HTTP2Session
  let server: HTTP2Session
  var clientEvents: [HTTP2Event] = []
  var serverEvents: [HTTP2Event] = []
  /// The payload that the server has received, by stream.
  var received: [StreamID: [UInt8]] = [:]

  static let request = [
    HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":path", "/a/b"),
    HeaderField(":authority", "localhost"),
  ]

  init(_ settings: HTTP2Settings = HTTP2Settings()) throws {
    client = try HTTP2Session(role: .client)
    server = try HTTP2Session(role: .server, settings: settings)
  }

  /// Moves bytes both ways until there are none.
  func settle() throws {
    while true {
      let up = try take(client)
      let down = try take(server)
      guard !up.isEmpty || !down.isEmpty else { return }
      if !up.isEmpty {
        try server.receive(up, count: up.count)
        for event in server.takeEvents() {
          if case .data(let stream, let range) = event {
            received[stream, default: []] += up[range]
          }
          serverEvents.append(event)
        }
      }
      if !down.isEmpty {
        try client.receive(down, count: down.count)
        clientEvents += client.takeEvents()
      }
    }
  }

  private func take(_ session: HTTP2Session) throws -> [UInt8] {
    try session.produceOutput(upTo: 1 << 20)
    let bytes = session.output
    session.output = []
    return bytes
  }
}

@Suite struct HTTP2SessionTests {
  private func body(_ bytes: [UInt8], isFinished: Bool = true) -> OutboundBody {
    let body = OutboundBody()
    body.append { $0 += bytes }
    if isFinished { body.finish() }
    return body
  }

  @Test func `a request arrives with its fields, payload and end`() throws {
    let pair = try SessionPair()
    let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let stream = try pair.client.submitRequest(.fields(SessionPair.request), body: body(payload))
    try pair.settle()
    #expect(pair.received[stream] == payload)
    guard case .headers(stream, let block) = pair.serverEvents.first else {
      Issue.record("no headers first")
      return
    }
    #expect(block.fields == SessionPair.request)
    guard case .endOfStream(stream) = pair.serverEvents.last else {
      Issue.record("no end last")
      return
    }
  }

  @Test func `trailers follow the body and close the stream`() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(.fields(SessionPair.request), body: body([]))
    try pair.settle()
    let answer = OutboundBody()
    answer.append { $0 += [1, 2, 3] }
    answer.finish(trailers: [HeaderField("grpc-status", "0")])
    pair.server.submitResponse(stream, [HeaderField(":status", "200")], body: answer)
    try pair.settle()
    let blocks = pair.clientEvents.compactMap { event -> HeaderBlock? in
      if case .headers(_, let block) = event { block } else { nil }
    }
    #expect(blocks.map { $0.fields.first?.name } == [":status", "grpc-status"])
    guard case .closed(stream, .noError) = pair.clientEvents.last else {
      Issue.record("not closed")
      return
    }
  }

  @Test func `a body that is empty waits until it is resumed`() throws {
    let pair = try SessionPair()
    let body = body([1], isFinished: false)
    let stream = try pair.client.submitRequest(.fields(SessionPair.request), body: body)
    try pair.settle()
    #expect(pair.received[stream] == [1])
    #expect(!pair.client.wantsWrite)
    body.append { $0 += [2, 3] }
    pair.client.resume(body, stream: stream)
    try pair.settle()
    #expect(pair.received[stream] == [1, 2, 3])
    body.finish()
    pair.client.resume(body, stream: stream)
    try pair.settle()
    guard case .endOfStream(stream) = pair.serverEvents.last else {
      Issue.record("no end")
      return
    }
  }

  @Test func `a stream that is not consumed stops its sender at the window`() throws {
    var settings = HTTP2Settings()
    settings.streamWindowBytes = 100_000
    let pair = try SessionPair(settings)
    let payload = [UInt8](repeating: 5, count: 300_000)
    let body = body(payload)
    let stream = try pair.client.submitRequest(.fields(SessionPair.request), body: body)
    try pair.settle()
    #expect(pair.received[stream]?.count == 100_000)
    #expect(body.unsentBytes == 200_000)
    pair.server.consume(100_000, stream: stream)
    try pair.settle()
    #expect(pair.received[stream]?.count == 200_000)
  }

  @Test func `blocks that are alike are one object, and others are read anew`() throws {
    let pair = try SessionPair()
    let prepared = PreparedFields(SessionPair.request)
    let longer = SessionPair.request + [HeaderField("x", String(repeating: "v", count: 900))]
    let lists: [FieldList] = [
      .fields(SessionPair.request), .prepared(prepared), .prepared(prepared), .fields(longer),
      .fields(SessionPair.request + [HeaderField("x", "")]), .fields(SessionPair.request),
    ]
    for list in lists {
      _ = try pair.client.submitRequest(list, body: body([]))
      try pair.settle()
    }
    let blocks = pair.serverEvents.compactMap { event -> HeaderBlock? in
      if case .headers(_, let block) = event { block } else { nil }
    }
    #expect(blocks.map(\.fields) == lists.map(\.fields))
    #expect(blocks[0] === blocks[1] && blocks[1] === blocks[2])
    #expect(blocks[3] !== blocks[2])
  }

  @Test func `a header list over the limit is cut and marked`() throws {
    let pair = try SessionPair()
    // One entry of the table, named 4,000 times: few bytes on the wire, 16 MB if it were kept.
    let big = HeaderField("x", String(repeating: "v", count: 4000))
    let fields = SessionPair.request + Array(repeating: big, count: 4)
    _ = try pair.client.submitRequest(
      .fields(fields + Array(repeating: big, count: 10)), body: body([]))
    try pair.settle()
    guard case .headers(_, let block) = pair.serverEvents.first else {
      Issue.record("no headers")
      return
    }
    #expect(block.isOverLimit)
    #expect(block.fields.count < 10)
  }

  @Test func `a reset closes the stream on the other side with its code`() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(
      .fields(SessionPair.request), body: body([1], isFinished: false))
    try pair.settle()
    pair.client.reset(stream, .cancel)
    try pair.settle()
    guard case .closed(stream, .cancel) = pair.serverEvents.last else {
      Issue.record("not closed")
      return
    }
  }

  @Test func `an answer before the end of the request frees the stream`() throws {
    let pair = try SessionPair()
    let stream = try pair.client.submitRequest(
      .fields(SessionPair.request), body: body([1], isFinished: false))
    try pair.settle()
    pair.server.submitResponse(stream, [HeaderField(":status", "200")], body: nil)
    try pair.settle()
    for events in [pair.serverEvents, pair.clientEvents] {
      #expect(
        events.contains { if case .closed(stream, _) = $0 { true } else { false } })
    }
  }

  @Test func `a stream over the limit is refused`() throws {
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = 2
    let pair = try SessionPair(settings)
    try pair.settle()
    for _ in 0..<5 {
      _ = try pair.client.submitRequest(
        .fields(SessionPair.request), body: body([1], isFinished: false))
    }
    try pair.settle()
    let opened = pair.serverEvents.filter { if case .headers = $0 { true } else { false } }
    #expect(opened.count == 2)
  }

  @Test func `bytes that are no HTTP/2 end the session`() throws {
    let server = try HTTP2Session(role: .server)
    let bytes = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    #expect(throws: HTTP2Error.self) { try server.receive(bytes, count: bytes.count) }
  }
}
