import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
  private func server(at address: ServiceAddress) throws -> (EchoService, HTTP2Server) {
    let service = EchoService()
    let server = try HTTP2Server(
      addresses: [address], router: RPCRouter(services: [service]))
    return (service, server)
  }

  @Test func `a port in use is named`() async throws {
    try await withEcho { _, first, _ in
      let address = try #require(first.boundAddresses.first)
      let second = try HTTP2Server(addresses: [address], router: RPCRouter())
      let error = try await failure { try await second.start() }
      #expect(error.code == .alreadyExists)
      #expect(error.message.contains("\(address)"))
      #expect(error.message.contains("in use"))
    }
  }

  @Test func `a unix socket in use is not replaced, a stale one is`() async throws {
    try await withEcho(at: .unix) { _, first, channel in
      let address = try #require(first.boundAddresses.first)
      let second = try HTTP2Server(addresses: [address], router: RPCRouter())
      let error = try await failure { try await second.start() }
      #expect(error.code == .alreadyExists)
      #expect(try await channel.echo("still there") == "still there")
    }
    let address = Place.unix.address()
    try leaveStaleSocket(at: address)
    let (_, server) = try server(at: address)
    try await server.start()
    let channel = try HTTP2Channel(target: address)
    #expect(try await channel.echo("x") == "x")
    channel.close()
    await server.shutdown(grace: .zero)
  }

  @Test func `a server that is not there fails the call at once`() async throws {
    let channel = try HTTP2Channel(target: .unix(path: "/tmp/southbound-nobody.sock"))
    let error = try await failure { _ = try await channel.echo("x") }
    #expect(error.code == .unavailable)
    #expect(error.message.contains("unix:///tmp/southbound-nobody.sock"))
    // While backing off it fails with the same words, without another attempt.
    let second = try await failure { _ = try await channel.echo("x") }
    #expect(second.message == error.message)
  }

  @Test func `a call that waits for readiness gets through when the server comes`() async throws {
    let address = Place.unix.address()
    var options = HTTP2ChannelOptions()
    options.backoff.initial = .milliseconds(10)
    let channel = try HTTP2Channel(target: address, options: options)
    _ = try await failure { _ = try await channel.echo("x") }
    async let answer = channel.echo("patience", options: CallOptions(waitForReady: true))
    let (_, server) = try server(at: address)
    try await server.start()
    #expect(try await answer == "patience")
    channel.close()
    await server.shutdown(grace: .zero)
  }

  @Test func `a channel reconnects after its connection is lost`() async throws {
    let address = Place.unix.address()
    var options = HTTP2ChannelOptions()
    options.backoff.initial = .milliseconds(10)
    let channel = try HTTP2Channel(target: address, options: options)
    for round in 0..<3 {
      let (service, server) = try server(at: address)
      try await server.start()
      let patient = CallOptions(waitForReady: true)
      #expect(try await channel.echo("\(round)", options: patient) == "\(round)")
      async let hanging = failure { _ = try await channel.echo("hang") }
      await service.hanging.wait(for: 1)
      await server.shutdown(grace: .zero)
      #expect(try await hanging.code == .unavailable)
    }
    channel.close()
  }

  @Test func `a graceful shutdown lets calls end and takes no more`() async throws {
    try await withEcho { _, server, channel in
      let call = try await channel.open(EchoService.chat, options: CallOptions())
      try await call.send([1])
      #expect(try await call.receive() == [1])
      async let down: Void = server.shutdown(grace: .seconds(30))
      // The call goes on while the server drains.
      for number in 0..<50 {
        try await call.send([UInt8(number)])
        #expect(try await call.receive() == [UInt8(number)])
      }
      call.finishSending()
      #expect(try await call.receive() == nil)
      await down
      let error = try await failure { _ = try await channel.echo("late") }
      #expect(error.code == .unavailable)
    }
  }

  @Test func `the grace of a shutdown is an end`() async throws {
    try await withEcho { service, server, channel in
      let call = try await channel.open(EchoService.chat, options: CallOptions())
      try await call.send([1])
      #expect(try await call.receive() == [1])
      await server.shutdown(grace: .milliseconds(20))
      let error = try await failure { _ = try await call.receive() }
      #expect(error.code == .unavailable)
      await service.cancelled.wait(for: 1)
    }
  }

  @Test func `cancelling run shuts the server down`() async throws {
    let (_, server) = try server(at: Place.tcp.address())
    try await server.start()
    let run = Task { try await server.run() }
    run.cancel()
    try await run.value
  }

  @Test func `a closed channel refuses calls`() async throws {
    try await withEcho { _, _, channel in
      channel.close()
      let error = try await failure { _ = try await channel.echo("x") }
      #expect(error.code == .cancelled)
    }
  }
}
