import Diagnostics
import Language
import LanguageTools
import Testing

/// A project in memory: a main file, and the files of modules by namespace.
private struct Files: ModuleSource {
  var main: String
  var modules: [String: String] = [:]

  func mainFile() throws(Diagnostic) -> ModelFile {
    ModelFile(path: "main.cf", bytes: Array(main.utf8))
  }

  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? {
    let name = namespace.joined(separator: "::")
    return modules[name].map { ModelFile(path: name + ".cf", bytes: Array($0.utf8)) }
  }

  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? { nil }

  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? { nil }

  func moduleNames() -> [String] { modules.keys.sorted() }
}

/// What `southbound docs` writes.
@Suite struct `Reference pages` {
  private func page(_ name: String, _ files: Files) throws -> ReferencePage {
    let found = Compiler(files: files).reference()
    let reference = try #require(found.reference, "\(found.diagnostics)")
    return ReferencePage(try #require(reference.modules.first { $0.name == name }))
  }

  private static let site = #"""
    """
    A site and its hosts.
    """
    import net
    entity Site extends net::Place:
      """
      A place.

      :attr name: What people call it,
         also in other places | with a bar.
      :rel hosts: Its machines.
      """
      string name
      string[]? tags = ["a", "b"]
      port_number port = 80
      string kind = undef
    end
    typedef port_number as int matching self > 0 and self < 65536
    typedef nice as string matching /[a-z|]+`/
    """Pretty."""
    index net::Host(site, name)
    Site.hosts [0:] -- net::Host.site [1]
    """Where it stands."""
    implementation grow for Site:
      """Makes hosts."""
    end
    implement Site using grow, std::none when self.name != "x"
    implement Site using parents
    """#

  private static let net = """
    entity Place:
    end
    entity Host:
      string name
    end
    Host.backup [0:1] -- Host
    implement Host using std::none
    implement Place using std::none
    """

  @Test func `a page has everything that its file defines`() throws {
    let page = try page(
      "m", Files(main: "import m\n", modules: ["m": Self.site, "net": Self.net]))
    #expect(page.fileName == "m.md")
    #expect(
      page.markdown == #"""
        # Module `m`

        A site and its hosts.

        ## Entities

        ### `m::Site`

        Extends `net::Place`.

        A place.

        | Attribute | Type | Default |  |
        | --- | --- | --- | --- |
        | `name` | `string` |  | What people call it, also in other places \| with a bar. |
        | `tags` | `string[]?` | `["a", "b"]` |  |
        | `port` | `port_number` | `80` |  |
        | `kind` | `string` | `undef` |  |

        | Relation | To | Number | Other end |  |
        | --- | --- | --- | --- | --- |
        | `hosts` | `net::Host` | `0:` | `site` | Where it stands. Its machines. |

        Uses `m::grow`, `std::none` when `self.name != "x"`.

        Uses `parents`.

        ## Types

        ### `m::port_number`

        `int` with `self > 0 and self < 65536`.

        ### `m::nice`

        `string` with `` /[a-z|]+`/ ``.

        Pretty.

        ## Implementations

        ### `m::grow`

        For `m::Site`.

        Makes hosts.

        """#)
  }

  @Test func `an entity's page has what other modules add to it`() throws {
    let page = try page(
      "net", Files(main: "import m\n", modules: ["m": Self.site, "net": Self.net]))
    #expect(page.markdown.contains("| `site` | `m::Site` | `1` | `hosts` | Where it stands. |"))
    #expect(page.markdown.contains("| `backup` | `net::Host` | `0:1` |  |  |"))
    #expect(page.markdown.contains("Index on `site`, `name`."))
  }

  @Test func `native functions have their signatures`() throws {
    let page = try page("std", Files(main: ""))
    #expect(page.markdown.contains("`std::at(objects: list, index: int)`"))
    #expect(page.markdown.contains("`std::assert(expression: bool, message: string = '')`"))
  }

  @Test func `a file without definitions says so`() throws {
    let page = try page("__config__", Files(main: "x = 1\n"))
    #expect(page.fileName == "main.md")
    #expect(page.markdown == "# The main file\n\nNothing is defined here.\n")
  }

  @Test func `bodies are not checked, definitions are`() throws {
    #expect(try page("__config__", Files(main: "x = missing()\n")).markdown.isEmpty == false)
    let found = Compiler(files: Files(main: "entity A extends B:\nend\n")).reference()
    #expect(found.reference == nil)
    #expect(found.diagnostics.map { "\($0.id)" } == ["unknown-type"])
  }

  @Test func `the same project gives the same pages`() throws {
    let files = Files(main: "import m\n", modules: ["m": Self.site, "net": Self.net])
    let first = try #require(Compiler(files: files).reference().reference)
    let second = try #require(Compiler(files: files).reference().reference)
    #expect(
      first.modules.map { ReferencePage($0).markdown }
        == second.modules.map { ReferencePage($0).markdown })
    #expect(first.modules.map(\.name) == first.modules.map(\.name).sorted())
  }
}
