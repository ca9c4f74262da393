import EventLoop
import RPCCore
import Testing

@testable import HTTP2
@testable import RPCHTTP2

/// The client side of a call: each input in each state.
@Suite(.timeLimit(.minutes(1)))
struct ClientStreamTests {
  enum State: String, CaseIterable, Sendable {
    case waiting, open, answered, succeeded, failed
  }

  enum Input: String, CaseIterable, Sendable {
    case response, interim, trailersOK, trailersNotFound, http503, otherContent, otherEncoding
    case tooManyFields, message, wrongFlag, endOfStream, lost, deadline, cancel, finishSending
  }

  enum Outcome: Equatable, CustomStringConvertible {
    /// The call goes on, from this state.
    case goesOn(State)
    /// The call is over, and the server has been told or not.
    case ends(StatusCode, isReset: Bool)

    var description: String {
      switch self {
      case .goesOn(let state): "goes on as \(state.rawValue)"
      case .ends(let code, let isReset): "ends with \(code.name)\(isReset ? " and a reset" : "")"
      }
    }
  }

  /// The table. What is not told to the server has no stream there, or has ended it itself.
  private static func outcome(of input: Input, in state: State) -> Outcome {
    switch (state, input) {
    // Nothing changes how a call has ended.
    case (.succeeded, _): .ends(.ok, isReset: false)
    case (.failed, _): .ends(.notFound, isReset: false)
    case (_, .message), (_, .finishSending): .goesOn(state)
    // The caller's own ends.
    case (.waiting, .deadline): .ends(.deadlineExceeded, isReset: false)
    case (.waiting, .cancel): .ends(.cancelled, isReset: false)
    case (_, .deadline): .ends(.deadlineExceeded, isReset: true)
    case (_, .cancel): .ends(.cancelled, isReset: true)
    case (.waiting, .lost): .ends(.unavailable, isReset: false)
    case (_, .lost): .ends(.unavailable, isReset: true)
    // Limits hold wherever a block or a message comes from.
    case (.waiting, .tooManyFields): .ends(.resourceExhausted, isReset: false)
    case (_, .tooManyFields): .ends(.resourceExhausted, isReset: true)
    case (.waiting, .wrongFlag): .ends(.internalError, isReset: false)
    case (_, .wrongFlag): .ends(.internalError, isReset: true)
    // Frames of a connection that the call is not on yet: legitimate drop.
    case (.waiting, _): .goesOn(.waiting)
    case (.open, .response): .goesOn(.answered)
    case (.open, .interim): .goesOn(.open)
    case (_, .trailersOK): .ends(.ok, isReset: false)
    case (_, .trailersNotFound): .ends(.notFound, isReset: false)
    case (.open, .http503): .ends(.unavailable, isReset: true)
    case (.open, .otherEncoding): .ends(.internalError, isReset: true)
    case (.open, .otherContent): .ends(.unknown, isReset: true)
    // The peer's fault: an end, or a second block, without a status.
    case (.open, .endOfStream), (.answered, .endOfStream): .ends(.unknown, isReset: true)
    case (.answered, .response), (.answered, .interim), (.answered, .http503),
      (.answered, .otherContent), (.answered, .otherEncoding):
      .ends(.unknown, isReset: true)
    }
  }

  private static let gRPC = ("content-type", "application/grpc")

  private static func block(_ input: Input) -> HeaderBlock {
    switch input {
    case .interim: .test([(":status", "103")])
    case .trailersOK: .test([(":status", "200"), gRPC, ("grpc-status", "0")])
    case .trailersNotFound: .test([(":status", "200"), gRPC, ("grpc-status", "5")])
    case .http503: .test([(":status", "503")])
    case .otherContent: .test([(":status", "200"), ("content-type", "text/html")])
    case .otherEncoding: .test([(":status", "200"), gRPC, ("grpc-encoding", "br")])
    case .tooManyFields: .test([(":status", "200"), gRPC], isOverLimit: true)
    default: .test([(":status", "200"), gRPC])
    }
  }

