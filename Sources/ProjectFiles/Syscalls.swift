internal import Glibc

/// The system calls that read projects.
enum Syscalls {
  /// What came of reading something that may not be there.
  enum Outcome<Value: Sendable>: Sendable {
    case contents(Value)
    case absent
    case failed(String)
  }

  private static func failure<Value>() -> Outcome<Value> {
    let code = errno
    if code == ENOENT || code == ENOTDIR { return .absent }
    return .failed(unsafe String(cString: strerror(code)))
  }

  /// Reads a plain file; a folder counts as absent.
  static func read(_ path: String, bytesMax: Int) -> Outcome<[UInt8]> {
    guard !path.contains("\0") else { return .absent }
    // O_NONBLOCK: a FIFO in the project must not hang the open.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return failure() }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return failure() }
    guard status.st_mode & S_IFMT == S_IFREG else {
      return status.st_mode & S_IFMT == S_IFDIR ? .absent : .failed("not a plain file")
    }
    guard status.st_size <= bytesMax else { return .failed("larger than \(bytesMax) bytes") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return failure()
      }
      if count == 0 { return .contents(bytes) }
      bytes += buffer[..<count]
      guard bytes.count <= bytesMax else { return .failed("larger than \(bytesMax) bytes") }
    }
  }

  /// Lists the plain files and folders of a folder.
  static func list(_ path: String) -> Outcome<[FileTreeEntry]> {
    guard !path.contains("\0") else { return .absent }
    guard let folder = unsafe opendir(path) else { return failure() }
    defer { unsafe closedir(folder) }
    var entries: [FileTreeEntry] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
          unsafe String(cString: characters)
        }
      }
      var status = stat()
      guard name != ".", name != "..", unsafe stat(path + "/" + name, &status) == 0 else {
        continue
      }
      let kind = status.st_mode & S_IFMT
      if kind == S_IFDIR || kind == S_IFREG {
        entries.append(FileTreeEntry(name: name, isFolder: kind == S_IFDIR))
      }
    }
    return .contents(entries)
  }
}
