internal import Glibc

/// Looks users and groups up in the system's data base.
enum Accounts {
  private static let bufferBytesMax = 1_048_576

  /// Number of a user; nil if there is none of that name.
  static func userID(_ name: String) throws(SystemError) -> UInt32? {
    unsafe try lookUp("getpwnam", name) { buffer, count in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      let result = unsafe getpwnam_r(name, &entry, buffer, count, &found)
      return (result, unsafe found == nil ? nil : entry.pw_uid)
    }
  }

  /// Number of a group; nil if there is none of that name.
  static func groupID(_ name: String) throws(SystemError) -> UInt32? {
    unsafe try lookUp("getgrnam", name) { buffer, count in
      var entry = unsafe Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let result = unsafe getgrnam_r(name, &entry, buffer, count, &found)
      return (result, unsafe found == nil ? nil : entry.gr_gid)
    }
  }

  /// Name of a user; nil if none has that number.
  static func userName(_ id: UInt32) throws(SystemError) -> String? {
    unsafe try lookUp("getpwuid", String(id)) { buffer, count in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      let result = unsafe getpwuid_r(id, &entry, buffer, count, &found)
      return (result, unsafe found == nil ? nil : String(cString: entry.pw_name))
    }
  }

  /// Name of a group; nil if none has that number.
  static func groupName(_ id: UInt32) throws(SystemError) -> String? {
    unsafe try lookUp("getgrgid", String(id)) { buffer, count in
      var entry = unsafe Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let result = unsafe getgrgid_r(id, &entry, buffer, count, &found)
      return (result, unsafe found == nil ? nil : String(cString: entry.gr_name))
    }
  }

  private static func lookUp<Found>(
    _ call: String, _ subject: String,
    _ body: (UnsafeMutablePointer<CChar>, Int) -> (Int32, Found?)
  ) throws(SystemError) -> Found? {
    var bytes = 4_096
    while true {
      var buffer = [CChar](repeating: 0, count: bytes)
      let (result, found): (Int32, Found?) = unsafe buffer.withUnsafeMutableBufferPointer {
        guard let base = $0.baseAddress else { return (ERANGE, nil) }
        return unsafe body(base, $0.count)
      }
      switch result {
      case 0: return found
      case ENOENT, ESRCH: return nil
      case EINTR: continue
      case ERANGE where bytes < bufferBytesMax: bytes *= 4
      default: throw SystemError(call: call, subject: subject, number: result)
      }
    }
  }
}
