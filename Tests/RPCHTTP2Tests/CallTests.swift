import RPCCore
import RPCHTTP2
import RPCTesting
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CallTests {
  @Test(arguments: Place.allCases)
  func `a unary call brings the same bytes back`(place: Place) async throws {
    try await withEcho(at: place) { _, _, channel in
      for size in [0, 1, 5, 70_000, 3_000_000] {
        let request = BytesMessage([UInt8](repeating: 42, count: size))
        let response: BytesMessage = try await channel.unary(request, EchoService.echo)
        #expect(response == request)
      }
    }
  }

  @Test(arguments: Place.allCases)
  func `a client stream is read to its end`(place: Place) async throws {
    try await withEcho(at: place) { _, _, channel in
      let response: BytesMessage = try await channel.clientStreaming(EchoService.collect) {
        (writer: RequestWriter<BytesMessage>) in
        for size in [0, 10, 100_000, 1] {
          try await writer.write(BytesMessage([UInt8](repeating: 1, count: size)))
        }
      }
      #expect(response.text == "100011")
    }
  }

  @Test(arguments: Place.allCases)
  func `a server stream arrives whole and in order`(place: Place) async throws {
    try await withEcho(at: place) { _, _, channel in
      let count = try await channel.serverStreaming(
        BytesMessage("5000 100"), EchoService.expand
      ) { (responses: ResponseStream<BytesMessage>) in
        var count = 0
        for try await response in responses {
          #expect(response.bytes.count == 100)
          count += 1
        }
        return count
      }
      #expect(count == 5000)
    }
  }

  @Test(arguments: Place.allCases)
  func `messages of a bidirectional call go both ways independently`(place: Place) async throws {
    try await withEcho(at: place) { _, _, channel in
      try await channel.bidirectional(EchoService.chat) {
        (writer: RequestWriter<BytesMessage>, responses: ResponseStream<BytesMessage>) in
        for round in 0..<100 {
          try await writer.write(BytesMessage("round \(round)"))
          let response = try await responses.next()
          #expect(response?.text == "round \(round)")
        }
        writer.finish()
        let end = try await responses.next()
        #expect(end == nil)
      }
    }
  }

  @Test func `many calls share one connection`() async throws {
    try await withEcho { _, _, channel in
      try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<1000 { group.addTask { try await channel.echo("\(number)") } }
        var answers: Set<String> = []
        for try await answer in group { answers.insert(answer) }
        #expect(answers.count == 1000)
      }
    }
  }

  @Test func `metadata goes both ways, text and binary`() async throws {
    try await withEcho { _, _, channel in
      var metadata: Metadata = ["x-text": "a b", "x-one-bin": .binary([0, 1, 254, 255])]
      try metadata.append("second", forKey: "x-text")
      let call = try await channel.open(EchoService.echo, options: CallOptions(metadata: metadata))
      try await call.send(Array("hello".utf8))
      call.finishSending()
      let initial = try await call.initialMetadata()
      #expect(initial.entries == metadata.entries)
      #expect(try await call.receive() == Array("hello".utf8))
      #expect(try await call.receive() == nil)
      #expect(await call.trailingMetadata().entries == metadata.entries)
      #expect(await call.status() == .ok)
    }
  }

  @Test func `a status carries its code, message, details and metadata`() async throws {
    try await withEcho { _, _, channel in
      let error = try await failure { _ = try await channel.echo("fail") }
      #expect(error.code == .notFound)
      #expect(error.message == EchoService.failure.message)
      #expect(error.details == EchoService.failure.details)
      #expect(error.metadata["x-reason"] == "gone")
      #expect(error.metadata[binary: "x-raw-bin"] == [0, 255, 7])
      #expect(error.origin == .remote)
    }
  }

  @Test func `an unknown method or service is named`() async throws {
    try await withEcho { _, _, channel in
      for (service, name, text) in [
        ("testing.Echo", "Nope", "service testing.Echo has no method Nope"),
        ("no.Such", "Echo", "no service no.Such here"),
      ] {
        let method = MethodDescriptor(service: service, name: name, kind: .unary)
        let error = try await failure {
          let _: BytesMessage = try await channel.unary(BytesMessage("x"), method)
        }
        #expect(error.code == .unimplemented)
        #expect(error.message == text)
      }
    }
  }

  @Test func `a message that cannot be decoded is an invalid argument`() async throws {
    try await withEcho { _, _, channel in
      let error = try await failure { _ = try await channel.echo("undecodable") }
      #expect(error.code == .invalidArgument)
      #expect(try await channel.echo("next") == "next")
    }
  }

  @Test func `a unary method takes exactly one request`() async throws {
    try await withEcho { _, _, channel in
      for count in [0, 2] {
        let error = try await failure {
          let call = try await channel.open(EchoService.echo, options: CallOptions())
          for _ in 0..<count { try await call.send([1]) }
          call.finishSending()
          _ = try await call.receive()
        }
        #expect(error.code == .unimplemented)
      }
    }
  }

  @Test func `a server may answer before it has read everything`() async throws {
    try await withEcho { _, _, channel in
      let response: BytesMessage = try await channel.clientStreaming(EchoService.collect) {
        (writer: RequestWriter<BytesMessage>) in
        try await writer.write(BytesMessage("stop"))
        while true { try await writer.write(BytesMessage([UInt8](repeating: 1, count: 60_000))) }
      }
      #expect(response.text == "stopped")
      #expect(try await channel.echo("next") == "next")
    }
  }

  @Test func `a message over the limit is refused in both directions`() async throws {
    var options = HTTP2ServerOptions()
    options.messageBytesMax = 1000
    try await withEcho(serverOptions: options) { _, _, channel in
      let error = try await failure {
        let _: BytesMessage = try await channel.unary(
          BytesMessage([UInt8](repeating: 1, count: 1001)), EchoService.echo)
      }
      #expect(error.code == .resourceExhausted)
      #expect(error.message == "message of 1001 bytes is larger than the limit of 1000")
      let answer = try await failure {
        _ = try await channel.echo("four", options: CallOptions(messageBytesMax: 3))
      }
      #expect(answer.code == .resourceExhausted)
      #expect(try await channel.echo("four") == "four")
    }
  }

  @Test func `large messages of one connection have a limit together`() async throws {
    var options = HTTP2ServerOptions()
    options.connectionMessageBytesMax = 500_000
    try await withEcho(serverOptions: options) { _, _, channel in
      for (size, code) in [(600_000, StatusCode.resourceExhausted), (400_000, .ok)] {
        let request = BytesMessage([UInt8](repeating: 1, count: size))
        do throws(RPCError) {
          let _: BytesMessage = try await channel.unary(request, EchoService.echo)
          #expect(code == .ok)
        } catch {
          #expect(error.code == code)
        }
      }
    }
  }

  @Test func `metadata over the limit is refused`() async throws {
    try await withEcho { _, _, channel in
      var metadata = Metadata()
      for number in 0..<40 {
        try metadata.append(String(repeating: "v", count: 500), forKey: "x-\(number)")
      }
      let error = try await failure {
        _ = try await channel.echo("x", options: CallOptions(metadata: metadata))
      }
      #expect(error.code == .resourceExhausted)
      #expect(try await channel.echo("next") == "next")
    }
  }
}
