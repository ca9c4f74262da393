/// A socket that accepts connections, not blocking.
///
/// A unix socket whose file nobody listens on any more is replaced; its file goes away with
/// ``close()``.
public final class ListeningSocket {
  /// What accepting did.
  public enum Accepted {
    /// A new connection.
    case socket(StreamSocket)
    /// Nobody waits.
    case none
    /// The process has no descriptors left: wait before the next try.
    case exhausted
  }

  private let fd: Int32
  private let file: String?
  private var isOpen = true

  /// The most connections that wait to be accepted.
  public static let backlog: Int32 = 512

  /// Binds and listens.
  ///
  /// - Parameter address: Where to listen; port 0 lets the kernel choose.
  /// - Throws: `EventLoopError` that names the address, with `.addressInUse` when somebody listens
  ///   there.
  public init(at address: SocketAddress) throws(EventLoopError) {
    file = address.unixPath
    fd = try SocketSyscalls.listen(at: address, backlog: Self.backlog)
  }

  deinit { close() }

  /// The number to register with a loop.
  public var descriptor: SocketDescriptor { SocketDescriptor(rawValue: fd) }

  /// The address that it listens at, with the port that the kernel chose.
  public var address: SocketAddress? { SocketSyscalls.ownAddress(fd) }

  /// Takes one waiting connection.
  ///
  /// - Returns: The connection, if there is one.
  public func accept() -> Accepted {
    switch SocketSyscalls.accept(fd) {
    case .fd(let fd): .socket(StreamSocket(owning: fd))
    case .none: .none
    case .exhausted: .exhausted
    }
  }

  /// Stops listening and removes the file of a unix socket; later calls have no effect.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    if let file { SocketSyscalls.unlink(file) }
    Syscalls.close(fd)
  }
}
