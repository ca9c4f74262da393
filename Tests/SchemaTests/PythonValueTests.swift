import Glibc
import RPCCore
import Schema
import Testing

/// Values that protobuf's own Python encoded; `Tests/Python/value_fixtures.py` makes them.
struct PythonValueTests {
  @Test func `values of another encoder come back byte for byte`() throws {
    let path = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
    let file = try #require(read("/\(path)/Fixtures/values.txt"))
    let lines = file.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 400)
    for line in lines {
      let bytes = try hex(line)
      let value = try ValueV1.Value(bytes)
      #expect(value.kind != nil)
      #expect(value.serialized() == bytes, "\(value)")
    }
  }

  private func hex(_ line: ArraySlice<UInt8>) throws -> [UInt8] {
    let digits = Array(line)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16))
    }
  }

  private func read(_ path: String) -> [UInt8]? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    while true {
      let byte = unsafe getc(file)
      guard byte != EOF else { return bytes }
      bytes.append(UInt8(truncatingIfNeeded: byte))
    }
  }
}
