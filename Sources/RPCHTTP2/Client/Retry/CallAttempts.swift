internal import RPCCore

/// The attempts of one call, as a value: how one failed in, whether there is another out.
///
/// ```
///  trying --unsent--> trying                        (the server cannot have seen it: no limit)
///     |  --refused--> trying (once) --refused--> like a status UNAVAILABLE
///     |  --status of the policy, tokens left, no pushback against it--> trying after a wait
///     |  --anything else, or committed--> over
/// ```
struct CallAttempts {
  /// How an attempt failed.
  enum Failure: Hashable {
    /// The request never left this process.
    case unsent
    /// The server says that it has not begun (REFUSED_STREAM, or GOAWAY with a lower id).
    case refused
    /// The server, or the loss of the connection, gave the call a status.
    case status(StatusCode, RetryPushback)
  }

  enum Decision: Hashable {
    case end
    case again(after: Duration)
  }

  /// The attempts that the server has seen before this one: `grpc-previous-rpc-attempts`.
  private(set) var previous = 0
  private var isRefused = false
  private var waits = 0

  /// Decides what follows a failed attempt.
  mutating func failed(
    _ failure: Failure,
    policy: RetryPolicy?,
    throttle: inout RetryThrottle,
    using generator: inout some RandomNumberGenerator
  ) -> Decision {
    switch failure {
    case .unsent: return .again(after: .zero)
    case .refused where !isRefused:
      // gRPC A6: a call that a server refuses twice is left to the policy.
      isRefused = true
      return .again(after: .zero)
    case .refused:
      return failed(
        .status(.unavailable, .none), policy: policy, throttle: &throttle, using: &generator)
    case .status(let code, let pushback):
      return answered(code, pushback, policy, &throttle, &generator)
    }
  }

  private mutating func answered(
    _ code: StatusCode,
    _ pushback: RetryPushback,
    _ policy: RetryPolicy?,
    _ throttle: inout RetryThrottle,
    _ generator: inout some RandomNumberGenerator
  ) -> Decision {
    guard let policy else { return .end }
    let isRetryable = policy.retryableCodes.contains(code)
    if isRetryable || pushback == .never { throttle.failed() }
    guard isRetryable, throttle.allowsRetries, previous + 1 < policy.attemptsMax else {
      return .end
    }
    switch pushback {
    case .never: return .end
    case .after(let wait):
      // gRPC A6: after a pushback the waits begin anew.
      waits = 0
      previous += 1
      return .again(after: wait)
    case .none:
      waits += 1
      previous += 1
      return .again(after: policy.wait(afterAttempts: waits, using: &generator))
    }
  }
}

/// What a server says about the next attempt (gRPC: A6, `grpc-retry-pushback-ms`).
enum RetryPushback: Hashable {
  /// Nothing.
  case none
  /// Wait exactly so long.
  case after(Duration)
  /// Do not try again.
  case never

  static let key = "grpc-retry-pushback-ms"

  /// A value that is no number, or below zero, forbids the next attempt.
  init(parsing text: String?) {
    guard let text else {
      self = .none
      return
    }
    guard let milliseconds = Int32(text), milliseconds >= 0 else {
      self = .never
      return
    }
    self = .after(.milliseconds(milliseconds))
  }
}

/// Keeps retries of a channel from making an overload worse (gRPC: A6, "Throttling").
///
/// Each failure takes a token, each success gives a part of one back; at half of the tokens or below
/// nothing is tried again.
public struct RetryThrottle: Sendable, Hashable {
  private let thousandthsMax: Int
  private let thousandthsBack: Int
  private var thousandths: Int

  /// Creates a throttle with all its tokens.
  ///
  /// - Parameters:
  ///   - tokensMax: The tokens, 1 to 1000.
  ///   - tokenRatio: What a success gives back; three digits after the point count.
  public init(tokensMax: Int = 10, tokenRatio: Double = 0.1) {
    precondition(1...1000 ~= tokensMax, "a throttle has 1 to 1000 tokens")
    precondition(tokenRatio > 0 && tokenRatio <= 1000, "a success gives something back")
    thousandthsMax = tokensMax * 1000
    thousandthsBack = Int(tokenRatio * 1000)
    thousandths = thousandthsMax
  }

  var allowsRetries: Bool { thousandths > thousandthsMax / 2 }

  mutating func failed() {
    thousandths = max(0, thousandths - 1000)
  }

  mutating func succeeded() {
    thousandths = min(thousandthsMax, thousandths + thousandthsBack)
  }
}
