import Diagnostics
import Testing

@Suite struct SourceFileTests {
  private func file(_ bytes: [UInt8]) -> SourceFile {
    SourceFile(id: FileID(index: 0), path: "f", bytes: bytes)
  }

  @Test(arguments: [
    (0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 2, 2), (6, 2, 3), (7, 3, 1), (8, 3, 2),
    (9, 4, 1),  // Behind the imaginary line end.
    (10, 4, 2),
  ])
  func `offsets become lines and columns of characters`(offset: UInt32, line: Int, column: Int) {
    let place = file(Array("ab\nxé\nz".utf8)).position(at: offset)
    #expect(place == (line, column))
  }

  @Test(arguments: [
    ("a\r\nb\rc\n", "a\nb\nc\n"), ("\r\r\n", "\n\n"), ("\u{FEFF}x", "x"), ("", ""),
  ])
  func `line ends are made equal`(text: String, expected: String) {
    #expect(file(Array(text.utf8)).text == expected)
  }

  @Test(
    arguments: [
      ([0x61, 0xFF], 1), ([0xC0, 0x80], 0), ([0xE0, 0x80, 0x80], 0), ([0xED, 0xA0, 0x80], 0),
      ([0xF4, 0x90, 0x80, 0x80], 0), ([0x61, 0xE2, 0x82], 1), ([0x80], 0),
      ([0xF5, 0x80, 0x80, 0x80], 0),
    ] as [([UInt8], UInt32)])
  func `the first invalid byte is found and cuts the text`(bytes: [UInt8], offset: UInt32) {
    let file = file(bytes)
    #expect(file.invalidOffset == offset)
    #expect(file.bytes.count == Int(offset))
  }

  @Test func `valid text of every length is kept`() {
    let text = "a\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"
    #expect(file(Array(text.utf8)).invalidOffset == nil)
  }

  @Test func `lines have ranges without their line ends`() {
    let file = file(Array("ab\n\nc".utf8))
    #expect(file.lineCount == 3)
    #expect(file.range(ofLine: 1) == 0..<2)
    #expect(file.range(ofLine: 2) == 3..<3)
    #expect(file.range(ofLine: 3) == 4..<5)
    #expect(file.range(ofLine: 4) == nil)
  }
}
