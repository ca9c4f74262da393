import Foundation
import ProcessTesting
import Testing

extension CommandLineTests {
  @Suite struct CompileCommandTests {
    private let model = """
      import std
      std::print("hello")
      entity A:
        int n
      end
      implement A using std::none
      a = A(n=1)
      entity B extends A:
      end
      implement B using std::none
      b = [B(n=2), 3]
      c = {"k": 1.5}
      """

    @Test func `what the model prints is stdout, and nothing else is`() async throws {
      try await withFolder { folder in
        let file = try await folder.run(["compile", folder.write(model, to: "main.cf")])
        #expect(file.output == "hello\n")
        #expect(file.errors.isEmpty)
        _ = try folder.write("name: test\nmodulepath: libs\n", to: "project.yml")
        let project = try await folder.run(["compile", folder.folder])
        #expect(project.output == "hello\n")
        #expect(project.errors.isEmpty)
      }
    }

    @Test func `with --json one document has diagnostics, output, instances and variables`()
      async throws
    {
      try await withFolder { folder in
        let path = try folder.write(model, to: "main.cf")
        let result = try await folder.run(["compile", "--json", path])
        let document = try object(result.output)
        #expect(Set(document.keys) == ["diagnostics", "printed", "instances", "variables"])
        #expect(document["printed"] as? String == "hello\n")
        #expect((document["instances"] as? [String: Int])?["__config__::A"] == 2)
        #expect((document["instances"] as? [String: Int])?["__config__::B"] == 1)
        let variables = try #require(document["variables"] as? [String: Any])
        #expect(variables["a"] as? [String: String] == ["entity": "__config__::A"])
        #expect((variables["b"] as? [Any])?.last as? Int == 3)
        #expect(variables["c"] as? [String: Double] == ["k": 1.5])
      }
    }

    @Test func `one run reports several errors, each with its place`() async throws {
      try await withFolder { folder in
        let text = "entity A:\n  int\nend\nx = 1\nentity b:\nend\ny = = 2\nz = 3\nw = )\n"
        let path = try folder.write(text, to: "main.cf")
        let result = try await folder.run(["compile", "--json", path], expecting: 1)
        let found = try #require(try object(result.output)["diagnostics"] as? [[String: Any]])
        #expect(found.count > 1, "\(found)")
        for diagnostic in found {
          #expect(
            Set(diagnostic.keys) == [
              "id", "severity", "message", "file", "line", "column", "endLine", "endColumn",
            ])
          #expect(diagnostic["file"] as? String == path)
        }
        #expect(Set(found.compactMap { $0["line"] as? Int }).count > 1)
        let plain = try await folder.run(["compile", path], expecting: 1)
        #expect(plain.output.isEmpty)
        #expect(plain.errors.contains("y = = 2\n"), "the line is shown: \(plain.errors)")
        #expect(plain.errors.contains("^"))
      }
    }

    @Test func `--parse-only does not look at what names mean`() async throws {
      try await withFolder { folder in
        let path = try folder.write("import std\nstd::print(\"x\")\nx = missing\n", to: "main.cf")
        let parsed = try await folder.run(["compile", "--parse-only", path])
        #expect(parsed.output.isEmpty)
        let compiled = try await folder.run(["compile", path], expecting: 1)
        #expect(compiled.errors.contains("missing"))
        let broken = try folder.write("x = (\n", to: "broken.cf")
        try await folder.run(["compile", "--parse-only", broken], expecting: 1)
      }
    }

