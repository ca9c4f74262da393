internal import CLinux
internal import Glibc

/// Every system call of the module: errno is read at once, EINTR is retried, "would block" is a
/// value, and EBADF is a mistake of the program.
enum Syscalls {
  enum Transfer {
    case bytes(Int)
    case wouldBlock
    case end
  }

  // MARK: - Threads

  static func currentThread() -> UInt { UInt(pthread_self()) }

  static func startThread(
    named name: String,
    _ body: @escaping @Sendable () -> Void
  ) throws(EventLoopError) {
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, body: body))
    var thread = pthread_t()
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let start = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
        unsafe southbound_name_thread(String(start.name.prefix(15)))
        start.body()
        return nil
      }, box.toOpaque())
    guard result == 0 else {
      unsafe box.release()
      throw error("cannot start thread \(name)", result)
    }
    pthread_detach(thread)
  }

  /// Runs a body that holds the lock of a queue, so that the thread sanitizer knows of it.
  static func ordered<Result>(by lock: AnyObject, _ body: () -> Result) -> Result {
    let address = unsafe Unmanaged.passUnretained(lock).toOpaque()
    unsafe southbound_lock_taken(address)
    defer { unsafe southbound_lock_given_back(address) }
    return body()
  }

  private final class ThreadBody: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  // MARK: - epoll and eventfd

  static func epollCreate() throws(EventLoopError) -> Int32 {
    let fd = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard fd >= 0 else { throw error("cannot create an epoll instance", errno) }
    return fd
  }

  static func eventfd() throws(EventLoopError) -> Int32 {
    let fd = CLinux.eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard fd >= 0 else { throw error("cannot create an eventfd", errno) }
    return fd
  }

  static func signal(eventfd fd: Int32) {
    var one: UInt64 = 1
    _ = retried { unsafe Glibc.write(fd, &one, 8) }
  }

  static func drain(eventfd fd: Int32) {
    var count: UInt64 = 0
    _ = retried { unsafe Glibc.read(fd, &count, 8) }
  }

  static func epollWait(
    _ epoll: Int32,
    _ events: UnsafeMutableBufferPointer<epoll_event>,
    _ milliseconds: Int32
  ) -> Int {
    let count = unsafe epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
    if count >= 0 { return Int(count) }
    precondition(errno == EINTR, "epoll_wait failed with errno \(errno)")
    return 0
  }

  static func epollControl(
    _ epoll: Int32,
    _ operation: Int32,
    _ fd: Int32,
    _ event: UnsafeMutablePointer<epoll_event>
  ) {
    let result = unsafe epoll_ctl(epoll, operation, fd, event)
    precondition(
      result == 0 || errno == ENOSPC || errno == ENOMEM,
      "epoll_ctl of descriptor \(fd) failed with errno \(errno)")
  }

  // MARK: - Descriptors

  static func close(_ fd: Int32) {
    // close(2): on Linux the descriptor is gone even after EINTR.
    let result = Glibc.close(fd)
    precondition(result == 0 || errno != EBADF, "descriptor \(fd) was closed twice")
  }

  static func read(_ fd: Int32, into buffer: inout [UInt8]) throws(EventLoopError) -> Transfer {
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      retried { unsafe recv(fd, bytes.baseAddress, bytes.count, 0) }
    }
    if count > 0 { return .bytes(count) }
    if count == 0 { return .end }
    return try blockedOr("cannot read from the peer")
  }

  static func write(
    _ fd: Int32,
    _ buffer: borrowing [UInt8],
    from start: Int
  ) throws(EventLoopError) -> Transfer {
    let count = unsafe buffer.withUnsafeBytes { bytes in
      retried {
        unsafe send(
          fd, bytes.baseAddress?.advanced(by: start), bytes.count - start,
          Int32(MSG_NOSIGNAL))
      }
    }
    if count >= 0 { return .bytes(count) }
    return try blockedOr("cannot write to the peer")
  }

  private static func blockedOr(_ what: String) throws(EventLoopError) -> Transfer {
    let number = errno
    precondition(number != EBADF, "a closed descriptor was used")
    guard number != EAGAIN, number != EWOULDBLOCK else { return .wouldBlock }
    throw error(what, number)
  }

  static func retried(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }

  // MARK: - Errors

  static func error(_ what: String, _ number: Int32) -> EventLoopError {
    EventLoopError(code: code(number), message: "\(what): \(text(number))")
  }

  static func text(_ number: Int32) -> String {
    guard let text = unsafe strerror(number) else { return "error \(number)" }
    let string = unsafe String(cString: text)
    return string.prefix(1).lowercased() + string.dropFirst()
  }

  private static func code(_ number: Int32) -> EventLoopError.Code {
    switch number {
    case EADDRINUSE: .addressInUse
    case EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENAMETOOLONG, EACCES, EPERM, ENOTDIR:
      .addressInvalid
    case ECONNREFUSED, ENOENT, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: .refused
    case ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED: .peerGone
    case EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN: .systemLimit
    default: .other
    }
  }
}
