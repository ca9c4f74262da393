internal import CLinux
internal import Glibc

/// The system calls that make sockets.
enum SocketSyscalls {
  enum Accepted {
    case fd(Int32)
    case none
    case exhausted
  }

  static func connect(to address: SocketAddress) throws(EventLoopError) -> Int32 {
    let fd = try makeSocket(family: address.family)
    let result = unsafe address.withSockaddr { unsafe Glibc.connect(fd, $0, $1) } ?? -1
    if result == 0 || errno == EINPROGRESS || errno == EINTR {
      setNoDelay(fd, family: address.family)
      return fd
    }
    let number = errno
    Syscalls.close(fd)
    throw Syscalls.error("cannot connect to \(address)", number)
  }

  static func checkConnected(_ fd: Int32, to address: SocketAddress) throws(EventLoopError) {
    var number: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    let result = unsafe getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &length)
    guard result == 0, number == 0 else {
      throw Syscalls.error("cannot connect to \(address)", result == 0 ? number : errno)
    }
  }

  static func listen(at address: SocketAddress, backlog: Int32) throws(EventLoopError) -> Int32 {
    let fd = try makeSocket(family: address.family)
    if address.unixPath == nil { setOption(fd, SOL_SOCKET, SO_REUSEADDR) }
    var number = bind(fd, address)
    if number == EADDRINUSE, let path = address.unixPath, isStale(address, path) {
      unlink(path)
      number = bind(fd, address)
    }
    if number == 0, Glibc.listen(fd, backlog) != 0 { number = errno }
    guard number == 0 else {
      Syscalls.close(fd)
      throw Syscalls.error("cannot listen on \(address)", number)
    }
    return fd
  }

  static func accept(_ fd: Int32) -> Accepted {
    while true {
      let accepted = southbound_accept(fd)
      if accepted >= 0 {
        setNoDelay(accepted, family: ownAddress(accepted)?.family ?? AF_UNIX)
        return .fd(accepted)
      }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
      default: return .none
      }
    }
  }

  static func ownAddress(_ fd: Int32) -> SocketAddress? {
    unsafe SocketAddress.make { unsafe getsockname(fd, $0, $1) }
  }

  static func peerAddress(_ fd: Int32) -> SocketAddress? {
    unsafe SocketAddress.make { unsafe getpeername(fd, $0, $1) }
  }

  static func unlink(_ path: String) {
    _ = unsafe Glibc.unlink(path)
  }

  private static func makeSocket(family: Int32) throws(EventLoopError) -> Int32 {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let fd = socket(family, Int32(type), 0)
    guard fd >= 0 else { throw Syscalls.error("cannot create a socket", errno) }
    return fd
  }

  private static func bind(_ fd: Int32, _ address: SocketAddress) -> Int32 {
    let result = unsafe address.withSockaddr { unsafe Glibc.bind(fd, $0, $1) } ?? -1
    return result == 0 ? 0 : errno
  }

  /// Whether the path is a socket that nobody listens on: a killed process leaves its file behind.
  private static func isStale(_ address: SocketAddress, _ path: String) -> Bool {
    var info = stat()
    guard unsafe lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFSOCK else { return false }
    guard let probe = try? makeSocket(family: AF_UNIX) else { return false }
    defer { Syscalls.close(probe) }
    let result = unsafe address.withSockaddr { unsafe Glibc.connect(probe, $0, $1) } ?? -1
    return result != 0 && errno == ECONNREFUSED
  }

  private static func setNoDelay(_ fd: Int32, family: Int32) {
    guard family != AF_UNIX else { return }
    setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY)
  }

  private static func setOption(_ fd: Int32, _ level: Int32, _ option: Int32) {
    var one: Int32 = 1
    _ = unsafe setsockopt(fd, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
  }
}
