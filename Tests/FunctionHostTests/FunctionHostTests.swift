import Diagnostics
import FunctionHost
import Language
import Model
import ProjectFiles
import Resources
import Testing
import Threads

/// Functions of a module folder, through a real process. The interpreter is `SOUTHBOUND_TEST_PYTHON`
/// or `python3`; it needs the packages grpcio and protobuf.
@Suite(.enabled(if: TestPython.isUsable, "an interpreter with grpcio and protobuf is needed"))
struct FunctionHostTests {
  static let code = """
    import os
    from inmanta.plugins import PluginException, plugin

    @plugin
    def add(left: "int", right: "int" = 1) -> "int":
        return left + right

    @plugin
    def shout(text: "string") -> "string":
        print("shouting")
        return text.upper()

    @plugin
    def name_of(item: "demo::Item") -> "string":
        return item.name

    @plugin
    def label(item: "demo::Item") -> "string":
        return item.peer.name + "/" + str(len(item.tags))

    @plugin
    def turn(values: "list", more: "dict") -> "any":
        return {"values": list(reversed(values)), "more": more}

    @plugin
    def same(item: "demo::Item") -> "demo::Item":
        return item

    @plugin
    def refuse(text: "string?"):
        raise PluginException("no " + str(text))

    @plugin
    def fail() -> "any":
        return {}["missing"]

    @plugin
    def wrong() -> "int":
        return "text"

    @plugin
    def die() -> "any":
        os.write(2, b"out of luck")
        os._exit(9)

    @plugin
    def forever() -> "any":
        while True:
            pass
    """

  static let model = """
    entity Item:
      string name
      string[] tags = []
      string label = ""
    end
    Item.peer [0:1] -- Item
    implement Item using std::none
    """

  /// Compiles a main file that imports the module.
  func compile(
    _ main: String, interpreter: String = TestPython.path, model: String = Self.model,
    code: String = Self.code, _ change: @Sendable (inout FunctionHostOptions) -> Void = { _ in }
  ) async throws -> CompileResult {
    let folder = try TestFolder()
    defer { folder.remove() }
    try folder.write("project.yml", "name: test\nmodulepath: libs\n")
    try folder.write("main.cf", main)
    try folder.write("libs/demo/module.yml", "name: demo\nversion: 1.0\n")
    try folder.write("libs/demo/model/_init.cf", model)
    try folder.write("libs/demo/plugins/__init__.py", code)
    let project = try Project.open(folder.path)
    var options = FunctionHostOptions(
      interpreter: interpreter, kitFolder: FunctionHostOptions.kitFolder(near: #filePath),
      projectFolder: folder.path, modules: { project.codeFolders() })
    // The tests of other modules may hold all threads of the pool for a while.
    options.startTimeout = .seconds(300)
    options.callTimeout = .seconds(300)
    change(&options)
    let compiler = Compiler(files: project, functions: FunctionHost(options))
    return await WorkThread.run { compiler.compile() }
  }

  func problem(_ main: String) async throws -> Diagnostic {
    let result = try await compile("import demo\n" + main)
    return try #require(result.diagnostics.first)
  }

  @Test func `a function gets values and gives one`() async throws {
    let result = try await compile(
      """
      import demo
      sum = demo::add(2)
      big = demo::add(sum, right=9223372036854775807)
      text = demo::shout("hello")
      turned = demo::turn([1, true, 2.5, null], {"a": ["b"]})
      """)
    #expect(result.diagnostics.isEmpty)
    #expect(result.printed == "shouting\n")
    let values = Dictionary(uniqueKeysWithValues: result.variables.map { ($0.name, $0.value) })
    #expect(values["sum"] == .value(.int(3)))
    #expect(values["big"] == .bigInteger("9223372036854775810"))
    #expect(values["text"] == .value(.string("HELLO")))
    let list: [Value] = [.null, .double(2.5), .bool(true), .int(1)]
    #expect(
      values["turned"]
        == .dictionary([
          "values": .list(list.map { .value($0) }),
          "more": .dictionary(["a": .list([.value(.string("b"))])]),
        ]))
  }

  @Test func `an entity is passed by handle and comes back`() async throws {
    let result = try await compile(
      """
      import demo
      item = demo::Item(name="web")
      std::print(demo::name_of(item))
      same = demo::same(item)
      std::print(same.name)
      """)
    #expect(result.diagnostics.isEmpty)
    #expect(result.printed == "web\nweb\n")
  }

  @Test func `a function waits for what is not set yet`() async throws {
    let result = try await compile(
      """
      import demo
      item = demo::Item(name="web")
      std::print(demo::label(item))
      item.peer = other
      other = demo::Item(name=word)
      word = demo::shout("db")
      """)
    #expect(result.diagnostics.isEmpty)
    #expect(result.printed == "shouting\nDB/0\n")
  }

  @Test func `an exception is a diagnostic with its traceback`() async throws {
    let failed = try await problem("x = demo::fail()")
    #expect(failed.id == "function-failed")
    #expect(failed.title == "`demo::fail` failed: KeyError: 'missing'")
    #expect(failed.notes.contains { $0.contains("return {}[\"missing\"]") })
    #expect(failed.span != nil)
    #expect(try await problem("demo::refuse(\"way\")").title == "`demo::refuse`: no way")
  }

  @Test func `arguments and results are checked`() async throws {
    for call in [
      "demo::add(\"a\")", "demo::add()", "demo::add(1, 2, 3)", "demo::add(1, x=2)",
      "demo::add(1, left=2)", "demo::name_of(\"a\")",
    ] {
      #expect(try await problem("x = " + call).id == "wrong-arguments", "\(call)")
    }
    #expect(try await problem("x = demo::wrong()").id == "function-failed")
    #expect(try await problem("x = demo::no_such()").id == "unknown-function")
  }

  @Test func `a process that dies is a diagnostic with its last words`() async throws {
    let found = try await problem("x = demo::die()")
    #expect(found.id == "function-failed")
    #expect(found.title.contains("lost"))
    #expect(found.notes.contains { $0.contains("out of luck") })
  }

  @Test func `a call that does not end is ended`() async throws {
    let result = try await compile("import demo\nx = demo::forever()") {
      $0.callTimeout = .milliseconds(500)
    }
    #expect(result.diagnostics.first?.title.contains("takes too long") == true)
  }

  @Test func `no process starts unless a function is called`() async throws {
    let main = "import demo\ndemo::Item(name=\"web\")\nstd::print(\"done\")"
    let result = try await compile(main, interpreter: "/nowhere/python")
    #expect(result.diagnostics.isEmpty)
    #expect(result.printed == "done\n")
  }

  @Test(arguments: [
    ("/nowhere/python", "cannot be run"), ("/bin/true", "before it was ready"),
    ("/bin/echo", "did not say its address"),
  ])
  func `what is no interpreter is a diagnostic`(_ program: String, _ reason: String) async throws {
    let result = try await compile("import demo\nx = demo::fail()", interpreter: program)
    #expect(result.diagnostics.first?.id == "function-failed")
    #expect(result.diagnostics.first?.title.contains(reason) == true)
  }
}
