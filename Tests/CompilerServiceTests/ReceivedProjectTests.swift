import CompilerService
import Foundation
import Logging
import RPCCore
import RPCInProcess
import Schema
import Testing

/// The compiler service over the in-process transport; the exporter is not asked.
@Suite struct `The compiler service` {
  static let python = ProcessInfo.processInfo.environment["SOUTHBOUND_TEST_PYTHON"] ?? "python3"

  static let isUsable =
    unsafe system("'\(python)' -c 'import grpc, google.protobuf' 2>/dev/null") == 0

  static let files = [
    "project.yml": "name: test\nmodulepath: [libs, /]\n",
    "libs/old/module.yml": "name: old\nversion: 1.0\n", "libs/old/model/_init.cf": "",
    "libs/old/plugins/__init__.py": """
    import pathlib
    from inmanta.plugins import Context, plugin
    from inmanta_plugins.old.more import double

    @plugin
    def twice(context: Context, value: "int") -> "int":
        return double(value)

    @plugin
    def here() -> "string":
        return str(pathlib.Path(__file__).resolve().parent.parent.parent)
    """,
    "libs/old/plugins/more.py": "def double(value):\n    return 2 * value\n",
    "libs/inmanta_plugins/new/model/_init.cf": "entity A:\n  int n\nend\n",
    "libs/inmanta_plugins/new/__init__.py": """
    from inmanta.plugins import plugin
    from inmanta_plugins.old.more import double

    @plugin
    def name_of(item: "new::A") -> "string":
        return f"A {double(item.n)}"
    """,
  ]

  struct Outcome {
    var diagnostics: [String] = []
    var printed = ""
    var succeeded = false
  }

  func compile(_ main: String, functions: FunctionSettings?) async throws -> Outcome {
    let service = CompilerService(
      exporter: InProcessChannel(RPCRouter(services: [])), functions: functions,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let client = CompilerV1.CompilerClient(
      InProcessChannel(RPCRouter(services: service.rpcServices)))
    var files = Self.files
    files["main.cf"] = main
    let sent = files
    return try await client.compile { requests, responses in
      try await requests.write(.init(kind: .start(.init(goal: .compile))))
      for (path, text) in sent.sorted(by: { $0.key < $1.key }) {
        try await requests.write(
          .init(kind: .file(.init(path: path, contents: Array(text.utf8)))))
      }
      requests.finish()
      var outcome = Outcome()
      for try await response in responses {
        switch response.kind {
        case .diagnostic(let diagnostic):
          outcome.diagnostics.append("\(diagnostic.id): \(diagnostic.message)")
        case .printed(let text): outcome.printed += text
        case .summary(let summary): outcome.succeeded = summary.succeeded
        default: continue
        }
      }
      return outcome
    }
  }

  private func settings(_ interpreter: String) -> FunctionSettings {
    FunctionSettings(interpreter: interpreter, environment: [:])
  }

  @Test(.enabled(if: isUsable, "an interpreter with grpcio and protobuf is needed"))
  func `functions of a received project run from a folder that goes away`() async throws {
    let outcome = try await compile(
      """
      import old
      import new
      implement new::A using std::none
      std::print(old::twice(21))
      std::print(new::name_of(new::A(n=2)))
      std::print(old::here())
      """, functions: settings(Self.python))
    #expect(outcome.diagnostics.isEmpty)
    #expect(outcome.succeeded)
    let lines = outcome.printed.split(separator: "\n").map(String.init)
    #expect(lines.contains("42") && lines.contains("A 4"))
    let folder = try #require(lines.first { $0.hasPrefix("/") })
    #expect(folder.hasPrefix("/tmp/southbound-"), "\(folder)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func `without functions the name is unknown, and models alone compile`() async throws {
    let outcome = try await compile("import old\nx = old::twice(1)\n", functions: nil)
    #expect(outcome.diagnostics == ["unknown-function: function `old::twice` is not defined"])
    let plain = try await compile(
      "import new\nimplement new::A using std::none\nnew::A(n=1)\nstd::print(\"done\")\n",
      functions: settings("/nowhere/python"))
    #expect(plain.diagnostics.isEmpty)
    #expect(plain.printed == "done\n")
  }

  @Test func `an interpreter that is not there is a diagnostic`() async throws {
    let outcome = try await compile(
      "import old\nx = old::twice(1)\n", functions: settings("/nowhere/python"))
    #expect(outcome.diagnostics.first?.hasPrefix("function-failed: ") == true)
    #expect(!outcome.succeeded)
  }

  @Test func `a received project reaches no files of this machine`() async throws {
    // The path of modules names the root folder, which is not read.
    let outcome = try await compile("import etc\n", functions: nil)
    #expect(outcome.diagnostics == ["module-not-found: module `etc` is not found"])
  }
}
