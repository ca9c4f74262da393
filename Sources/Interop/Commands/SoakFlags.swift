internal import ArgumentParser

/// The flags of the soak cases, with the names that other stacks use.
struct SoakFlags: ParsableArguments {
  @Option(name: .customLong("soak_iterations"), help: "Calls of a soak case.")
  var iterations = SoakOptions().iterations
  @Option(name: .customLong("soak_max_failures"), help: "Calls of them that may fail.")
  var failuresMax = SoakOptions().failuresMax
  @Option(
    name: .customLong("soak_per_iteration_max_acceptable_latency_ms"),
    help: "Milliseconds that one may take.")
  var latencyMilliseconds = 1000
  @Option(name: .customLong("soak_overall_timeout_seconds"), help: "Seconds that all may take.")
  var overallSeconds = 10
  @Option(
    name: .customLong("soak_min_time_ms_between_rpcs"),
    help: "Milliseconds from the start of one to that of the next.")
  var intervalMilliseconds = 0
  @Option(name: .customLong("soak_request_size"), help: "Bytes of a request.")
  var requestBytes = SoakOptions().requestBytes
  @Option(name: .customLong("soak_response_size"), help: "Bytes of a response.")
  var responseBytes = SoakOptions().responseBytes
  @Option(name: .customLong("soak_num_threads"), help: "Calls at once.")
  var workers = SoakOptions().workers

  mutating func validate() throws {
    let sizes = 0...Int(Int32.max)
    guard iterations > 0, 1...1000 ~= workers, failuresMax >= 0, latencyMilliseconds > 0,
      overallSeconds > 0, intervalMilliseconds >= 0, sizes ~= requestBytes, sizes ~= responseBytes
    else { throw ValidationError("a soak flag is out of range") }
  }

  var options: SoakOptions {
    var options = SoakOptions()
    options.iterations = iterations
    options.failuresMax = failuresMax
    options.latencyMax = .milliseconds(latencyMilliseconds)
    options.overallTimeout = .seconds(overallSeconds)
    options.interval = .milliseconds(intervalMilliseconds)
    options.requestBytes = requestBytes
    options.responseBytes = responseBytes
    options.workers = workers
    return options
  }
}
