extension SocketAddress {
  /// Resolves a host without blocking the loop: numbers at once, names on a thread of their own.
  ///
  /// - Parameters:
  ///   - host: A name or number.
  ///   - port: The port, 0 to 65535.
  ///   - loop: The loop that hears of the result.
  ///   - completion: Called once on the loop, perhaps before this function returns.
  public static func resolve(
    host: String,
    port: Int,
    on loop: EventLoop,
    _ completion: @escaping @Sendable (Result<[SocketAddress], EventLoopError>) -> Void
  ) {
    do throws(EventLoopError) {
      let numeric = try resolve(host: host, port: port, isNumeric: true)
      guard numeric.isEmpty else { return completion(.success(numeric)) }
      try Syscalls.startThread(named: "resolver") {
        let result = Result { () throws(EventLoopError) in try resolve(host: host, port: port) }
        loop.execute { completion(result) }
      }
    } catch {
      completion(.failure(error))
    }
  }
}
