import Testing

/// The judges are judged first.
@Suite struct ScannerTests {
  @Test func `comments and string contents are not code`() {
    let code = CodeScanner.code(
      of: """
        let a = "print(\\(value("x")))"  // unsafe
        /* unsafe /* nested */ unsafe */ let b = #"a "quoted" word"#
        """)
    #expect(!code.contains("unsafe"))
    #expect(!code.contains("print"))
    #expect(!code.contains("quoted"))
    #expect(code.contains("(value(\" \"))"))
    #expect(code.contains("let b = #\""))
  }

  @Test func `a function is measured from its keyword to its closing brace`() {
    let text = """
      protocol P {
        func requirement() -> Int
        init(a: Int)
      }
      struct S {
        func first(_ body: () -> Void = {}) -> [Int: String] {
          if true { "}" }
        }
        init() { self.init(a: 1) }
        func `a rule {`() async throws {

        }
      }
      """
    #expect(
      CodeScanner.functions(in: CodeScanner.code(of: text)) == [
        .init(name: "first", line: 6, length: 3),
        .init(name: "init", line: 9, length: 1),
        .init(name: "`", line: 10, length: 3),
      ])
  }

  @Test func `the manifest is read with its layers and dependencies`() throws {
    let manifest = try PackageManifest(text: Tree.text("Package.swift"))
    #expect(manifest.declarations["Resources"]?.layer == "ground")
    #expect(manifest.declarations["StoreSQLite"]?.dependencies.contains("GRDB") == true)
    #expect(manifest.declarations["CSchema"]?.dependencies == ["CProtobufC"])
    #expect(manifest.declarations["TidyTests"]?.layer == "testTargets")
    #expect(manifest.declarations.count > 30)
  }
}
