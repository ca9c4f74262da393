import Testing

/// Pages are read by people who follow their links.
@Suite struct PageTests {
  @Test func `links between pages lead somewhere`() {
    for page in Tree.pages {
      let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
      for match in page.text.matches(of: /\]\(([^)\s]+)\)/) {
        let target = match.1.prefix { $0 != "#" }
        guard !target.isEmpty, !target.contains("://") else { continue }
        let path = folder.isEmpty ? String(target) : "\(folder)/\(target)"
        #expect(Tree.exists(path), "\(page.path) links to \(target)")
      }
    }
  }

  @Test func `the first page is short`() throws {
    let lines = try Tree.text("README.md").split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count < 150)
  }

  @Test func `the first page names every make target`() throws {
    let page = try Tree.text("README.md")
    for match in try Tree.text("Makefile").matches(of: /(?m)^([a-z-]+):.*##/) {
      #expect(page.contains("make \(match.1)"), "make \(match.1)")
    }
  }
}
