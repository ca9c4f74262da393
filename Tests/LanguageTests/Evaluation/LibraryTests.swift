import Diagnostics
import Glibc
import Language
import Testing

@Suite struct `The library's models` {
  struct Missing: Error { var path: String }

  /// A file of the repository.
  static func read(_ path: String) throws -> String {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let opened = unsafe fopen("/\(root)/\(path)", "r")
    guard let file = unsafe opened else { throw Missing(path: path) }
    defer { unsafe fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }

  @Test(arguments: [
    ("std", "std/_init.cf", "import std\n"),
    ("std::testing", "std/testing.cf", "import std::testing\n"),
    ("exec", "exec/_init.cf", "import exec\n"),
  ])
  func `are the files of the repository`(name: String, path: String, main: String) throws {
    let text = try Self.read("Sources/Language/Library/Models/\(path)")
    let result = compile(main)
    #expect(result.succeeded, "\(result.diagnostics)")
    let source = result.sources.files.first { $0.path == path }
    #expect(source?.text == text, "run sh Sources/Language/Library/generate-models.sh")
  }

  @Test(arguments: [
    ("date", "2024-02-29", "2023-02-29"), ("time", "12:30:01.5", "25:00"),
    ("datetime", "2024-01-01T00:00:00Z", "yesterday"), ("ipv4_address", "10.0.0.1", "10.0.0.256"),
    ("ipv4_network", "10.0.0.0/24", "10.0.0.1/24"),
    ("ipv4_interface", "10.0.0.1/24", "10.0.0.1/33"),
    ("ipv6_address", "2001:db8::1", "2001:db8:::1"),
    ("ipv6_network", "2001:db8::/32", "2001:db8::1/32"),
    ("ipv_any_address", "::1", "localhost"), ("ipv_any_network", "::/0", "::1/0"),
    ("uuid", "12345678-1234-5678-1234-567812345678", "1234"), ("email_str", "a.b@c.org", "a.b@c"),
    ("name_email", "A B <a@b.org>", "A B <a>"), ("http_url", "https://a.org/x?y#z", "ftp://a.org"),
    ("any_url", "ftp://a.org", "a.org"), ("alfanum", "abc123", "a-b"), ("base64", "YWJj", "YWJ"),
    ("printable_ascii", "a b", "a\\tb"), ("ascii_word", "ab", "a b"),
    ("non_empty_string", " a ", "  "), ("hoststring", "a.b-c", "a b"),
    ("config_agent", "x", "internal"),
  ])
  func `have types that tell good texts from bad`(type: String, good: String, bad: String) {
    func model(_ text: String) -> String {
      """
      import m
      m::Box(value="\(text)")
      """
    }
    let modules = [
      "m": "entity Box:\n  std::\(type) value\nend\nimplement Box using std::none\n"
    ]
    #expect(compile(model(good), modules: modules).outcome == .compiles)
    #expect(
      compile(model(bad), modules: modules).outcome == .fails("constraint-violation", line: 2))
  }

  @Test(arguments: [
    ("port", "65535", "65536"), ("positive_int", "1", "0"), ("negative_int", "-1", "0"),
  ])
  func `have number types with bounds`(type: String, good: String, bad: String) {
    let modules = [
      "m": "entity Box:\n  std::\(type) value\nend\nimplement Box using std::none\n"
    ]
    #expect(compile("import m\nm::Box(value=\(good))", modules: modules).outcome == .compiles)
    #expect(
      compile("import m\nm::Box(value=\(bad))", modules: modules).outcome
        == .fails("constraint-violation", line: 2))
  }
}
