import Diagnostics
import Foundation
import Language
import Testing

/// Models with random changes go through parser and evaluator: a result comes back, whatever it says.
///
/// `SOUTHBOUND_FUZZ=100000 swift test --filter Mutated` runs longer, from another seed each time.
/// An input that ends the process is in the file that `SOUTHBOUND_FUZZ_LAST` names: it belongs to
/// `Corpus`, which is replayed here.
@Suite struct `Mutated models` {
  static let limits = {
    var limits = CompilerLimits()
    limits.instancesMax = 2_000
    limits.stepsMax = 60_000
    limits.stringBytesMax = 1 << 22
    limits.listElementsMax = 100_000
    limits.integerBitsMax = 4_096
    return limits
  }()

  static let pieces = [
    "=", "+=", ":", "(", ")", "[", "]", "{", "}", ",", ".", "::", "?", "+", "-1", "*", "**", "%",
    "not", "in", "and", "or", "is defined", "if", "else", "elif", "end", "for", "entity",
    "extends", "implement", "implementation", "using", "parents", "when", "index", "typedef",
    "matching", "null", "true", "undef", "self", "A", "B", "a", "n", "l", "0", "1.5", "\"x\"",
    "\"{{a}}\"", "f\"{a:>5}\"", "std::count", "std::print", "std::none", "A()", "A(n=1)", "[0:]",
    "--", "a.l", "{\"k\": 1}", "[x for x in a.l]", "/(a+)+b/",
  ]

  /// The words of a text, each with the white space before it.
  static func words(_ text: String) -> [String] {
    var result: [String] = [""]
    for character in text {
      let isWord = character.isLetter || character.isNumber || character == "_"
      let wasWord = result[result.count - 1].last.map { $0.isLetter || $0.isNumber } ?? true
      if !isWord || !wasWord { result.append("") }
      result[result.count - 1].append(character)
    }
    return result
  }

  static func mutate(_ text: String, _ generator: inout SeededGenerator) -> String {
    var words = words(text)
    for _ in 0..<Int.random(in: 1...6, using: &generator) where !words.isEmpty {
      let position = Int.random(in: 0..<words.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: words.remove(at: position)
      case 1: words.insert(words[position], at: position)
      case 2: words.swapAt(position, Int.random(in: 0..<words.count, using: &generator))
      case 3: words[position] = " " + (pieces.randomElement(using: &generator) ?? "")
      case 4: words.insert(" " + (pieces.randomElement(using: &generator) ?? ""), at: position)
      default:
        let end = min(words.count, position + Int.random(in: 1...12, using: &generator))
        words.insert(contentsOf: words[position..<end], at: position)
      }
    }
    return words.joined()
  }

  @Test func `changes give a result within the limits`() throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["SOUTHBOUND_FUZZ"].flatMap { Int($0) }
    var generator = SeededGenerator(state: count == nil ? 7 : UInt64.random(in: 0...UInt64.max))
    let seeds = ErrorCatalog.entries.compactMap(\.example).filter { $0.utf8.count < 2_000 }
    for _ in 0..<(count ?? 400) {
      var model = seeds.randomElement(using: &generator) ?? ""
      if Bool.random(using: &generator) {
        model += "\n\(seeds.randomElement(using: &generator) ?? "")"
      }
      model = Self.mutate(model, &generator)
      if let path = environment["SOUTHBOUND_FUZZ_LAST"] {
        try Data(model.utf8).write(to: URL(filePath: path))
      }
      let result = compile(model, limits: Self.limits)
      #expect(result.diagnostics.count <= Self.limits.diagnosticsMax)
      for diagnostic in result.diagnostics where diagnostic.severity == .error {
        #expect(!diagnostic.title.isEmpty)
      }
    }
  }

  @Test func `inputs that once went wrong give a result`() throws {
    let names = try SourceTree.list("Tests/LanguageTests/Corpus")
    #expect(!names.isEmpty)
    for name in names {
      let model = try #require(SourceTree.read("Tests/LanguageTests/Corpus/\(name)"))
      let result = compile(model, limits: Self.limits)
      #expect(!result.succeeded, "\(name)")
    }
  }
}
