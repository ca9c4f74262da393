internal import Resources
internal import SouthboundKit

/// Splits a command into words as a POSIX shell does, without running a shell: spaces separate,
/// quotes and backslashes protect; nothing is expanded.
enum CommandWords {
  /// The words of a command.
  ///
  /// - Parameter command: The command.
  /// - Returns: Its words, at least one.
  /// - Throws: `HandlerFailure` for an open quote, a trailing backslash, or no word at all.
  static func split(_ command: String) throws -> [String] {
    var words: [String] = []
    var word = ""
    var isInWord = false
    var quote: Character?
    var rest = command[...]
    func malformed(_ reason: String) -> HandlerFailure {
      HandlerFailure(
        "the command {command} {reason}",
        ["command": .string(command), "reason": .string(reason)], hint: .giveUp)
    }
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("'", "'"), ("\"", "\""): quote = nil
      case ("'", nil), ("\"", nil): (quote, isInWord) = (character, true)
      case ("\\", nil):
        guard let next = rest.popFirst() else { throw malformed("ends with a backslash") }
        word.append(next)
        isInWord = true
      case ("\\", "\""):
        if let next = rest.first, "\"\\$`".contains(next) {
          word.append(next)
          rest.removeFirst()
        } else {
          word.append(character)
        }
      case (" ", nil), ("\t", nil), ("\n", nil):
        if isInWord { words.append(word) }
        (word, isInWord) = ("", false)
      default:
        word.append(character)
        isInWord = true
      }
    }
    if let quote { throw malformed("has an open \(quote)") }
    if isInWord { words.append(word) }
    if words.isEmpty { throw malformed("is empty") }
    return words
  }
}
