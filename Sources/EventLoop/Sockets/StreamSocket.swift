/// One connected socket, not blocking. It belongs to one loop and is closed with the object.
public final class StreamSocket {
  /// What a read or write did.
  public enum Transfer: Sendable, Hashable {
    /// So many bytes went over; fewer than offered is normal.
    case bytes(Int)
    /// Nothing is possible now; wait for readiness.
    case wouldBlock
    /// The peer sends no more. Only from reading.
    case end
  }

  private let fd: Int32
  private var isOpen = true

  init(owning fd: Int32) {
    self.fd = fd
  }

  deinit {
    if isOpen { Syscalls.close(fd) }
  }

  /// The number to register with a loop.
  public var descriptor: SocketDescriptor { SocketDescriptor(rawValue: fd) }

  /// The address of the other side.
  public var peer: SocketAddress? { SocketSyscalls.peerAddress(fd) }

  /// Starts connecting; the socket becomes writable when that has ended.
  ///
  /// - Parameter address: Where to connect.
  /// - Returns: The socket.
  /// - Throws: `EventLoopError` when it fails at once.
  public static func connect(to address: SocketAddress) throws(EventLoopError) -> StreamSocket {
    StreamSocket(owning: try SocketSyscalls.connect(to: address))
  }

  /// Checks how connecting ended, once the socket is writable.
  ///
  /// - Parameter address: The address, for the message.
  /// - Throws: `EventLoopError` when it failed.
  public func finishConnecting(to address: SocketAddress) throws(EventLoopError) {
    try SocketSyscalls.checkConnected(fd, to: address)
  }

  /// Reads into a buffer, from its start.
  ///
  /// - Parameter buffer: The buffer; its size is the most that is read.
  /// - Returns: What happened.
  /// - Throws: `EventLoopError` when the connection is broken.
  public func read(into buffer: inout [UInt8]) throws(EventLoopError) -> Transfer {
    Transfer(try Syscalls.read(fd, into: &buffer))
  }

  /// Writes the bytes of a buffer from a position on.
  ///
  /// - Parameters:
  ///   - buffer: The buffer.
  ///   - start: The first byte to write.
  /// - Returns: What happened.
  /// - Throws: `EventLoopError` when the connection is broken.
  public func write(
    _ buffer: borrowing [UInt8],
    from start: Int = 0
  ) throws(EventLoopError) -> Transfer {
    Transfer(try Syscalls.write(fd, buffer, from: start))
  }

  /// Closes the socket; later calls have no effect.
  public func close() {
    guard isOpen else { return }
    isOpen = false
    Syscalls.close(fd)
  }
}

extension StreamSocket.Transfer {
  init(_ transfer: Syscalls.Transfer) {
    switch transfer {
    case .bytes(let count): self = .bytes(count)
    case .wouldBlock: self = .wouldBlock
    case .end: self = .end
    }
  }
}
