internal import Glibc

extension Syscalls {
  /// Writes a new file beside `path`, with the same permissions, and puts it in its place. Returns what failed, or nil.
  static func replace(_ path: String, with bytes: [UInt8]) -> String? {
    var status = stat()
    // A file that is not there yet is made, for all to read.
    if unsafe stat(path, &status) != 0 {
      guard errno == ENOENT else { return unsafe String(cString: strerror(errno)) }
      status.st_mode = 0o644
    }
    let temporary = path + ".southbound-\(getpid())"
    let descriptor = unsafe open(
      temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o7777)
    guard descriptor >= 0 else { return unsafe String(cString: strerror(errno)) }
    var isWritten = fchmod(descriptor, status.st_mode & 0o7777) == 0
    var start = 0
    while isWritten, start < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count > 0 { start += count } else if errno != EINTR { isWritten = false }
    }
    isWritten = isWritten && fsync(descriptor) == 0
    var code = errno
    close(descriptor)
    if isWritten {
      if unsafe rename(temporary, path) == 0 { return nil }
      code = errno
    }
    unsafe unlink(temporary)
    return unsafe String(cString: strerror(code))
  }
}
