@testable import HTTP2
@testable import RPCCore
@testable import RPCHTTP2

/// A parser of foreign bytes, called with any bytes: it may refuse them, and must not stop the
/// process or break a rule that is checked here.
enum FuzzTarget: String, CaseIterable, Sendable {
  /// DATA to messages.
  case deframer
  /// Fields to metadata, status, time-out and content type.
  case headers
  /// Frame headers of a peer.
  case inspector
  /// A whole session of a server.
  case session
  /// The deepest message type, through the guards before protobuf-c.
  case message
  /// A model file, by the parser and the formatter.
  case syntax
  /// A model file, compiled.
  case model
  /// Each byte a word of the language; compiled.
  case words
  /// A regular expression, a newline, and the text that it is tried on.
  case regex
  /// A template, rendered.
  case template

  /// How many mutations a test tries; a compile takes longer than the parsing of a message.
  var mutationCount: Int {
    switch self {
    case .model, .words: 200
    case .syntax, .regex, .template: 1000
    default: 3000
    }
  }

  func run(_ bytes: [UInt8]) {
    switch self {
    case .deframer: Self.deframe(bytes)
    case .headers: Self.readHeaders(bytes)
    case .inspector: Self.inspect(bytes)
    case .session: Self.serve(bytes)
    case .message: Self.decode(bytes)
    case .syntax: Self.parse(bytes)
    case .model: Self.compile(bytes)
    case .words: Self.compile(Array(Self.text(ofWords: bytes).utf8))
    case .regex: Self.match(bytes)
    case .template: Self.render(bytes)
    }
  }

  /// The first byte chooses the size of the pieces; credit never passes what came.
  private static func deframe(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let limit = 1 << 16
    var inbound = InboundMessages(messageBytesMax: limit)
    inbound.acceptsCompressed = first & 0x80 != 0
    let piece = Int(first & 0x7F) + 1
    var received = 0
    var credited = 0
    do throws(RPCError) {
      for start in stride(from: 1, to: bytes.count, by: piece) {
        let range = start..<min(start + piece, bytes.count)
        received += range.count
        credited += try inbound.append(bytes, range)
        while let taken = try inbound.next() {
          precondition(taken.message.count <= limit, "a message is over the limit")
          credited += taken.credit
        }
        precondition(credited <= received, "more was credited than came")
      }
      credited += inbound.removeAll()
      precondition(credited == received, "\(received) bytes came, \(credited) were credited")
    } catch {
      precondition(error.code != .ok, "a refusal without a code")
    }
  }

  /// Lines of `name: value`.
  private static func readHeaders(_ bytes: [UInt8]) {
    var fields: [HeaderField] = []
    for line in bytes.split(separator: 10) {
      let parts = line.split(separator: 58, maxSplits: 1)
      guard parts.count == 2 else { continue }
      fields.append(
        HeaderField(
          String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self)))
    }
    let block = HeaderBlock(fields)
    if let metadata = try? CallHeaders.metadata(of: block) {
      // What was received can be sent on.
      _ = CallHeaders.trailers(Status(.ok), metadata)
    }
    if let status = CallHeaders.status(of: block) { _ = CallHeaders.trailers(status, [:]) }
    _ = block["grpc-timeout"].flatMap { GRPCTimeout.parse($0) }
    _ = CallHeaders.isGRPC(block["content-type"])
    let text = String(decoding: bytes, as: UTF8.self)
    precondition(
      StatusMessage.decode(StatusMessage.encode(String(text.prefix(1000)))).utf8.count
        <= text.utf8.count, "a status message grew on its way")
    if let decoded = Base64.decode(text) {
      precondition(Base64.decode(Base64.encode(decoded)) == decoded, "base64 lost something")
    }
  }

  /// The verdict does not depend on how the bytes are cut.
  private static func inspect(_ bytes: [UInt8]) {
    let now = ContinuousClock.now
    let preface = [UInt8](repeating: 0, count: FrameInspector.prefaceBytes)
    let all = preface + bytes
    var whole = FrameInspector(role: .server)
    let expected = whole.inspect(all, count: all.count, now: now)
    var cut = FrameInspector(role: .server)
    var violation: FrameInspector.Violation?
    for start in stride(from: 0, to: all.count, by: 7) where violation == nil {
      let part = Array(all[start..<min(start + 7, all.count)])
      violation = cut.inspect(part, count: part.count, now: now)
    }
    precondition(violation?.code == expected?.code, "pieces mean something else")
  }

  private static func serve(_ bytes: [UInt8]) {
    guard let session = try? HTTP2Session(role: .server) else { return }
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
    for part in [preface, bytes] {
      guard (try? session.receive(part, count: part.count)) != nil else { return }
      for event in session.takeEvents() {
        switch event {
        case .headers(let stream, _):
          let body = OutboundBody()
          body.append { $0 += [0, 0, 0, 0, 0] }
          body.finish(trailers: [HeaderField("grpc-status", "0")])
          session.submitResponse(stream, [HeaderField(":status", "200")], body: body)
        case .data(let stream, let range): session.consume(range.count, stream: stream)
        default: continue
        }
      }
      guard (try? session.produceOutput(upTo: 1 << 16)) != nil else { return }
      session.output = []
    }
  }
}