  /// A call, its connection, and the number of its ends.
  private final class Call: @unchecked Sendable {
    // Sendable: used on the loop only.

    let stream: ClientStream
    let connection = NotedConnection()
    var ends: [StatusCode] = []

    init(_ loop: EventLoop) {
      let shared = ChannelShared(codecs: MessageCodecs(), options: HTTP2ChannelOptions())
      stream = ClientStream(
        MethodDescriptor(service: "a.B", name: "C", kind: .bidirectional), options: CallOptions(),
        loop: loop, shared: shared, messageBytesMax: 1000)
      stream.whenEnded { [unowned self] status, _ in ends.append(status.code) }
    }

    func bring(to state: State) {
      guard state != .waiting else { return }
      stream.opened(StreamID(1), on: connection)
      guard state != .open else { return }
      stream.received(ClientStreamTests.block(.response))
      guard state != .answered else { return }
      stream.received(
        ClientStreamTests.block(state == .succeeded ? .trailersOK : .trailersNotFound))
    }

    func take(_ input: Input) {
      switch input {
      case .message: stream.received([0, 0, 0, 0, 1, 7], 0..<6)
      case .wrongFlag: stream.received([9, 0, 0, 0, 1, 7], 0..<6)
      case .endOfStream: stream.receivedEnd()
      case .lost:
        stream.closed(RPCError(.unavailable, "lost"), .status(.unavailable, .none))
      case .deadline: stream.end(RPCError(.deadlineExceeded, "late"))
      case .cancel: stream.cancel()
      case .finishSending: stream.finishSending()
      default: stream.received(ClientStreamTests.block(input))
      }
    }

    var isReset: Bool { connection.asked.contains { $0.hasPrefix("reset") } }
  }

  @Test(arguments: State.allCases, Input.allCases)
  func `each input in each state goes on or ends as the table says`(
    state: State, input: Input
  ) async throws {
    try await onLoop { loop in
      let call = Call(loop)
      call.bring(to: state)
      call.take(input)
      let expected = Self.outcome(of: input, in: state)
      switch expected {
      case .ends(let code, let isReset):
        #expect(call.stream.hasEnded, "\(expected)")
        #expect(call.ends == [code], "it ends once")
        #expect(call.isReset == isReset)
      case .goesOn(let next):
        #expect(!call.stream.hasEnded, "\(expected)")
        // The way from that state to a good end is still open.
        if next == .waiting { call.stream.opened(StreamID(1), on: call.connection) }
        if next != .answered { call.stream.received(Self.block(.response)) }
        call.stream.received(Self.block(.trailersOK))
        #expect(call.ends == [.ok])
        #expect(!call.isReset)
      }
    }
  }

  @Test(arguments: State.allCases, Input.allCases)
  func `a reader learns the end, after what came before it`(
    state: State, input: Input
  ) async throws {
    try await onLoop { loop in
      let call = Call(loop)
      call.bring(to: state)
      call.take(input)
      if !call.stream.hasEnded { call.take(.lost) }
      let code = try #require(call.ends.first)
      do throws(RPCError) {
        let first = try await call.stream.receive()
        #expect(first == nil, "a message of a call that failed is dropped")
        #expect(code == .ok)
      } catch {
        #expect(error.code == code)
      }
      #expect(call.ends.count == 1)
      // Every byte goes back to the window, read or dropped.
      let bytes = input == .message || (input == .wrongFlag && state != .waiting) ? 6 : 0
      if state != .waiting { #expect(call.connection.credit == bytes) }
    }
  }

  @Test(arguments: State.allCases, Input.allCases)
  func `a writer waits for nothing once the call is over`(
    state: State, input: Input
  ) async throws {
    try await onLoop { loop in
      let call = Call(loop)
      call.bring(to: state)
      call.take(input)
      guard call.stream.hasEnded else { return }
      await #expect(throws: RPCError.self) { try await call.stream.send([1], compressed: false) }
      await #expect(throws: RPCError.self) { try await call.stream.waitUntilWritable() }
      #expect(call.stream.body.unsentBytes == 0)
    }
  }
}
