import RPCCore
import RPCHTTP2
import RPCTesting
import Synchronization
import Testing

/// Interceptors of both sides, for all kinds of call over all transports.
@Suite(.timeLimit(.minutes(1)))
struct InterceptorTests {
  /// What tests gather from other threads.
  final class Log<Entry: Sendable>: Sendable {
    private let storage = Mutex<[Entry]>([])
    let tally = Tally()

    var entries: [Entry] { storage.withLock { $0 } }

    func append(_ entry: Entry) {
      storage.withLock { $0.append(entry) }
      tally.increment()
    }
  }

  @Test(arguments: Transport.allCases, CallKind.allCases)
  func `each call is logged, counted and traced on both sides`(
    transport: Transport,
    kind: CallKind
  ) async throws {
    let records = Log<CallRecord>()
    let traces = Log<TraceContext>()
    let logging = CallLogging { records.append($0) }
    let metrics = (client: CallMetrics(), server: CallMetrics())
    let router = RPCRouter(
      services: [EchoService()],
      interceptors: [
        logging, metrics.server,
        TracingServerInterceptor { _, trace, _, _ in traces.append(trace) },
      ])
    try await transport.withChannel(to: router) { base in
      let channel = base.intercepted(
        by: TracingClientInterceptor { _, trace, _, _ in traces.append(trace) }, logging,
        metrics.client)
      try await kind.run(on: channel)
    }
    await records.tally.wait(for: 2)
    await traces.tally.wait(for: 2)
    #expect(Set(records.entries.map(\.side)) == [.client, .server])
    for record in records.entries {
      #expect(record.method == kind.method)
      #expect(record.status.code == .ok)
      #expect(record.duration > .zero)
    }
    #expect(Set(traces.entries.map(\.traceID)).count == 1)
    #expect(Set(traces.entries.map(\.spanID)).count == 2)
    for side in [metrics.client, metrics.server] {
      let method = try #require(side.snapshot().first)
      #expect(method.path == kind.method.path)
      #expect(method.started == 1 && method.succeeded == 1 && method.underWay == 0)
      #expect(method.latency.count == 1 && method.latency.mean > .zero)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a failed call has the same code in all records`(transport: Transport) async throws {
    let records = Log<CallRecord>()
    let logging = CallLogging(.failures) { records.append($0) }
    let metrics = CallMetrics()
    let router = RPCRouter(services: [EchoService()], interceptors: [logging, metrics])
    try await transport.withChannel(to: router) { base in
      let channel = base.intercepted(by: logging, metrics)
      #expect(try await channel.echo("fine") == "fine")
      let error = try await failure { _ = try await channel.echo("fail") }
      #expect(error.code == .notFound)
      let late = try await failure {
        _ = try await channel.echo("hang", options: CallOptions(timeout: .milliseconds(50)))
      }
      #expect(late.code == .deadlineExceeded)
    }
    await records.tally.wait(for: 4)
    let codes = { side in records.entries.filter { $0.side == side }.map(\.status.code) }
    #expect(codes(.client) == [.notFound, .deadlineExceeded])
    #expect(codes(.server).first == .notFound)
    // The reset of the client may come before the server's own timer.
    #expect([.deadlineExceeded, .cancelled].contains(codes(.server).last))
    let counted = try #require(metrics.snapshot().first)
    #expect(counted.succeeded == 2 && counted.failed == 4 && counted.underWay == 0)
    #expect(counted.ended[.notFound] == 2)
  }

  @Test(arguments: Transport.allCases)
  func `a call that its caller leaves is logged as cancelled`(transport: Transport) async throws {
    let records = Log<CallRecord>()
    let router = RPCRouter(services: [EchoService()])
    try await transport.withChannel(to: router) { base in
      let channel = base.intercepted(by: CallLogging { records.append($0) })
      try await channel.bidirectional(EchoService.chat) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        try await writer.write(BytesMessage("once"))
        _ = try await responses.next()
      }
      await records.tally.wait(for: 1)
    }
    #expect(records.entries.map(\.status.code) == [.cancelled])
  }

  @Test func `a call that cannot be opened is counted and logged too`() async throws {
    let records = Log<CallRecord>()
    let metrics = CallMetrics()
    let base = try HTTP2Channel(target: .unix(path: "/tmp/southbound-nobody.sock"))
    let channel = base.intercepted(by: CallLogging { records.append($0) }, metrics)
    let error = try await failure { _ = try await channel.echo("x") }
    #expect(error.code == .unavailable)
    base.close()
    let closed = try await failure { _ = try await channel.echo("x") }
    #expect(closed.code == .cancelled)
    #expect(records.entries.map(\.status.code) == [.unavailable, .cancelled])
    #expect(metrics.snapshot().first?.failed == 2)
  }

  @Test func `interceptors nest in their order, and one may refuse the call`() async throws {
    struct Marking: ClientInterceptor {
      let mark: String

      func intercept(
        _ method: MethodDescriptor,
        _ options: CallOptions,
        next: Next
      ) async throws(RPCError) -> any ClientCallStream {
        guard options.metadata["x-refused"] == nil else {
          throw RPCError(.failedPrecondition, "refused by \(mark)")
        }
        var options = options
        try options.metadata.append(mark, forKey: "x-mark")
        return try await next(options)
      }
    }
    try await withEcho { _, _, base in
      let channel = base.intercepted(by: Marking(mark: "outer"), Marking(mark: "inner"))
      let call = try await channel.open(EchoService.echo, options: CallOptions())
      try await call.send([])
      call.finishSending()
      let marks = try await call.initialMetadata().values(forKey: "x-mark")
      #expect(marks == [.string("outer"), .string("inner")])
      call.cancel()
      let error = try await failure {
        _ = try await channel.echo("x", options: CallOptions(metadata: ["x-refused": "1"]))
      }
      #expect(error.message == "refused by outer")
    }
  }
}

