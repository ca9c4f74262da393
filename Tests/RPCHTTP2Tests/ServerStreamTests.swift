import EventLoop
import RPCCore
import RPCTesting
import Testing

@testable import HTTP2
@testable import RPCHTTP2

/// The server side of a call: each input in each state.
@Suite(.timeLimit(.minutes(1)))
struct ServerStreamTests {
  enum State: String, CaseIterable, Sendable {
    /// A unary call before its request.
    case opened
    /// A handler that waits for a request.
    case running
    /// A handler that has sent a response, and waits.
    case streaming
    case answered
    case gone
  }

  enum Input: String, CaseIterable, Sendable {
    case message, wrongFlag, tooLarge, endOfStream, endInsideMessage, reset, deadline, stall
    /// What the handler does next.
    case handlerWrites, handlerReturns, handlerThrows
  }

  enum Outcome: Equatable, CustomStringConvertible {
    case goesOn
    /// The client gets this status, once.
    case answers(StatusCode)
    /// The client gets no more than a reset.
    case resets
    /// Nobody is there to be told.
    case isOver

    var description: String {
      switch self {
      case .goesOn: "goes on"
      case .answers(let code): "answers \(code.name)"
      case .resets: "resets"
      case .isOver: "is over"
      }
    }
  }

  /// The table.
  private static func outcome(of input: Input, in state: State) -> Outcome {
    switch (state, input) {
    case (.gone, _): .isOver
    case (_, .reset) where state != .answered: .isOver
    // What comes after the answer is dropped, unless the client stands still before it.
    case (.answered, .stall): .resets
    case (.answered, _): .answers(.ok)
    case (_, .message), (.running, .handlerWrites), (.streaming, .handlerWrites): .goesOn
    case (_, .wrongFlag), (_, .endInsideMessage): .answers(.internalError)
    case (_, .tooLarge): .answers(.resourceExhausted)
    case (_, .deadline): .answers(.deadlineExceeded)
    // Nothing was begun: the client is told. Otherwise it would not read what it is told.
    case (.opened, .stall): .answers(.deadlineExceeded)
    case (_, .stall): .resets
    // The end comes before the only request.
    case (.opened, .endOfStream): .answers(.unimplemented)
    // A unary handler runs when its request is complete, not before.
    case (.opened, .handlerWrites), (.opened, .handlerReturns), (.opened, .handlerThrows): .goesOn
    case (_, .endOfStream), (_, .handlerReturns): .answers(.ok)
    case (_, .handlerThrows): .answers(.notFound)
    default: preconditionFailure("every row is above")
    }
  }

  /// What the bytes of a request have the handler do.
  private enum Command {
    static let wait: UInt8 = 0
    static let write: UInt8 = 1
    static let end: UInt8 = 2
    static let fail: UInt8 = 3
  }

  private static let router = RPCRouter(services: [
    ProbeService(talk: { requests, responses, _ in
      for try await request in requests {
        switch request.bytes.first {
        case Command.write: try await responses.write(request)
        case Command.end: return
        case Command.fail: throw RPCError(.notFound, "as it was told")
        default: continue
        }
      }
    })
  ])

