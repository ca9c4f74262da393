internal import Glibc

/// A system call that failed.
struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Name of the call.
  let call: String
  /// What it was called with, for people.
  let subject: String
  /// The error number.
  let number: Int32

  var description: String { "\(call) \(subject): \(SystemError.text(number))" }
}
