import Foundation
import Testing

@testable import Language

/// Runs the rows of `TemplateTests` through PyPI's jinja2, where the machine has it.
@Suite struct TemplateDifferentialTests {
  private static let script = """
    import json, sys
    import jinja2
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    values = dict(
        name="web", n=3, x=1.5, one=1.0, yes=True, nothing=None, empty=[], word="it's \\u00e9",
        l=[3, 1, 2], words=["b", "A", "c", "a"], d={"b": 1, "a": "two"},
        users=[dict(name="ann", age=30, admin=True), dict(name="bob", age=20, admin=False)],
        text="one\\ntwo\\n\\nthree", html="<a href='x'>&\\"</a>")
    def render(text):
        try:
            return environment.from_string(text).render(**values)
        except jinja2.exceptions.TemplateError as error:
            return "error " + type(error).__name__
    json.dump([render(text) for text in json.load(sys.stdin)], sys.stdout)
    """

  /// Runs Python with `input`; nil when there is no Python, or it fails.
  private static func python(_ script: String, input: Data) -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (source, output) = (Pipe(), Pipe())
    process.standardInput = source
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    try? source.fileHandleForWriting.write(contentsOf: input)
    try? source.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  private static let hasJinja = python("import jinja2", input: Data()) != nil

  @Test(.enabled(if: hasJinja, "jinja2 is not installed for python3"))
  func `jinja2 makes the same of every row`() throws {
    let templates = TemplateTests.rows.map(\.0)
    let input = try JSONEncoder().encode(templates)
    let output = try #require(Self.python(Self.script, input: input))
    let results = try JSONDecoder().decode([String].self, from: output)
    for (template, theirs) in zip(templates, results) {
      #expect(try TemplateTests.render(template) == theirs, "\(template)")
    }
  }
}
