import Diagnostics
import Foundation
import Language
import ProjectFiles
import Testing

@Suite struct ProjectTests {
  private func project(_ files: [String: String]) throws -> Project {
    try Project.open(files: files.mapValues { Array($0.utf8) })
  }

  private func text(_ file: ModelFile?) -> String? {
    file.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private static let modules = [
    "project.yml": "name: p\nmodulepath: [libs, more/]\n", "main.cf": "x = 1",
    "libs/a/model/_init.cf": "a", "libs/a/model/b.cf": "a::b", "libs/a/model/c/_init.cf": "a::c",
    "libs/a/model/c/d.cf": "a::c::d", "libs/a/templates/t.j2": "t", "libs/a/files/x/f": "f",
    "libs/a/files/x/g": "g", "more/inmanta_plugins/v/model/_init.cf": "v",
    "libs/v/model/_init.cf": "v old", "more/inmanta-module-two-words/model/_init.cf": "two",
    "templates/p.j2": "p", "libs/empty/model/x.cf": "",
  ]

  @Test(arguments: [
    ("a", "a"), ("a::b", "a::b"), ("a::c", "a::c"), ("a::c::d", "a::c::d"), ("v", "v"),
    ("two_words", "two"), ("zzz", nil), ("a::zzz", nil), ("empty", nil), ("..", nil),
  ])
  func `namespaces are files of modules`(namespace: String, expected: String?) throws {
    let parts = namespace.split(separator: ":").map(String.init)
    #expect(text(try project(Self.modules).modelFile(of: parts)) == expected)
  }

  @Test func `templates and files never leave their folder`() throws {
    let project = try project(Self.modules)
    #expect(text(try project.content(.template, path: "t.j2", module: "a")) == "t")
    #expect(text(try project.content(.template, path: "p.j2", module: nil)) == "p")
    #expect(try project.content(.template, path: "../model/_init.cf", module: "a") == nil)
    #expect(try project.content(.file, path: "/etc/passwd", module: "a") == nil)
    #expect(try project.listFiles(path: "x", module: "a") == ["f", "g"])
    #expect(try project.listFiles(path: "nowhere", module: "a") == nil)
    #expect(project.moduleNames() == ["a", "two_words", "v"])
  }

  @Test(arguments: [
    ("- a", "project.yml: is not a YAML mapping"), ("", "project.yml: is not a YAML mapping"),
    ("version: 1", "project.yml: has no `name`"), ("name: [1]", "project.yml:1:7: `name`"),
    ("name: a\nmodulepath: {a: 1}", "project.yml:2:13: `modulepath`"),
    ("name: a\n b: : [", "project.yml:2"), ("name: a\nmodulepath: [[1]]", "project.yml:2:14:"),
    ("name: a\nrelation_precedence_policy: [x]", "project.yml:2"),
  ])
  func `bad settings name their line`(yaml: String, expected: String) {
    let error = #expect(throws: Diagnostic.self) { try project(["project.yml": yaml]) }
    #expect(error?.title.hasPrefix(expected) == true, "\(error?.title ?? "")")
  }

  @Test func `settings are read`() throws {
    let settings = try #require(
      try project([
        "project.yml":
          "name: p\nmodulepath: a\nrelation_precedence_policy:\n  - \"m::A.x before m::B.y\"\nlicense: x\n"
      ]).settings)
    #expect(settings.name == "p")
    #expect(settings.modulePath == ["a"])
    #expect(settings.relationPrecedence.map(\.first) == ["m::A.x"])
    #expect(settings.relationPrecedence.map(\.then) == ["m::B.y"])
  }

  @Test func `invalid UTF-8 in the settings is refused`() {
    #expect(throws: Diagnostic.self) {
      try Project.open(files: ["project.yml": [0x6E, 0xFF]])
    }
  }

  @Test func `a project on disk is read, and what is missing is said`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "southbound-project-\(UInt64.random(in: 0...UInt64.max))"
    ).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: folder + "/libs/m/model", withIntermediateDirectories: true)
    let missing = #expect(throws: Diagnostic.self) { try Project.open(folder) }
    #expect(missing?.id == "missing-project")
    try Data("name: p".utf8).write(to: URL(fileURLWithPath: folder + "/project.yml"))
    try Data("entity A:\nend".utf8).write(
      to: URL(fileURLWithPath: folder + "/libs/m/model/_init.cf"))
    let project = try Project.open(folder)
    let noMain = #expect(throws: Diagnostic.self) { try project.mainFile() }
    #expect(noMain?.id == "missing-main-file")
    try Data("import m".utf8).write(to: URL(fileURLWithPath: folder + "/main.cf"))
    #expect(try project.mainFile().path == folder + "/main.cf")
    #expect(text(try project.modelFile(of: ["m"])) == "entity A:\nend")
    #expect(project.moduleNames() == ["m"])
    #expect(text(try Project.open(folder + "/main.cf").mainFile()) == "import m")
    let absent = #expect(throws: Diagnostic.self) {
      try Project.open(folder + "/none.cf").mainFile()
    }
    #expect(absent?.id == "missing-main-file")
  }
}
