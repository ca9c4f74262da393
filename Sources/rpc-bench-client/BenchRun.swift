import RPCCore
import RPCHTTP2
import TestingSchema
import Synchronization

/// Measures one case after the other over one channel.
struct BenchRun: Sendable {
  let channel: HTTP2Channel
  let settings: BenchSettings

  func measure(_ name: BenchCase) async throws -> BenchResult {
    let bytes = settings.messageBytes ?? (name == .sink ? 65_536 : name == .stream ? 100 : 0)
    let payload = Bench.Payload(data: [UInt8](repeating: 0, count: bytes))
    let client = Bench.BenchClient(channel)
    // Connects, and warms up.
    for _ in 0..<1000 { _ = try await client.echo(payload) }
    let end = ContinuousClock.now + .seconds(settings.seconds)
    var result = BenchResult(name: name, messageBytes: bytes)
    let start = ContinuousClock.now
    let cpuStart = cpuSeconds()
    let serverStart = settings.serverProcess.flatMap(cpuSeconds(of:))
    switch name {
    case .unary: result.count = try await unary(client, payload, end)
    case .latency: result.latencies = try await latency(client, payload, end)
    case .stream: result.count = try await stream(client, bytes, end)
    case .pingpong: result.latencies = try await pingPong(client, payload, end)
    case .sink: result.count = try await sink(client, payload, end)
    }
    if !result.latencies.isEmpty { result.count = result.latencies.count }
    result.seconds = Double(start.duration(to: .now) / .nanoseconds(1)) / 1e9
    result.cpuSeconds = cpuSeconds() - cpuStart
    if let serverStart, let serverEnd = settings.serverProcess.flatMap(cpuSeconds(of:)) {
      result.serverCPUSeconds = serverEnd - serverStart
    }
    return result
  }

  private func unary(
    _ client: Bench.BenchClient,
    _ payload: Bench.Payload,
    _ end: ContinuousClock.Instant
  ) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<settings.callsAtOnce {
        group.addTask {
          var count = 0
          while ContinuousClock.now < end {
            _ = try await client.echo(payload)
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
  }

  private func latency(
    _ client: Bench.BenchClient,
    _ payload: Bench.Payload,
    _ end: ContinuousClock.Instant
  ) async throws -> [Duration] {
    var latencies: [Duration] = []
    var now = ContinuousClock.now
    while now < end {
      _ = try await client.echo(payload)
      let after = ContinuousClock.now
      latencies.append(now.duration(to: after))
      now = after
    }
    return latencies
  }

  private func stream(
    _ client: Bench.BenchClient,
    _ bytes: Int,
    _ end: ContinuousClock.Instant
  ) async throws -> Int {
    try await client.stream(.init(count: .max, size: UInt32(bytes))) { responses in
      var count = 0
      while try await responses.next() != nil {
        count += 1
        if count % 256 == 0, ContinuousClock.now >= end { break }
      }
      return count
    }
  }

  private func pingPong(
    _ client: Bench.BenchClient,
    _ payload: Bench.Payload,
    _ end: ContinuousClock.Instant
  ) async throws -> [Duration] {
    try await client.pingPong { writer, responses in
      var latencies: [Duration] = []
      var now = ContinuousClock.now
      while now < end {
        try await writer.write(payload)
        _ = try await responses.next()
        let after = ContinuousClock.now
        latencies.append(now.duration(to: after))
        now = after
      }
      return latencies
    }
  }

  private func sink(
    _ client: Bench.BenchClient,
    _ payload: Bench.Payload,
    _ end: ContinuousClock.Instant
  ) async throws -> Int {
    let summary = try await client.sink { writer in
      while ContinuousClock.now < end { try await writer.write(payload) }
    }
    return Int(summary.messages)
  }
}
