/// A socket that a loop watches.
public struct SocketRegistration: Sendable, Hashable {
  let fd: Int32
  let number: UInt32
}

extension EventLoop {
  /// Watches a socket for events. Loop only.
  ///
  /// - Parameters:
  ///   - fd: The descriptor; the caller keeps it open until ``deregister(_:)``.
  ///   - interest: What to wait for.
  ///   - handler: What to call; kept until ``deregister(_:)``.
  /// - Returns: The registration.
  public func register(
    _ fd: SocketDescriptor,
    for interest: SocketEvents,
    _ handler: any SocketEventHandler
  ) -> SocketRegistration {
    checkIsolated()
    let number = state.add(handler, fd: fd.rawValue)
    poller.add(fd: fd.rawValue, registration: number, interest)
    return SocketRegistration(fd: fd.rawValue, number: number)
  }

  /// Changes what a watched socket waits for. Loop only.
  ///
  /// - Parameters:
  ///   - registration: The registration.
  ///   - interest: What to wait for from now on.
  public func update(_ registration: SocketRegistration, for interest: SocketEvents) {
    checkIsolated()
    poller.modify(fd: registration.fd, registration: registration.number, interest)
  }

  /// Stops watching a socket; call it before closing the descriptor. Loop only.
  ///
  /// - Parameter registration: The registration.
  public func deregister(_ registration: SocketRegistration) {
    checkIsolated()
    guard state.handler(fd: registration.fd, registration: registration.number) != nil else {
      return
    }
    state.remove(fd: registration.fd)
    poller.remove(fd: registration.fd)
  }
}
