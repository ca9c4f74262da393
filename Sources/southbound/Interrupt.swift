#if canImport(Glibc)
  import Glibc
#endif

/// What Ctrl-C does to a command.
enum Interrupt {
  /// Ends the process with 130 on Ctrl-C.
  ///
  /// A command keeps nothing that must be put away: the kernel closes its connections, and a service
  /// cancels the calls of a connection that is gone.
  static func install() {
    signal(SIGINT) { _ in _exit(130) }
  }

  /// Gives the signal back: from here on the command ends itself in its own way.
  static func leaveToCommand() {
    signal(SIGINT, SIG_DFL)
  }
}
