import HTTP2
import RPCCore
import RPCTesting
import Testing

@testable import RPCHTTP2

/// Calls that are tried again, against servers that play a script.
@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
  private static let policy = RetryPolicy(
    attemptsMax: 4, backoffInitial: .milliseconds(1), backoffMax: .milliseconds(5))

  private func options(_ policy: RetryPolicy?) -> HTTP2ChannelOptions {
    var options = HTTP2ChannelOptions.nearby
    options.backoff.initial = .milliseconds(5)
    options.retry = policy
    return options
  }

  /// Runs a call while a server plays its script, with one connection after the other.
  private func run<Played: Sendable>(
    _ policy: RetryPolicy? = nil,
    settings: HTTP2Settings = HTTP2Settings(),
    connections: [@Sendable (RawClient) throws -> Played],
    _ call: (HTTP2Channel) async throws -> Void
  ) async throws -> [Played] {
    let server = try RawServer(settings: settings)
    let channel = try HTTP2Channel(target: server.address, options: options(policy))
    async let played = {
      var results: [Played] = []
      for script in connections {
        results.append(
          try await server.play { client in
            let result = try script(client)
            return result
          })
      }
      return results
    }()
    do {
      try await call(channel)
    } catch {
      server.close()
      channel.close()
      throw error
    }
    channel.close()
    return try await played
  }

  // MARK: - Calls that the server has not begun

  @Test func `a refused call is tried again at once, with all its messages`() async throws {
    let seen = try await run(connections: [
      { @Sendable client in
        let first = try client.nextRequest()
        try client.reset(first, .refusedStream)
        let second = try client.nextRequest()
        try client.answer(second, text: "two")
        try client.readToEnd()
        return [first, second]
      }
    ]) { channel async throws in
      let answer: BytesMessage = try await channel.clientStreaming(
        EchoService.collect, options: CallOptions(metadata: ["x-a": "b"])
      ) { (writer: RequestWriter<BytesMessage>) in
        for text in ["one", "", "three"] { try await writer.write(BytesMessage(text)) }
      }
      #expect(answer.text == "two")
    }
    let requests = try #require(seen.first)
    #expect(requests[0].body == requests[1].body)
    #expect(requests[1].body.count == 3 * 5 + 8)
    #expect(requests[1].fields == requests[0].fields, "no grpc-previous-rpc-attempts")
  }

  @Test func `a call that is refused twice is not tried a third time`() async throws {
    let seen = try await run(connections: [
      { @Sendable client in
        for _ in 0..<2 { try client.reset(try client.nextRequest(), .refusedStream) }
        try client.readToEnd()
        return true
      }
    ]) { channel async throws in
      let error = try await failure { _ = try await channel.echo("x") }
      #expect(error.code == .unavailable)
    }
    #expect(seen == [true])
  }

  @Test func `a call above the last id of a GOAWAY goes to the next connection`() async throws {
    let seen = try await run(connections: [
      { @Sendable client in
        let request = try client.nextRequest()
        // GOAWAY, last stream 0, NO_ERROR.
        client.write(WireBytes.frame(7, [0, 0, 0, 0, 0, 0, 0, 0]))
        try client.readToEnd()
        return request
      },
      { @Sendable client in
        let request = try client.nextRequest()
        try client.answer(request, text: "here")
        try client.readToEnd()
        return request
      },
    ]) { channel async throws in
      #expect(try await channel.echo("x") == "here")
    }
    #expect(seen[0].fields == seen[1].fields)
  }

  @Test func `calls below the last id of a GOAWAY end, later ones go elsewhere`() async throws {
    let seen = try await run(connections: [
      { @Sendable client in
        let request = try client.nextRequest()
        client.write(WireBytes.frame(7, [0, 0, 0, UInt8(request.id.rawValue), 0, 0, 0, 0]))
        try client.answer(request, text: "old")
        try client.readToEnd()
        return "first"
      },
      { @Sendable client in
        try client.answer(try client.nextRequest(), text: "new")
        try client.readToEnd()
        return "second"
      },
    ]) { channel async throws in
      #expect(try await channel.echo("x") == "old")
      #expect(try await channel.echo("x") == "new")
    }
    #expect(seen == ["first", "second"])
  }

  @Test func `a call that never left goes to the next connection, however often`() async throws {
    // The server takes one call at a time, so the second one waits in the session.
    var settings = HTTP2Settings()
    settings.concurrentStreamsMax = 1
    let cut: @Sendable (RawClient) throws -> Bool = { client in
      _ = try client.nextRequest()
      return true
    }
    let last: @Sendable (RawClient) throws -> Bool = { client in
      for _ in 0..<2 { try client.answer(try client.nextRequest(), text: "done") }
      try client.readToEnd()
      return true
    }
    _ = try await run(settings: settings, connections: [cut, last]) { channel async throws in
      async let first = Self.code { _ = try await channel.echo("a") }
      async let second = Self.code { _ = try await channel.echo("b") }
      let codes = [await first, await second]
      #expect(codes.filter { $0 == .unavailable }.count == 1, "the one that the server saw")
      #expect(codes.filter { $0 == .ok }.count == 1, "the one that it did not")
      #expect(try await channel.echo("c") == "done")
    }
  }

  private static func code(_ body: () async throws -> Void) async -> StatusCode {
    do {
      try await body()
      return .ok
    } catch {
      return RPCError(translating: error).code
    }
  }

  // MARK: - Policy

  @Test func `a policy tries UNAVAILABLE again and counts the attempts`() async throws {
    let seen = try await run(
      Self.policy,
      connections: [
        { @Sendable client in
          var attempts: [String?] = []
          for _ in 0..<3 {
            let request = try client.nextRequest()
            attempts.append(request["grpc-previous-rpc-attempts"])
            if attempts.count < 3 {
              try client.refuse(request, .unavailable)
            } else {
              try client.answer(request, text: "third")
            }
          }
          try client.readToEnd()
          return attempts
        }
      ]
    ) { channel async throws in
      #expect(try await channel.echo("x") == "third")
    }
    #expect(seen == [[nil, "1", "2"]])
  }

  @Test func `a policy tries again when the connection is lost or a proxy answers`() async throws {
    let seen = try await run(
      Self.policy,
      connections: [
        { @Sendable client in
          _ = try client.nextRequest()
          return "lost"
        },
        { @Sendable client in
          try client.answer(try client.nextRequest(), [(":status", "503")])
          try client.answer(try client.nextRequest(), text: "here")
          try client.readToEnd()
          return "answered"
        },
      ]
    ) { channel async throws in
      #expect(try await channel.echo("x") == "here")
    }
    #expect(seen == ["lost", "answered"])
  }

  @Test func `the last attempt gives its status`() async throws {
    let seen = try await run(
      Self.policy,
      connections: [
        { @Sendable client in
          for number in 1...4 {
            try client.refuse(
              try client.nextRequest(), .unavailable, [("grpc-message", "no \(number)")])
          }
          try client.readToEnd()
          return true
        }
      ]
    ) { channel async throws in
      let error = try await failure { _ = try await channel.echo("x") }
      #expect(error.code == .unavailable)
      #expect(error.message == "no 4")
    }
    #expect(seen == [true])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    var policy: RetryPolicy? = RetryTests.policy
    let answer: @Sendable (RawClient, RawClient.Request) throws -> Void
    let code: StatusCode
    var testDescription: String { name }
  }

  @Test(arguments: [
    Refusal(
      name: "no policy", policy: nil, answer: { try $0.refuse($1, .unavailable) },
      code: .unavailable),
    Refusal(
      name: "a policy of one attempt", policy: .never, answer: { try $0.refuse($1, .unavailable) },
      code: .unavailable),
    Refusal(
      name: "a code that the policy does not name", answer: { try $0.refuse($1, .notFound) },
      code: .notFound),
    Refusal(
      name: "a pushback below zero",
      answer: { try $0.refuse($1, .unavailable, [("grpc-retry-pushback-ms", "-1")]) },
      code: .unavailable),
    Refusal(
      name: "a pushback that is no number",
      answer: { try $0.refuse($1, .unavailable, [("grpc-retry-pushback-ms", "soon")]) },
      code: .unavailable),
    Refusal(
      name: "headers before the status",
      answer: {
        try $0.answer($1, body: [], trailers: [("grpc-status", "14")])
      }, code: .unavailable),
    Refusal(
      name: "an answer that breaks the rules",
      answer: { try $0.answer($1, RawClient.headers + [("grpc-encoding", "snappy")]) },
      code: .internalError),
  ])
  func `a call is not tried again after`(refusal: Refusal) async throws {
    let seen = try await run(
      refusal.policy,
      connections: [
        { @Sendable client in
          try refusal.answer(client, try client.nextRequest())
          // The next request is another call: it has other bytes.
          let next = try client.nextRequest()
          try client.answer(next, text: "next")
          try client.readToEnd()
          return next.body
        }
      ]
    ) { channel async throws in
      let error = try await failure { _ = try await channel.echo("x") }
      #expect(error.code == refusal.code)
      #expect(try await channel.echo("another") == "next")
    }
    #expect(seen == [[0, 0, 0, 0, 7] + Array("another".utf8)])
  }

  @Test func `a pushback says when the next attempt comes`() async throws {
    let clock = ContinuousClock()
    let seen = try await run(
      Self.policy,
      connections: [
        { @Sendable client in
          try client.refuse(
            try client.nextRequest(), .unavailable, [("grpc-retry-pushback-ms", "100")])
          let start = clock.now
          try client.answer(try client.nextRequest(), text: "later")
          let waited = start.duration(to: clock.now)
          try client.readToEnd()
          return waited
        }
      ]
    ) { channel async throws in
      #expect(try await channel.echo("x") == "later")
    }
    let waited: Duration = try #require(seen.first)
    #expect(waited >= .milliseconds(99))
  }

  @Test func `a call that is larger than the buffer is not tried again`() async throws {
    let seen = try await run(
      Self.policy,
      connections: [
        { @Sendable client in
          let request = try client.nextRequest()
          try client.refuse(request, .unavailable)
          try client.readToEnd()
          return request.body.count
        }
      ]
    ) { channel async throws in
      let error = try await failure {
        let _: BytesMessage = try await channel.unary(
          BytesMessage([UInt8](repeating: 1, count: 300_000)), EchoService.echo)
      }
      #expect(error.code == .unavailable)
    }
    #expect(seen == [300_005])
  }

  @Test func `the deadline and the caller end the wait for the next attempt`() async throws {
    let slow = RetryPolicy(backoffInitial: .seconds(3000), backoffMax: .seconds(3000))
    let seen = try await run(
      slow,
      connections: [
        { @Sendable client in
          // Refuses every call until the client closes.
          while let request = try? client.nextRequest() {
            try client.refuse(request, .unavailable)
          }
          return true
        }
      ]
    ) { channel async throws in
      let late = try await failure {
        _ = try await channel.echo("x", options: CallOptions(timeout: .milliseconds(100)))
      }
      #expect(late.code == .deadlineExceeded)
      let before = await channel.statistics().retries
      let call = try await channel.open(EchoService.echo, options: CallOptions())
      let ended = Tally()
      call.whenEnded { status, _ in
        #expect(status.code == .cancelled)
        ended.increment()
      }
      try await call.send([])
      call.finishSending()
      // Until the status of the first attempt is here, cancelling resets the stream.
      while await channel.statistics().retries <= before {
        try await Task.sleep(for: .milliseconds(1))
      }
      call.cancel()
      await ended.wait(for: 1)
    }
    #expect(seen == [true])
  }

  @Test func `our own server says when it wants a retry, and sees the attempts`() async throws {
    let attempts = Tally()
    let service = ProbeService(ask: { _, context in
      attempts.increment()
      #expect(context.previousAttempts == attempts.count - 1)
      switch attempts.count {
      case 1: context.pushBackRetry(.milliseconds(2))
      case 2: context.pushBackRetry(nil)
      default: return BytesMessage("too often")
      }
      throw RPCError(.unavailable, "attempt \(attempts.count)")
    })
    let router = RPCRouter(services: [service])
    try await withServer(router, channelOptions: options(Self.policy)) { _, channel in
      let error = try await failure { _ = try await channel.ask("x") }
      #expect(error.message == "attempt 2")
      #expect(error.metadata.isEmpty, "the pushback belongs to the protocol")
    }
  }
}

