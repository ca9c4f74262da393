#if canImport(Glibc)
  internal import Glibc
#endif

/// The terminal: stdout is data, stderr is talk.
enum Console {
  /// Writes a line to stdout.
  static func out(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Writes text to stdout as it stands.
  static func raw(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Writes a line to stderr.
  static func error(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Whether stdout is a terminal.
  static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Whether stderr is a terminal.
  static let isErrorTerminal = isatty(STDERR_FILENO) == 1

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while unsafe !rest.isEmpty {
        let written = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          // Nobody reads any more; the command still ends by its own rules.
          return
        }
        unsafe rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }

  /// Escapes what a terminal would take as a command.
  static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || scalar.value == 0x7f
        || (0x80...0x9f).contains(scalar.value)
      {
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Puts text in a colour, if stdout is a terminal.
  static func coloured(_ text: String, _ colour: Colour) -> String {
    isTerminal ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Colours of a terminal.
  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
    case grey = 90
  }
}
