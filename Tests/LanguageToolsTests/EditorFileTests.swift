import Language
import ProjectFiles
import Testing

/// The files that editors read instead of the compiler.
@Suite struct EditorFileTests {
  /// The groups of the syntax file that hold no words of the lexer.
  static let otherGroups: Set<String> = ["inmantaPrimitive", "inmantaSelf"]

  @Test func `the syntax file of Vim has exactly the keywords of the lexer`() throws {
    let tree = DiskFileTree(root: ModelFiles.root)
    let path = "Sources/LanguageTools/Editors/vim/syntax/inmanta.vim"
    let text = String(decoding: try #require(try tree.contents(of: path)), as: UTF8.self)
    var words: [String] = []
    var groups: Set<String> = []
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ").map(String.init)
      guard parts.prefix(2) == ["syntax", "keyword"] else { continue }
      groups.insert(parts[2])
      if !Self.otherGroups.contains(parts[2]) { words += parts.dropFirst(3) }
    }
    #expect(words.sorted() == ProjectCheck.keywords.sorted())
    #expect(words.count == 28)
    for group in groups {
      #expect(text.contains("highlight default link \(group) "), "\(group) has no colour")
    }
  }
}
