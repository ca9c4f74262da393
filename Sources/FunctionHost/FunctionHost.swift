internal import Dispatch
public import Language
internal import Schema
internal import Synchronization

/// Runs the functions of one compile in a Python process.
///
/// The process starts at the first request. The methods block; call them on one thread that may.
public final class FunctionHost: FunctionProvider {
  private struct State {
    var process: FunctionProcess?
    var failure: FunctionProviderError?
    var deadline = ContinuousClock.now
    var activity = ""
    var modules: [String: String]?
  }

  /// The version of the protocol.
  private static let version: UInt32 = 1
  /// How often a wait looks whether it is still wanted.
  private static let pollMilliseconds = 50

  private let options: FunctionHostOptions
  private let state = Mutex(State())

  /// Makes a host; nothing is started yet.
  public init(_ options: FunctionHostOptions) {
    self.options = options
  }

  deinit { _ = end() }

  /// Whether a module has code.
  public func hasCode(_ module: String) -> Bool { modules()[module] != nil }

  private func modules() -> [String: String] {
    if let known = state.withLock({ $0.modules }) { return known }
    let found = options.modules()
    state.withLock { $0.modules = found }
    return found
  }

  /// Sends a request; the first one starts the process.
  public func send(_ request: FunctionRequest) throws(FunctionProviderError) {
    let process = try running()
    switch request {
    case .load(let module): limit(options.callTimeout, "loading the code of `\(module)`")
    case .call(let call): limit(options.callTimeout, "`\(call.function)`")
    case .answer: break
    }
    process.send(FunctionMessages.request(request))
  }

  /// Waits for the next response.
  public func receive(
    isCancelled: @Sendable () -> Bool
  ) throws(FunctionProviderError) -> FunctionResponse {
    let process = try running()
    while true {
      let message = try next(process, isCancelled)
      if case .log(let line)? = message.kind, line.level.rawValue < 4 { continue }
      guard let response = FunctionMessages.response(message) else {
        throw fail(FunctionProviderError("the function process said what is not expected here"))
      }
      return response
    }
  }

  /// Runs what was registered for the end, and waits until the process is gone.
  public func end() -> [FunctionFailure] {
    guard let process = state.withLock({ $0.process }) else { return [] }
    var failures: [FunctionFailure] = []
    let isWell = state.withLock { $0.failure == nil }
    if isWell {
      limit(options.endTimeout, "what runs at the end")
      process.send(.finish(.init()))
      do {
        failures = try finished(process)
      } catch {
        failures = [FunctionFailure(error.message)]
      }
    }
    process.end(within: isWell && failures.isEmpty ? .seconds(10) : .milliseconds(0))
    state.withLock {
      $0.process = nil
      $0.failure = FunctionProviderError("the session with the function process has ended")
    }
    return failures
  }

  private func finished(
    _ process: FunctionProcess
  ) throws(FunctionProviderError) -> [FunctionFailure] {
    while true {
      let message = try next(process, { false })
      guard case .finished(let finished)? = message.kind else { continue }
      return finished.failures.map { FunctionMessages.failure($0) }
    }
  }

  // MARK: The process

  private func running() throws(FunctionProviderError) -> FunctionProcess {
    let (known, failure) = state.withLock { ($0.process, $0.failure) }
    if let failure { throw failure }
    if let known { return known }
    let process: FunctionProcess
    do {
      process = try FunctionProcess(options)
    } catch {
      throw fail(error)
    }
    state.withLock { $0.process = process }
    limit(options.startTimeout, "the start of the function process")
    process.send(.hello(hello))
    let message = try next(process, { false })
    guard case .welcome(let welcome)? = message.kind else {
      throw fail(FunctionProviderError("the function process did not answer the greeting"))
    }
    guard welcome.version == Self.version else {
      throw fail(
        FunctionProviderError(
          "the function process speaks versions \(welcome.versionMin) to \(welcome.versionMax) of "
            + "the protocol, not \(Self.version)"))
    }
    return process
  }

  private var hello: FunctionV1.Hello {
    FunctionV1.Hello(
      versionMin: Self.version, versionMax: Self.version,
      projectFolder: Syscalls.absolute(options.projectFolder),
      dataFolder: Syscalls.absolute(options.projectFolder) + "/data",
      messageBytesMax: UInt64(options.messageBytesMax),
      modules: modules().sorted { $0.key < $1.key }.map { name, folder in
        FunctionV1.Module(name: name, folder: Syscalls.absolute(folder))
      })
  }

  // MARK: Waiting

  private func limit(_ duration: Duration, _ activity: String) {
    state.withLock {
      $0.deadline = ContinuousClock.now + duration
      $0.activity = activity
    }
  }

  private func next(
    _ process: FunctionProcess, _ isCancelled: @Sendable () -> Bool
  ) throws(FunctionProviderError) -> FunctionV1.RunResponse {
    while true {
      switch process.inbox.next(within: Self.pollMilliseconds) {
      case .success(let message)?: return message
      case .failure(let error)?: throw fail(error)
      case nil: break
      }
      if isCancelled() {
        throw fail(FunctionProviderError("the compile was cancelled", isCancelled: true))
      }
      let (deadline, activity) = state.withLock { ($0.deadline, $0.activity) }
      guard ContinuousClock.now < deadline else {
        throw fail(
          FunctionProviderError("\(activity) takes too long: it was ended after its time limit"))
      }
    }
  }

  private func fail(_ error: FunctionProviderError) -> FunctionProviderError {
    state.withLock { $0.failure = $0.failure ?? error }
    return error
  }
}
