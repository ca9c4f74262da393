internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#endif

extension DiskSync.Calls {
  /// Those of the kernel.
  static let system = DiskSync.Calls(
    device: { DiskSyscalls.device($0) },
    sync: { DiskSyscalls.sync($0) },
    syncDevice: { DiskSyscalls.syncDevice($0) })
}

/// The calls of the system that bring something to the disk.
enum DiskSyscalls {
  static func device(_ path: String) -> UInt64? {
    var information = stat()
    guard unsafe lstat(path, &information) == 0 else { return nil }
    return UInt64(information.st_dev)
  }

  static func sync(_ path: String) -> String? {
    var information = stat()
    guard unsafe lstat(path, &information) == 0 else {
      return errno == ENOENT || errno == ENOTDIR ? nil : reason("look at", path)
    }
    // Links and devices have nothing of their own to sync, and opening a device may do something.
    let kind = information.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFDIR else { return nil }
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else {
      switch errno {
      case ENOENT, ELOOP: return nil
      // What this process may not read is synced with all the rest.
      case EACCES: return syncDevice(DiskSync.folder(of: path))
      default: return reason("open", path)
      }
    }
    defer { close(file) }
    while fsync(file) != 0 {
      switch errno {
      case EINTR: continue
      // fsync(2): what does not support it has nothing to sync.
      case EINVAL, EROFS, ENOTSUP, ENOSYS: return nil
      default:
        let text = reason("sync", path)
        // The kernel reports an error once, and calls the pages clean: whoever reads the file next
        // must read what the disk has.
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
        return text
      }
    }
    return nil
  }

  static func syncDevice(_ folder: String) -> String? {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return reason("open", folder) }
    defer { close(descriptor) }
    while southbound_sync_file_system(descriptor) != 0 {
      guard errno == EINTR else { return reason("sync the disk of", folder) }
    }
    return nil
  }

  private static func reason(_ doing: String, _ path: String) -> String {
    let number = errno
    guard let text = unsafe strerror(number) else { return "cannot \(doing) \(path)" }
    return unsafe "cannot \(doing) \(path): \(String(cString: text))"
  }
}
