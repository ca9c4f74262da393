import Diagnostics
import Language
import LanguageTools
import Synchronization
import Testing

/// A project whose files are texts that may change.
final class TextProject: ModuleSource {
  private let files: Mutex<[String: String]>

  init(_ files: [String: String]) { self.files = Mutex(files) }

  subscript(namespace: String) -> String? {
    get { files.withLock { $0[namespace] } }
    set { files.withLock { $0[namespace] = newValue } }
  }

  private func file(_ namespace: String) -> ModelFile? {
    self[namespace].map { ModelFile(path: namespace, bytes: Array($0.utf8)) }
  }

  func mainFile() throws(Diagnostic) -> ModelFile {
    file("main") ?? ModelFile(path: "main", bytes: [])
  }

  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    file(namespace.joined(separator: "::"))
  }

  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? { nil }

  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? { nil }

  func moduleNames() -> [String] { files.withLock { $0.keys.sorted() } }
}

@Suite struct SymbolTests {
  private func check(_ project: TextProject, _ cache: inout SyntaxCache) -> ProjectCheck {
    ProjectCheck(files: project, cache: &cache)
  }

  private func index(_ check: ProjectCheck, _ cache: SyntaxCache) -> ProjectIndex {
    var files: [String: FileIndex] = [:]
    for file in check.files { files[file.namespace] = cache[file.path].map { FileIndex($0) } }
    return ProjectIndex(files: files)
  }

  @Test func `only a file with another text is parsed again`() {
    let project = TextProject([
      "main": "import a\nimport b\n", "a": "entity A:\nend\n", "b": "import a\nx = a::A()\n",
    ])
    var cache = SyntaxCache()
    let first = check(project, &cache)
    #expect(first.files.map(\.namespace).sorted() == ["__config__", "a", "b", "std"])
    #expect(cache.parseCount == 4)
    _ = check(project, &cache)
    #expect(cache.parseCount == 4)
    project["a"] = "entity B:\nend\n"
    let second = check(project, &cache)
    #expect(cache.parseCount == 5)
    #expect(second.diagnostics.map(\.id) == ["unknown-type"], "other files see the change")
  }

  @Test func `a check finds what a compile finds before it evaluates`() {
    let project = TextProject([
      "main": "import a\nx = a::B()\nimplement a::A using a::i\n",
      "a": "entity A:\n  strin x\nend\n",
    ])
    var cache = SyntaxCache()
    for text in [
      "entity A:\n  strin x\nend\n", "entity A:\nend\n", "entity A:\nend\nentity A:\nend",
    ] {
      project["a"] = text
      let found = check(project, &cache)
      let compiled = Compiler(files: project).compile()
      #expect(found.diagnostics.map(\.title) == compiled.diagnostics.map(\.title))
      #expect(!found.diagnostics.isEmpty)
    }
  }

  @Test func `functions of code that is not loaded count as defined where a module has code`() {
    let project = TextProject(["main": "import a\nx = a::f()\n", "a": "y = g()\n"])
    var cache = SyntaxCache()
    #expect(
      check(project, &cache).diagnostics.map(\.id) == ["unknown-function", "unknown-function"])
    let known = ProjectCheck(files: project, modulesWithCode: ["a"], cache: &cache)
    #expect(known.diagnostics.isEmpty)
  }

  /// Files that nobody imports any more must not stay in memory.
  @Test func `what nobody asked for is forgotten`() {
    let project = TextProject(["main": "import a\n", "a": "x = 1\n"])
    var cache = SyntaxCache()
    _ = check(project, &cache)
    cache.sweep()
    project["main"] = ""
    _ = check(project, &cache)
    cache.sweep()
    #expect(cache["a"] == nil)
    #expect(cache["main"] != nil)
  }

  @Test func `words of one symbol are found wherever they stand`() throws {
    let project = TextProject([
      "main": """
      import m as k
      h = k::H(n="a")
      s = "{{ h.n }}"
      t = f"{h.n:>3}"
      l = [x.n for x in h.next if x.n == h.next[n="b"].n]
      """.replacing("h.next[n=\"b\"].n", with: "h.n"),
      "m": """
      entity P:
        string n
      end
      entity H extends P:
      end
      H.next [0:] -- H.last [0:1]
      index H(n)
      implementation i for H:
        self.next += H[n=last.n]
        q = n
      end
      """,
    ])
    var cache = SyntaxCache()
    let found = check(project, &cache)
    #expect(found.diagnostics.isEmpty, "\(found.diagnostics)")
    let index = index(found, cache)
    let symbol = Symbol.attribute(EntityKey(namespace: "m", name: "P"), name: "n")
    let words = index.words(for: symbol)
    #expect(words.filter { $0.namespace == "__config__" }.count == 6)
    #expect(words.filter { $0.namespace == "m" }.count == 5)
    #expect(words.filter { $0.word.isDefinition }.count == 1)
    for (namespace, word) in words {
      let source = try #require(index.files[namespace]?.source)
      #expect(source.text(from: word.span.start, to: word.span.end) == "n")
    }
  }
}
