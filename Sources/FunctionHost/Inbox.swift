internal import Dispatch
internal import Language
internal import Schema
internal import Synchronization

/// Responses on their way from tasks to the thread that compiles.
final class Inbox: Sendable {
  private struct State {
    var responses: [FunctionV1.RunResponse] = []
    var failure: FunctionProviderError?
    var talk: [UInt8] = []
  }

  /// How much of what the process said last is kept, in bytes.
  private static let talkBytesMax = 4096

  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  func put(_ response: FunctionV1.RunResponse) {
    state.withLock { $0.responses.append(response) }
    arrivals.signal()
  }

  /// Ends the conversation; the first reason counts.
  func fail(_ message: String) {
    state.withLock { state in
      guard state.failure == nil else { return }
      let talk = String(decoding: state.talk, as: UTF8.self)
      let lines = talk.split(separator: "\n").joined(separator: "\n")
      let notes = lines.isEmpty ? [] : ["the process said: \(lines)"]
      state.failure = FunctionProviderError(message, notes: notes)
    }
    arrivals.signal()
  }

  func hear(_ bytes: [UInt8]) {
    state.withLock { $0.talk = Array(($0.talk + bytes).suffix(Self.talkBytesMax)) }
  }

  /// The next response, or why there is none; nil if none came within the time.
  func next(
    within milliseconds: Int
  ) -> Result<FunctionV1.RunResponse, FunctionProviderError>? {
    _ = arrivals.wait(timeout: .now() + .milliseconds(milliseconds))
    return state.withLock { state in
      if !state.responses.isEmpty { return .success(state.responses.removeFirst()) }
      return state.failure.map { .failure($0) }
    }
  }
}
