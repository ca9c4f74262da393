import RPCCore
import RPCInProcess
import RPCServices
import GRPCSchema
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RPCServicesTests {
  private func withChannel(
    _ health: HealthReporter = HealthReporter(services: ["bench.Bench"]),
    _ body: (InProcessChannel) async throws -> Void
  ) async throws {
    try await body(InProcessChannel(RPCRouter.standard(services: [], health: health)))
  }

  @Test func `health knows the server and its services`() async throws {
    try await withChannel { channel in
      let client = GRPCHealthV1.HealthClient(channel)
      for name in ["", "bench.Bench"] {
        let status1 = try await client.check(.init(service: name))
        #expect(status1.status == .serving)
      }
      do throws(RPCError) {
        _ = try await client.check(.init(service: "no.Such"))
        Issue.record("an unknown service is healthy")
      } catch {
        #expect(error.code == .notFound)
      }
    }
  }

  @Test func `a watcher sees the state at once and each change`() async throws {
    let health = HealthReporter(services: ["bench.Bench"])
    try await withChannel(health) { channel in
      let client = GRPCHealthV1.HealthClient(channel)
      try await client.watch(.init(service: "bench.Bench")) { responses in
        let status2 = try await responses.next()
        #expect(status2?.status == .serving)
        await health.setAllNotServing()
        let status3 = try await responses.next()
        #expect(status3?.status == .notServing)
      }
      try await client.watch(.init(service: "later")) { responses in
        let status4 = try await responses.next()
        #expect(status4?.status == .serviceUnknown)
        await health.set(.serving, for: "later")
        let status5 = try await responses.next()
        #expect(status5?.status == .serving)
      }
    }
  }

  @Test func `reflection lists what the router answers, itself included`() async throws {
    try await withChannel { channel in
      let client = GRPCReflectionV1.ServerReflectionClient(channel)
      try await client.serverReflectionInfo { writer, responses in
        try await writer.write(.init(messageRequest: .listServices("")))
        guard case .listServicesResponse(let list) = try await responses.next()?.messageResponse
        else {
          Issue.record("no list")
          return
        }
        #expect(
          list.service.map(\.name) == [
            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
          ])
      }
    }
  }

  @Test func `reflection finds files by name and by symbol in both versions`() async throws {
    try await withChannel { channel in
      let expected = [FileDescriptors.grpcHealthV1Health.serialized]
      try await GRPCReflectionV1.ServerReflectionClient(channel).serverReflectionInfo {
        writer, responses in
        for request in [
          .fileByFilename("grpc/health/v1/health.proto"),
          .fileContainingSymbol("grpc.health.v1.Health.Check"),
        ] as [GRPCReflectionV1.ServerReflectionRequest.OneOf_MessageRequest] {
          try await writer.write(.init(messageRequest: request))
          let response = try await responses.next()
          #expect(
            response?.messageResponse
              == .fileDescriptorResponse(.init(fileDescriptorProto: expected)))
        }
        try await writer.write(.init(messageRequest: .fileContainingSymbol("no.Such")))
        let missing = try await responses.next()
        #expect(
          missing?.messageResponse
            == .errorResponse(.init(errorCode: 5, errorMessage: "no symbol no.Such here")))
      }
      try await GRPCReflectionV1alpha.ServerReflectionClient(channel).serverReflectionInfo {
        writer, responses in
        try await writer.write(
          .init(messageRequest: .fileContainingSymbol("grpc.health.v1.Health")))
        let response = try await responses.next()
        #expect(
          response?.messageResponse
            == .fileDescriptorResponse(.init(fileDescriptorProto: expected)))
      }
    }
  }
}