/// The decision alone: each failure in each situation.
@Suite struct CallAttemptsTests {
  private func decide(
    _ failures: [CallAttempts.Failure],
    _ policy: RetryPolicy? = RetryPolicy(attemptsMax: 3, backoffInitial: .seconds(1)),
    throttle: RetryThrottle = RetryThrottle()
  ) -> (decisions: [Bool], previous: Int, waits: [Duration]) {
    var attempts = CallAttempts()
    var throttle = throttle
    var generator = SeededGenerator(state: 7)
    var decisions: [Bool] = []
    var waits: [Duration] = []
    for failure in failures {
      switch attempts.failed(
        failure, policy: policy, throttle: &throttle, using: &generator)
      {
      case .end: decisions.append(false)
      case .again(let wait):
        decisions.append(true)
        waits.append(wait)
      }
    }
    return (decisions, attempts.previous, waits)
  }

  private static let unavailable = CallAttempts.Failure.status(.unavailable, .none)

  @Test func `without a policy only what the server has not begun is tried again`() {
    #expect(decide([.unsent, .unsent, .unsent], nil).decisions == [true, true, true])
    #expect(decide([.refused, .refused], nil).decisions == [true, false])
    #expect(decide([Self.unavailable], nil).decisions == [false])
    #expect(decide([.unsent, .refused, .unsent], nil).previous == 0)
  }

