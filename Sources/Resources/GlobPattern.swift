/// A pattern in which `*` stands for any characters, also none. Every other character is literal.
public struct GlobPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern.
  public let description: String
  private let bytes: [UInt8]

  /// Takes a pattern.
  public init(_ pattern: String) {
    description = pattern
    bytes = Array(pattern.utf8)
  }

  /// Number of literal bytes: the larger, the more specific is the pattern.
  public var literalByteCount: Int { bytes.count { $0 != UInt8(ascii: "*") } }

  /// Whether the whole text fits the pattern. Takes at most text × pattern steps.
  ///
  /// - Parameter text: The text.
  /// - Returns: Whether it fits.
  public func matches(_ text: String) -> Bool {
    let text = Array(text.utf8)
    var position = 0
    var patternPosition = 0
    var star: (pattern: Int, text: Int)?
    while position < text.count {
      if patternPosition < bytes.count, bytes[patternPosition] == UInt8(ascii: "*") {
        star = (patternPosition, position)
        patternPosition += 1
      } else if patternPosition < bytes.count, bytes[patternPosition] == text[position] {
        position += 1
        patternPosition += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        patternPosition = last.pattern + 1
        position = last.text + 1
      } else {
        return false
      }
    }
    return bytes[patternPosition...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