/// Bearer tokens, from the client's interceptor to the server's.
@Suite(.timeLimit(.minutes(1)))
struct AuthenticationTests {
  private static let alice = Principal(name: "alice", attributes: ["role": "operator"])

  private func router(_ seen: InterceptorTests.Log<Principal?>) -> RPCRouter {
    let authentication = BearerAuthentication(
      tokens: ["s3cret": Self.alice, "guest": Principal(name: "guest")],
      openServices: [EchoService.name],
      isAllowed: { principal, method in method.name != "Ask" || principal == Self.alice })
    let probe = ProbeService(ask: { request, context in
      seen.append(context.principal)
      return request
    })
    return RPCRouter(services: [probe, EchoService()], interceptors: [authentication])
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let header: [Metadata.Value]
    let code: StatusCode
    var testDescription: String { "\(header)" }
  }

  @Test(arguments: [
    Row(header: [], code: .unauthenticated),
    Row(header: ["Bearer s3cret"], code: .ok),
    Row(header: ["bearer   s3cret"], code: .ok),  // RFC 9110: the scheme has no case.
    Row(header: ["Bearer s3cre"], code: .unauthenticated),
    Row(header: ["Bearer s3cret2"], code: .unauthenticated),
    Row(header: ["Bearer S3CRET"], code: .unauthenticated),
    Row(header: ["Bearer"], code: .unauthenticated),
    Row(header: [""], code: .unauthenticated),
    Row(header: ["Basic s3cret"], code: .unauthenticated),
    Row(header: ["Bearer s3cret", "Bearer s3cret"], code: .unauthenticated),  // Which counts?
    Row(header: ["Bearer guest"], code: .permissionDenied),
  ])
  func `only a known token that may call the method gets through`(row: Row) async throws {
    let seen = InterceptorTests.Log<Principal?>()
    for transport in Transport.allCases {
      try await transport.withChannel(to: router(seen)) { channel in
        var metadata = Metadata()
        for case .string(let text) in row.header {
          try metadata.append(text, forKey: "authorization")
        }
        var code = StatusCode.ok
        do throws(RPCError) {
          _ = try await channel.ask("x", options: CallOptions(metadata: metadata))
        } catch {
          code = error.code
          #expect(!error.message.contains("s3cret"), "a token is never repeated")
        }
        #expect(code == row.code)
        // A service that is open needs none.
        #expect(try await channel.echo("x") == "x")
      }
    }
    #expect(seen.entries == (row.code == .ok ? Transport.allCases.map { _ in Self.alice } : []))
  }

  @Test func `credentials of the client are sent with each call, and renewed`() async throws {
    let seen = InterceptorTests.Log<Principal?>()
    try await withServer(router(seen)) { _, base in
      let asked = Counter()
      let channel = base.intercepted(
        by: CallCredentials.bearer {
          asked.increment()
          return asked.value == 1 ? "expired" : "s3cret"
        })
      let error = try await failure { _ = try await channel.ask("x") }
      #expect(error.code == .unauthenticated)
      // What the caller itself put there gives way.
      let options = CallOptions(metadata: ["authorization": "Bearer guest"])
      #expect(try await channel.ask("y", options: options) == "y")
      #expect(try await base.intercepted(by: CallCredentials.bearer("s3cret")).ask("z") == "z")
    }
    #expect(seen.entries.count == 2)
  }

  @Test func `a credential that cannot be made ends the call before it is sent`() async throws {
    struct Broken: Error, CustomStringConvertible { let description = "token s3cret is broken" }
    let seen = InterceptorTests.Log<Principal?>()
    try await withServer(router(seen)) { _, base in
      for (thrown, code) in [
        (Broken(), .unauthenticated), (RPCError(.unavailable, "vault is sealed"), .unavailable),
        (CancellationError(), .cancelled),
      ] as [(any Error, StatusCode)] {
        let channel = base.intercepted(by: CallCredentials.bearer { throw thrown })
        let error = try await failure { _ = try await channel.ask("x") }
        #expect(error.code == code)
        #expect(!error.message.contains("s3cret"))
      }
      // A newline would end the header.
      let channel = base.intercepted(by: CallCredentials.bearer("a\nb"))
      let error = try await failure { _ = try await channel.ask("x") }
      #expect(error.code == .invalidArgument)
    }
    #expect(seen.entries.isEmpty)
  }

  @Test func `a check that fails for reasons of its own is unavailable`() async throws {
    struct Down: Error {}
    let router = RPCRouter(
      services: [ProbeService()], interceptors: [BearerAuthentication { _ in throw Down() }])
    try await withServer(router) { _, base in
      let channel = base.intercepted(by: CallCredentials.bearer("x"))
      let error = try await failure { _ = try await channel.ask("x") }
      #expect(error.code == .unavailable)
    }
  }
}