    @Test func `a wrong command line ends with 2, an unreadable project with 3`() async throws {
      try await withFolder { folder in
        #expect(try await folder.run(["compile"], expecting: 2).errors.contains("project"))
        try await folder.run(["compile", "--no-such-flag", "x.cf"], expecting: 2)
        try await folder.run(["no-such-verb"], expecting: 2)
        _ = try folder.write("x = 1\n", to: "bare/main.cf")
        let bare = try await folder.run(["compile", "\(folder.folder)/bare"], expecting: 3)
        #expect(bare.errors.hasPrefix("error: \(folder.folder)/bare"), "\(bare.errors)")
        #expect(bare.errors.contains("project.yml"))
        let absent = try await folder.run(["compile", "\(folder.folder)/no.cf"], expecting: 3)
        #expect(absent.errors.contains("no.cf"))
        _ = try folder.write("a: [\n", to: "yaml/project.yml")
        _ = try folder.write("x = 1\n", to: "yaml/main.cf")
        try await folder.run(["compile", "\(folder.folder)/yaml"], expecting: 3)
        _ = try folder.write("name: test\n", to: "empty/project.yml")
        try await folder.run(["compile", "\(folder.folder)/empty"], expecting: 3)
      }
    }
  }

  /// Models that no compiler likes: a diagnostic and exit code 1, never a crash.
  @Suite struct BadModelTests {
    private func diagnostic(
      of bytes: [UInt8], _ name: String = #function
    ) async throws -> [String: Any] {
      try await withFolder { folder in
        let path = try folder.write(bytes, to: "main.cf")
        let result = try await folder.run(["compile", "--json", path], expecting: 1)
        let found = try object(result.output)["diagnostics"] as? [[String: Any]]
        let first = try #require(found?.first)
        #expect(first["severity"] as? String == "error")
        return first
      }
    }

    @Test func `a syntax error at the first byte has that place`() async throws {
      let found = try await diagnostic(of: Array("%x = 1\n".utf8))
      #expect(found["line"] as? Int == 1)
      #expect(found["column"] as? Int == 1)
    }

    @Test func `a syntax error at the last byte has that place, or the end`() async throws {
      let byte = try await diagnostic(of: Array("x = 1\ny = 2 %".utf8))
      #expect((byte["line"] as? Int).map { $0 >= 2 } == true, "\(byte)")
      let end = try await diagnostic(of: Array("x = 1\ny = (".utf8))
      #expect(end["id"] as? String == "unexpected-end")
      let stray = try await diagnostic(of: Array("x = 1\ny = 2)".utf8))
      #expect(stray["line"] as? Int == 2)
      #expect(stray["column"] as? Int == 6)
    }

    @Test func `invalid UTF-8 is named with its place`() async throws {
      let found = try await diagnostic(of: Array("x = 1\n# ".utf8) + [0xff, 0x0a])
      #expect(found["id"] as? String == "invalid-utf8")
      #expect(found["line"] as? Int == 2)
    }

    @Test func `an endless recursion of constructors ends, and names the constructor`()
      async throws
    {
      let model = """
        entity A:
          int n
        end
        A.next [1] -- A.prev [0:1]
        implementation more for A:
          self.next = A(n=self.n + 1)
        end
        implement A using more
        A(n=0)
        """
      let found = try await diagnostic(of: Array(model.utf8))
      #expect(found["id"] as? String == "instance-limit")
      #expect(found["line"] as? Int == 6)
    }

    @Test func `a string of 10 MB is a string`() async throws {
      try await withFolder { folder in
        let text = String(repeating: "a", count: 10_000_000)
        let path = try folder.write("x = \"\(text)\"\n", to: "main.cf")
        let result = try await folder.run(["compile", "--json", path])
        let variables = try object(result.output)["variables"] as? [String: String]
        #expect(variables?["x"] == text)
      }
    }
  }

  @Suite struct ExportCommandTests {
    @Test func `resources are sorted, and the same from run to run`() async throws {
      try await withFolder { folder in
        let website = "\(repository)/Sources/Examples/website"
        let first = try await folder.run(["export", website, "--json"])
        let second = try await folder.run(["export", website, "--json"])
        #expect(first.output == second.output)
        let ids = try rows(first.output).compactMap { $0["id"] as? String }
        #expect(ids.count == WebsiteExample.resourceCount)
        let keys = ids.map { Array($0.utf8) }
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
        let names = try await folder.run(["export", website])
        #expect(names.output.split(separator: "\n").map(String.init) == ids)
        try await folder.run(["export", "\(folder.folder)/absent"], expecting: 3)
      }
    }
  }

  @Suite struct HelpTests {
    @Test func `the help of every verb has an example that begins with the verb`() async throws {
      try await withFolder { folder in
        let verbs = [
          "compile", "export", "deploy", "resources", "plan", "check", "actions", "facts", "logs",
          "versions", "environments", "agents", "cache", "dev", "lsp", "versions list",
          "versions diff",
          "versions release", "versions delete", "agents list", "agents status", "agents pause",
          "agents resume", "cache list", "cache stats", "cache invalidate", "environments list",
          "environments create", "environments set", "environments halt", "environments resume",
          "environments delete",
        ]
        let root = try await folder.run(["--help"]).output
        for verb in verbs {
          let words = verb.split(separator: " ").map(String.init)
          let help = try await folder.run(words + ["--help"]).output
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
          let example = try #require(help.firstRange(of: "Example"), "\(verb): \(help)")
          #expect(help[example.upperBound...].contains("southbound \(verb)"), "\(help)")
          if words.count == 1 { #expect(root.contains("  \(verb) "), "\(verb) is not listed") }
        }
        #expect(root.contains("Exit codes"))
      }
    }
  }
}
