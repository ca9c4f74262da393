internal import Glibc

/// The system calls of the function host.
enum Syscalls {
  /// Makes a new folder that only this user may enter; nil if that fails.
  static func makePrivateFolder() -> String? {
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    let path = "/tmp/southbound-\(getpid())-\(number)"
    return unsafe mkdir(path, 0o700) == 0 ? path : nil
  }

  /// Removes a folder with one file.
  static func remove(_ folder: String, file: String) {
    _ = unsafe unlink(folder + "/" + file)
    _ = unsafe rmdir(folder)
  }

  /// Whether a file can be read.
  static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

  /// The absolute path without symbolic links, or the path itself if there is none.
  static func absolute(_ path: String) -> String {
    guard let found = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(found) }
    return unsafe String(cString: found)
  }
}
