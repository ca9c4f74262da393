internal import EventLoop
internal import RPCCore

/// Turns the addresses of a target into those of sockets: names by the resolver of the system.
enum TargetResolver {
  typealias Completion = @Sendable (Result<[SocketAddress], EventLoopError>) -> Void

  /// Resolves without blocking the loop. A name without an address is left out while another one of
  /// the target has some.
  ///
  /// - Parameters:
  ///   - target: The target.
  ///   - loop: The loop that hears of the result.
  ///   - completion: Called once on the loop, perhaps before this function returns. It never gets an
  ///     empty list.
  static func resolve(
    _ target: ChannelTarget,
    on loop: EventLoop,
    _ completion: @escaping Completion
  ) {
    next(target.addresses[...], [], nil, loop, completion)
  }

  private static func next(
    _ rest: ArraySlice<ServiceAddress>,
    _ found: [SocketAddress],
    _ failure: EventLoopError?,
    _ loop: EventLoop,
    _ completion: @escaping Completion
  ) {
    guard let first = rest.first else { return completion(outcome(found, failure)) }
    let others = rest.dropFirst()
    let add: Completion = { result in
      switch result {
      case .success(let addresses):
        next(others, found + addresses, failure, loop, completion)
      case .failure(let error): next(others, found, failure ?? error, loop, completion)
      }
    }
    switch first {
    case .unix(let path):
      add(Result { () throws(EventLoopError) in [try SocketAddress(unixPath: path)] })
    case .tcp(let host, let port):
      SocketAddress.resolve(host: host, port: port, on: loop, add)
    }
  }

  private static func outcome(
    _ found: [SocketAddress],
    _ failure: EventLoopError?
  ) -> Result<[SocketAddress], EventLoopError> {
    var unique: [SocketAddress] = []
    for address in found where !unique.contains(address) { unique.append(address) }
    guard unique.isEmpty else {
      return .success(Array(unique.prefix(ChannelTarget.addressesMax)))
    }
    return .failure(
      failure ?? EventLoopError(code: .addressInvalid, message: "the target has no address"))
  }
}
