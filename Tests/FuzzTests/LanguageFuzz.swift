import Diagnostics
import LanguageTools

@testable import Language

/// The parsers of what an author writes, and the evaluation of it.
extension FuzzTarget {
  /// Bounds that end a model before libFuzzer takes it for one that hangs.
  static let limits = {
    var limits = CompilerLimits()
    limits.instancesMax = 2_000
    limits.stepsMax = 50_000
    limits.iterationsMax = 10_000
    limits.stringBytesMax = 1 << 22
    limits.listElementsMax = 100_000
    limits.integerBitsMax = 4_096
    limits.stepsAfterFailureMax = 5_000
    return limits
  }()

  /// What is formatted stays as it is when it is formatted again.
  static func parse(_ bytes: [UInt8]) {
    var sources = SourceMap()
    let source = sources.add(path: "main.cf", bytes: bytes)
    let (_, findings) = Parser.parse(source)
    for finding in findings { check(finding, in: sources) }
    guard let formatted = try? Formatter.format(source) else { return }
    let again = sources.add(path: "again.cf", bytes: Array(formatted.utf8))
    do {
      let result = try Formatter.format(again)
      precondition(result == formatted, "the formatter changes what it wrote")
    } catch {
      preconditionFailure("the formatter refuses what it wrote: \(error)")
    }
  }

  /// A compile ends, says something about each failure, and gives the same twice.
  static func compile(_ bytes: [UInt8]) {
    let first = result(of: bytes)
    precondition(first.diagnostics.count <= limits.diagnosticsMax, "too many diagnostics")
    for finding in first.diagnostics { check(finding, in: first.sources) }
    let second = result(of: bytes)
    precondition(first.printed == second.printed, "two compiles print two texts")
    precondition(
      first.diagnostics.map(\.title) == second.diagnostics.map(\.title),
      "two compiles find two things")
  }

  private static func result(of bytes: [UInt8]) -> CompileResult {
    var limits = limits
    // Most models do without; each compile parses it anew.
    limits.importsStandardLibrary = String(decoding: bytes, as: UTF8.self).contains("std::")
    return Compiler(files: OneFile(bytes: bytes), limits: limits).compile()
  }

  /// A finding says something, about a place that exists.
  private static func check(_ finding: Diagnostic, in sources: SourceMap) {
    precondition(!finding.title.isEmpty, "a finding without a title")
    for span in [finding.span].compactMap(\.self) + finding.labels.map(\.span) {
      precondition(sources.location(of: span).line > 0, "a finding without a line")
    }
  }

  /// The first line is the pattern.
  static func match(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].count < 256,
      let expression = try? RegularExpression.compile(String(decoding: parts[0], as: UTF8.self))
    else { return }
    _ = try? expression.matchesAtStart(
      String(decoding: parts[1], as: UTF8.self), stepsMax: 100_000)
  }

  static func render(_ bytes: [UInt8]) {
    var sources = SourceMap()
    let source = sources.add(path: "a.tmpl", bytes: bytes)
    var limits = Template.Limits()
    limits.outputBytesMax = 1 << 20
    limits.stepsMax = 50_000
    limits.rangeMax = 10_000
    guard let template = try? Template.parse(source) else { return }
    _ = try? template.render(FewNames(), limits: limits)
  }

  /// A model of the words that the bytes number; what all models need stands before it.
  static func text(ofWords bytes: [UInt8]) -> String {
    let words = bytes.prefix(400).map { vocabulary[Int($0) % vocabulary.count] }
    return prelude + words.joined(separator: " ")
  }

  private static let prelude = """
    entity A:
     int n = 0
     string? s = null
     dict d = {}
     int[] l = []
    end
    entity B extends A:
    end
    A.r [0:] -- B.q [0:]
    A.o [0:1] -- A.p [0:1]
    A.u [0:] -- A
    implementation none for A:
    end
    implement A using none
    implement B using none
    typedef t as int matching self > 1
    a = A(n=5)
    b = B(n=6)

    """

  /// The words that `words` is made of: whole pieces first, then what joins them.
  private static let vocabulary = [
    "a.r += ", "a.u += ", "b.q += ", "a.o = ", "b.o = ", "x = ", "y = ", "a.n = ", "x.r += ",
    "self.o = ", "A(", "B(", "A[", "n=", "s=", "r=", "o=", "**", ")", "]", "}", ",", "[", "{", "(",
    "\"k\": ", "a", "b", "x", "y", "i", "self", "a.r", "a.u", "a.o", "a.p", "b.q", "a.n", "i.n",
    "i.r", "x.o", "1", "2", "0", "-1", "1.5", "\"s\"", "\"{{a.n}} {{x}}\"", "f\"{i:>4}\"", "null",
    "true",
    "false", "+", "-", "*", "/", "%", "**", "==", "!=", "<", ">", "in", "not", "not in", "and",
    "or", "? ", ": ", "is defined", "for i in ", "if ", "elif ", "else:", ":\n", "\nend\n", "\n",
    "for i in a.r", "for i in [1,2]", "std::count(", "std::print(", "std::unique(", "std::at(",
    "std::get_env(\"ZZ\")", "int(", "string(", "bool(", "[i for i in ", "if i", "[\"k\"]",
    "implementation g for A:\n", "implement A using g", "implement B using parents",
    "when ", "index A(n)\n", "index B(n, r)\n", "entity C extends B:\n", "t v = 2\n",
    "typedef w as t matching ", "C.z [1] -- A.w [0:]\n", "import std\n", "std::", ".", "::",
  ]
}

/// A project of one file.
private struct OneFile: ModuleSource {
  let bytes: [UInt8]

  func mainFile() throws(Diagnostic) -> ModelFile { ModelFile(path: "main.cf", bytes: bytes) }
  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? { nil }
  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? { nil }
  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? { nil }
  func moduleNames() -> [String] { [] }
}

/// Variables of a template.
private struct FewNames: TemplateEnvironment {
  func variable(_ name: String) throws -> TemplateValue? {
    switch name {
    case "n": .integer(3)
    case "s": .string("it's é")
    case "l": .list([.integer(3), .string("b"), .none, .list([])])
    case "d": .dictionary([("a", .integer(1)), ("b", .float(1.5))])
    default: nil
    }
  }

  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue],
    _ keywords: [(name: String, value: TemplateValue)]
  ) throws -> TemplateValue? { nil }
}