  @Test func `a policy counts the attempts that the server has seen`() {
    let result = decide([Self.unavailable, .unsent, Self.unavailable, Self.unavailable])
    #expect(result.decisions == [true, true, true, false])
    #expect(result.previous == 2)
    #expect(decide([.refused, .refused]).decisions == [true, true], "the second is UNAVAILABLE")
    #expect(decide([.status(.aborted, .none)]).decisions == [false])
  }

  @Test func `waits grow, with jitter, and begin anew after a pushback`() throws {
    let policy = RetryPolicy(
      attemptsMax: 5, backoffInitial: .seconds(1), backoffMax: .seconds(3), backoffMultiplier: 2)
    let waits = decide(
      [
        Self.unavailable, Self.unavailable, Self.unavailable,
      ], policy
    ).waits
    for (wait, seconds) in zip(waits, [1, 2, 3]) {
      #expect(wait >= .seconds(seconds) * 0.8 && wait <= .seconds(seconds) * 1.2)
    }
    let pushed = decide(
      [Self.unavailable, .status(.unavailable, .after(.seconds(9))), Self.unavailable], policy
    ).waits
    #expect(pushed[1] == .seconds(9))
    #expect(pushed[2] <= .seconds(1) * 1.2)
  }

  @Test(
    arguments: [
      (nil, .none), ("0", .after(.zero)), ("250", .after(.milliseconds(250))), ("-1", .never),
      ("", .never), ("1.5", .never), ("99999999999", .never), ("soon", .never),
    ] as [(String?, RetryPushback)])
  func `a pushback is a number of milliseconds or forbids`(
    text: String?,
    pushback: RetryPushback
  ) {
    #expect(RetryPushback(parsing: text) == pushback)
  }

  @Test func `failures use up the tokens of all calls, successes bring them back`() {
    var throttle = RetryThrottle(tokensMax: 4, tokenRatio: 0.5)
    #expect(throttle.allowsRetries)
    throttle.failed()
    #expect(throttle.allowsRetries)
    throttle.failed()
    #expect(!throttle.allowsRetries, "half of the tokens is not enough")
    #expect(decide([Self.unavailable], throttle: throttle).decisions == [false])
    #expect(decide([.unsent, .refused], throttle: throttle).decisions == [true, true])
    throttle.succeeded()
    #expect(throttle.allowsRetries)
    for _ in 0..<100 { throttle.succeeded() }
    throttle.failed()
    #expect(throttle.allowsRetries, "never more than all tokens")
    throttle.failed()
    #expect(!throttle.allowsRetries)
  }

  @Test func `a policy never has more than five attempts`() {
    #expect(RetryPolicy(attemptsMax: 100).attemptsMax == 5)
    #expect(RetryPolicy.never.attemptsMax == 1)
  }
}
