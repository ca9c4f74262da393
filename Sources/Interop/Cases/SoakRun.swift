internal import TestingSchema
internal import Synchronization

/// How much `rpc_soak` and `channel_soak` do; the defaults are those of other stacks.
public struct SoakOptions: Sendable, Hashable {
  /// Number of calls.
  public var iterations = 10
  /// Calls that may fail, or take too long.
  public var failuresMax = 0
  /// The time that one call may take.
  public var latencyMax = Duration.milliseconds(1000)
  /// The time that all calls may take.
  public var overallTimeout = Duration.seconds(10)
  /// The time from the start of one call to that of the next.
  public var interval = Duration.zero
  /// Bytes of the payload of a request.
  public var requestBytes = 271_828
  /// Bytes of the payload of a response.
  public var responseBytes = 314_159
  /// Calls at once; they share the iterations.
  public var workers = 1

  /// Creates the default options.
  public init() {}
}

/// Many large calls, and a count of those that did not go well.
struct SoakRun: Sendable {
  let options: SoakOptions
  /// The channel for an iteration, by its number.
  let calls: @Sendable (Int) throws -> InteropCalls

  /// What the workers share.
  private final class Progress: Sendable {
    struct Counts {
      var begun = 0
      var done = 0
      var failures: [String] = []
    }

    let counts = Mutex(Counts())
  }

  func run() async throws {
    let progress = Progress()
    let end = ContinuousClock.now + options.overallTimeout
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<options.workers {
        group.addTask { await work(progress, until: end) }
      }
    }
    let (done, failures) = progress.counts.withLock { ($0.done, $0.failures) }
    try expect("calls within \(options.overallTimeout)", done, is: options.iterations)
    guard failures.count <= options.failuresMax else {
      throw InteropFailure(
        subject: "failed calls of \(options.iterations)",
        expected: "at most \(options.failuresMax)",
        actual: "\(failures.count); the first: \(failures[0])")
    }
  }

  private func work(_ progress: Progress, until end: ContinuousClock.Instant) async {
    while true {
      let start = ContinuousClock.now
      let number: Int? = progress.counts.withLock {
        guard $0.begun < options.iterations, start < end else { return nil }
        $0.begun += 1
        return $0.begun
      }
      guard let number else { return }
      let failure = await call(number, since: start)
      progress.counts.withLock {
        $0.done += 1
        if let failure { $0.failures.append(failure) }
      }
      if options.interval > .zero {
        try? await ContinuousClock().sleep(until: start + options.interval)
      }
    }
  }

  private func call(_ number: Int, since start: ContinuousClock.Instant) async -> String? {
    do {
      let calls = try calls(number)
      let request = InteropCalls.Simple(
        responseSize: Int32(options.responseBytes),
        payload: InteropCalls.zeros(options.requestBytes))
      let response = try await calls.service.unaryCall(request, options: calls.options)
      try InteropCalls.check(
        response.payload, size: options.responseBytes, of: "response \(number)")
      let latency = ContinuousClock.now - start
      guard latency <= options.latencyMax else { return "call \(number) took \(latency)" }
      return nil
    } catch {
      return "call \(number): \(error)"
    }
  }
}
