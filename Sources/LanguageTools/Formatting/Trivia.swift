internal import Diagnostics
internal import Language

/// What stands between two tokens of a file.
struct Trivia {
  /// A comment on a line of its own.
  struct Comment {
    var text: String
    /// Whether an empty line stands before it.
    var followsEmptyLine: Bool
    /// How far it is indented, in bytes.
    var column: Int
  }

  /// The comment on the line where the token before ends.
  var trailing: String?
  /// The comments on the lines before the token.
  var comments: [Comment] = []
  /// Whether an empty line stands right before the token.
  var followsEmptyLine = false
  /// Whether a line ends between the tokens.
  var hasLineEnd = false

  /// Returns what stands before each token.
  static func all(of layout: SyntaxLayout) -> [Trivia] {
    let bytes = layout.source.bytes
    var start = 0
    return layout.tokens.map { token in
      let end = min(Int(token.start), bytes.count)
      let trivia = Trivia(bytes[min(start, end)..<end], isFirst: start == 0)
      start = Int(token.end)
      return trivia
    }
  }

  private init(_ gap: ArraySlice<UInt8>, isFirst: Bool) {
    var index = gap.startIndex
    var lineEnds = 0
    var column = 0
    while index < gap.endIndex {
      switch gap[index] {
      case 0x0A:
        lineEnds += 1
        column = 0
        hasLineEnd = true
        index += 1
      case UInt8(ascii: "#"):
        let end = gap[index...].firstIndex(of: 0x0A) ?? gap.endIndex
        let text = Self.trimmed(gap[index..<end])
        if !hasLineEnd, !isFirst {
          trailing = text
        } else {
          let followsEmptyLine = lineEnds > 1
          comments.append(Comment(text: text, followsEmptyLine: followsEmptyLine, column: column))
        }
        lineEnds = 0
        index = end
      default:
        column += 1
        index += 1
      }
    }
    followsEmptyLine = lineEnds > 1
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    var rest = bytes
    while let last = rest.last, last == 0x20 || last == 0x09 || last == 0x0D { rest.removeLast() }
    return String(decoding: rest, as: UTF8.self)
  }
}
