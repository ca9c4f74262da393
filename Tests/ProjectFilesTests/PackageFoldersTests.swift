import Foundation
import Language
import ProjectFiles
import Testing

@Suite struct `Installed modules` {
  /// A virtual environment as far as modules go: an interpreter that links elsewhere, and packages.
  private func withEnvironment(_ body: (String) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory
      .appending(path: "southbound-packages-\(UUID().uuidString)").path()
    let files = FileManager.default
    defer { try? files.removeItem(atPath: root) }
    let library = root + "/venv/lib/python3.12/site-packages"
    for folder in [
      "/venv/bin", "/venv/lib/python3.11/site-packages/inmanta_plugins/old/model", "/base",
    ] { try files.createDirectory(atPath: root + folder, withIntermediateDirectories: true) }
    try files.createDirectory(
      atPath: library + "/inmanta_plugins/net/model", withIntermediateDirectories: true)
    try Data("entity A:\nend\n".utf8)
      .write(to: URL(filePath: library + "/inmanta_plugins/net/model/_init.cf"))
    try Data().write(to: URL(filePath: library + "/inmanta_plugins/net/__init__.py"))
    try Data().write(to: URL(filePath: root + "/venv/pyvenv.cfg"))
    try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: root + "/base/python3.12"))
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root + "/base/python3.12")
    try files.createSymbolicLink(
      atPath: root + "/venv/bin/python", withDestinationPath: root + "/base/python3.12")
    try body(root)
  }

  @Test func `are found beside the interpreter, by its version`() throws {
    try withEnvironment { root in
      let expected = [root + "/venv/lib/python3.12/site-packages"]
      #expect(
        PackageFolders.near(interpreter: root + "/venv/bin/python", searchPath: "") == expected)
      #expect(
        PackageFolders.near(interpreter: "python", searchPath: "/nowhere:\(root)/venv/bin")
          == expected)
      #expect(PackageFolders.near(interpreter: "python9", searchPath: root + "/venv/bin").isEmpty)
    }
  }

  @Test func `need no module path, in projects and in single files`() throws {
    try withEnvironment { root in
      let folders = PackageFolders.near(interpreter: root + "/venv/bin/python", searchPath: "")
      try Data("name: p\n".utf8).write(to: URL(filePath: root + "/project.yml"))
      for path in [root, root + "/one.cf"] {
        let project = try Project.open(path, packageFolders: folders)
        #expect(project.moduleNames() == ["net"])
        #expect(try project.modelFile(of: ["net"]) != nil)
        #expect(project.codeFolders() == ["net": folders[0] + "/inmanta_plugins/net"])
      }
      let received = try Project.open(files: [:], packageFolders: folders)
      #expect(try received.modelFile(of: ["net"]) != nil)
      #expect(received.codeFolders() == ["net": folders[0] + "/inmanta_plugins/net"])
    }
  }
}
