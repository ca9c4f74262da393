import Foundation

struct TestFailure: Error {
  var message: String
}

/// A folder for one test.
struct TestFolder {
  let path: String

  init() throws {
    path = "/tmp/southbound-functions-\(getpid())-\(UInt64.random(in: .min ... .max))"
    guard unsafe mkdir(path, 0o700) == 0 else { throw TestFailure(message: "mkdir \(path)") }
  }

  /// Writes a file, and makes the folders above it.
  func write(_ name: String, _ text: String) throws {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/" + part
      _ = unsafe mkdir(folder, 0o700)
    }
    guard let file = unsafe fopen(path + "/" + name, "w") else {
      throw TestFailure(message: "fopen \(name)")
    }
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// The interpreter of the tests.
enum TestPython {
  static let path: String = {
    guard let value = unsafe getenv("SOUTHBOUND_TEST_PYTHON") else { return "python3" }
    return unsafe String(cString: value)
  }()

  /// Whether the interpreter has the packages that the function process needs.
  static let isUsable =
    unsafe system("'\(path)' -c 'import grpc, google.protobuf' 2>/dev/null") == 0
}
