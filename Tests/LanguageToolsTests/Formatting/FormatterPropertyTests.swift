import Diagnostics
import Language
import LanguageTools
import Testing

/// Formats real files, and files whose white space and comments were made at random.
@Suite struct FormatterPropertyTests {
  @Test(arguments: ModelFiles.all)
  func `our own models keep their tree and comments`(file: ModelFiles.File) throws {
    try check(file.text, name: file.path)
  }

  @Test(arguments: ModelFiles.all)
  func `our own models have the common form`(file: ModelFiles.File) throws {
    let source = SourceFile(id: FileID(index: 0), path: file.path, text: file.text)
    #expect(try Formatter.format(source) == file.text, "run `southbound fmt` on \(file.path)")
  }

  @Test(arguments: 0..<60)
  func `any white space and any comments give one form`(seed: UInt64) throws {
    var random = SeededNumbers(seed: seed)
    for file in ModelFiles.all + ModelFiles.constructs {
      let text = scattered(file.text, &random)
      try check(text, name: "seed \(seed) of \(file.path):\n\(text)")
    }
  }

  private func check(_ text: String, name: String) throws {
    let source = SourceFile(id: FileID(index: 0), path: "main.cf", text: text)
    guard !SyntaxLayout(source).diagnostics.contains(where: { $0.severity == .error }) else {
      return
    }
    let result: String
    do {
      result = try Formatter.format(source)
    } catch {
      Issue.record("\(error) for \(name)")
      return
    }
    let formatted = SourceFile(id: FileID(index: 0), path: "main.cf", text: result)
    #expect(try Formatter.format(formatted) == result, "not idempotent: \(name)")
    let trees = [source, formatted].map { SyntaxDump.text(of: Parser.parse($0).file) }
    #expect(trees[0] == trees[1], "another tree: \(name)")
    #expect(
      comments(SyntaxLayout(source)) == comments(SyntaxLayout(formatted)),
      "lost comments: \(name)")
  }

  /// The words of all comments.
  private func comments(_ layout: SyntaxLayout) -> [String] {
    var result: [String] = []
    var start = 0
    let bytes = layout.source.bytes
    for token in layout.tokens {
      let gap = bytes[min(start, bytes.count)..<min(Int(token.start), bytes.count)]
      for line in String(decoding: gap, as: UTF8.self).split(separator: "\n") {
        if let mark = line.firstIndex(of: "#") {
          result.append(line[mark...].split(separator: " ").joined(separator: " "))
        }
      }
      start = Int(token.end)
    }
    return result
  }

  /// The same tokens with other white space and with comments between them.
  private func scattered(_ text: String, _ random: inout SeededNumbers) -> String {
    let layout = SyntaxLayout(SourceFile(id: FileID(index: 0), path: "main.cf", text: text))
    var result = ""
    for index in layout.tokens.indices.dropLast() {
      result += layout.text(index)
      switch UInt64.random(in: 0..<12, using: &random) {
      case 0: result += "\n"
      case 1: result += "\n\n\n  "
      case 2: result += " # c\(index)\n"
      case 3: result += "\n\t# c\(index)  \n# d\(index)\n"
      case 4 where index > 0: result += " # c\(index)\n\n  # d\(index)\n\n"
      default: result += " "
      }
    }
    return result
  }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Prints a tree without places.
enum SyntaxDump {
  static func text(of file: SyntaxFile) -> String {
    var text = ""
    append(file.documentation as Any, &text)
    append(file.imports, &text)
    append(file.declarations, &text)
    append(file.statements, &text)
    return text + file.names.texts.joined(separator: " ")
  }

  private static func append(_ value: Any, _ text: inout String) {
    switch value {
    case is SourceSpan, is RegularExpression: return
    case let name as Name: text += "$\(name.index) "
    case let string as String: text += string.debugDescription + " "
    default:
      let mirror = Mirror(reflecting: value)
      guard !mirror.children.isEmpty else {
        text += "\(value) "
        return
      }
      text += "("
      for child in mirror.children where child.label != "depth" {
        text += (child.label ?? "") + ":"
        append(child.value, &text)
      }
      text += ")"
    }
  }
}