  /// A call, its connection, and the number of its handlers.
  fileprivate final class Call: @unchecked Sendable {
    // Sendable: used on the loop only.

    let stream: ServerStream
    let connection = NotedConnection()
    var handlers: Int { connection.handlers }

    init(_ loop: EventLoop) {
      stream = ServerStream(
        loop: loop, codecs: MessageCodecs(), messageBytesMax: 1000, startedAt: .now)
    }

    func bring(to state: State) async {
      stream.id = StreamID(1)
      stream.connection = connection
      let method = state == .opened ? ProbeService.ask : ProbeService.talk
      guard
        let head = try? RequestHead(
          .test([(":path", method.path)]), router: ServerStreamTests.router)
      else { preconditionFailure("the router of the test knows the method") }
      stream.open(head, peer: "a test", identity: nil)
      switch state {
      case .opened, .running: break
      case .streaming: tell(Command.write)
      case .answered: tell(Command.end)
      case .gone: stream.closed(RPCError(.cancelled, "the client left"))
      }
      await settle()
    }

    private func tell(_ command: UInt8) { stream.received([0, 0, 0, 0, 1, command], 0..<6) }

    func take(_ input: Input) async {
      switch input {
      case .message: tell(Command.wait)
      case .wrongFlag: stream.received([9, 0, 0, 0, 1, 7], 0..<6)
      case .tooLarge: stream.received([0, 0, 1, 0, 0, 7], 0..<6)
      case .endOfStream: stream.receivedEnd()
      case .endInsideMessage:
        stream.received([0, 0, 0, 0, 9, 7], 0..<6)
        stream.receivedEnd()
      case .reset: stream.closed(RPCError(.cancelled, "the client left"))
      case .deadline: stream.end(RPCError(.deadlineExceeded, "late"))
      case .stall: stream.stall(.seconds(1))
      case .handlerWrites: tell(Command.write)
      case .handlerReturns: tell(Command.end)
      case .handlerThrows: tell(Command.fail)
      }
      await settle()
    }

    /// Lets the handler run until it waits; it is on the same loop.
    private func settle() async {
      for _ in 0..<20 { await Task.yield() }
    }

    /// The statuses that the client gets, by headers or by trailers.
    var statuses: [String] {
      var found = connection.asked.compactMap { asked in
        asked.split(separator: "status ").dropFirst().first.map(String.init)
      }
      if case .trailers(let fields) = stream.body.ending {
        found += fields.fields.filter { $0.name == "grpc-status" }.map(\.value)
      }
      return found
    }

    var isReset: Bool { connection.asked.contains { $0.hasPrefix("reset") } }
  }

  @Test(arguments: State.allCases, Input.allCases)
  func `each input in each state answers as the table says`(
    state: State, input: Input
  ) async throws {
    try await onLoop { loop in
      let call = Call(loop)
      await call.bring(to: state)
      await call.take(input)
      let expected = Self.outcome(of: input, in: state)
      #expect(call.isReset == (expected == .resets))
      switch expected {
      case .answers(let code): #expect(call.statuses == ["\(code.rawValue)"], "\(expected)")
      case .goesOn, .isOver: #expect(call.statuses == [], "\(expected)")
      case .resets: #expect(call.statuses == (state == .answered ? ["0"] : []))
      }
      let isOver = expected != .goesOn && expected != .resets
      #expect(
        call.handlers == (isOver || state == .opened || state == .answered ? 0 : 1),
        "a handler runs as long as its call")
    }
  }

  @Test(arguments: State.allCases, Input.allCases)
  func `a connection that ends takes every call with it`(state: State, input: Input) async throws {
    try await onLoop { loop in
      let call = Call(loop)
      await call.bring(to: state)
      await call.take(input)
      let statuses = call.statuses
      await call.take(.reset)
      #expect(call.handlers == 0)
      #expect(call.statuses == statuses, "nothing is said after the end")
      await #expect(throws: RPCError.self) { try await call.stream.send([1], compressed: false) }
      await #expect(throws: RPCError.self) { _ = try await call.stream.receive() }
      // Every byte goes back to the window, read or dropped.
      let bytes = call.receivedBytes(state, input)
      #expect(call.connection.credit == bytes)
    }
  }
}

extension ServerStreamTests.Call {
  /// The bytes that the stream took before it was gone.
  fileprivate func receivedBytes(
    _ state: ServerStreamTests.State, _ input: ServerStreamTests.Input
  ) -> Int {
    let before = state == .streaming || state == .answered ? 6 : 0
    guard state != .gone else { return 0 }
    switch input {
    case .endOfStream, .reset, .deadline, .stall: return before
    default: return before + 6
    }
  }
}
