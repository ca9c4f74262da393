internal import Glibc

extension Syscalls {
  /// Makes a folder that only this user may enter. Returns what failed, or nil.
  static func makeFolder(_ path: String) -> String? {
    unsafe mkdir(path, 0o700) == 0 ? nil : String(cString: strerror(errno))
  }

  /// Writes a new file. Returns what failed, or nil.
  static func create(_ path: String, with bytes: [UInt8]) -> String? {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return unsafe String(cString: strerror(errno)) }
    defer { close(descriptor) }
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count > 0 {
        start += count
      } else if errno != EINTR {
        return unsafe String(cString: strerror(errno))
      }
    }
    return nil
  }

  /// Removes a folder and everything in it, without following links.
  static func removeTree(_ path: String) {
    if let folder = unsafe opendir(path) {
      var names: [String] = []
      while let entry = unsafe readdir(folder) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
            unsafe String(cString: characters)
          }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      unsafe closedir(folder)
      for name in names {
        let full = path + "/" + name
        var status = stat()
        guard unsafe lstat(full, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { removeTree(full) } else { unsafe unlink(full) }
      }
    }
    unsafe rmdir(path)
  }

  /// Whether a plain file can be run.
  static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }

  /// The absolute path without links, or the path itself if there is none.
  static func resolved(_ path: String) -> String {
    guard let found = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(found) }
    return unsafe String(cString: found)
  }
}
