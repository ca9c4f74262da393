/// The text of a document that a client has open, as the client counts in it.
struct TextDocument {
  /// The name that the client uses.
  let uri: String
  /// The version of the text, which the client counts.
  private(set) var version: Int
  /// The text as UTF-8, with the client's own line ends.
  private(set) var bytes: [UInt8]
  /// The offsets of the first byte of each line.
  private var lines: [Int] = []

  init(uri: String, version: Int, text: String) {
    self.uri = uri
    self.version = version
    bytes = Array(text.utf8)
    findLines()
  }

  /// Puts a text in the place of a range, or of everything. Returns false, and changes nothing, when
  /// the range ends before it starts or lies before the text.
  mutating func change(_ range: PositionRange?, to text: String) -> Bool {
    guard let range else {
      bytes = Array(text.utf8)
      findLines()
      return true
    }
    guard range.start <= range.end, range.start.line >= 0, range.start.character >= 0,
      range.end.character >= 0
    else { return false }
    let lower = offset(of: range.start)
    let upper = max(lower, offset(of: range.end))
    bytes.replaceSubrange(lower..<upper, with: text.utf8)
    findLines()
    return true
  }

  mutating func setVersion(_ version: Int) { self.version = version }

  private mutating func findLines() {
    lines.removeAll(keepingCapacity: true)
    lines.append(0)
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x0A { lines.append(index) }
      if byte == 0x0D {
        if index < bytes.count, bytes[index] == 0x0A { index += 1 }
        lines.append(index)
      }
    }
  }

  /// The offset of a place. A character behind the end of its line is the line's end, a line behind
  /// the last one the end of the text.
  private func offset(of position: Position) -> Int {
    guard position.line < lines.count else { return bytes.count }
    var end = position.line + 1 < lines.count ? lines[position.line + 1] : bytes.count
    while end > lines[position.line], bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return UTF16Columns.offset(
      of: position.character, in: bytes, from: lines[position.line], to: end)
  }

  /// The place behind the last character.
  var end: Position {
    let start = lines[lines.count - 1]
    return Position(
      line: lines.count - 1,
      character: UTF16Columns.column(of: bytes.count, in: bytes, from: start))
  }
}

/// Counts UTF-16 code units in UTF-8.
enum UTF16Columns {
  /// The number of code units of `bytes[start..<offset]`.
  static func column(of offset: Int, in bytes: [UInt8], from start: Int) -> Int {
    var column = 0
    for index in start..<max(start, min(offset, bytes.count)) {
      if bytes[index] & 0xC0 != 0x80 { column += bytes[index] >= 0xF0 ? 2 : 1 }
    }
    return column
  }

  /// The offset of a number of code units behind `start`, at most `end`. The middle of a character is
  /// its start.
  static func offset(of column: Int, in bytes: [UInt8], from start: Int, to end: Int) -> Int {
    var left = column
    var index = start
    while index < end {
      let units = bytes[index] >= 0xF0 ? 2 : 1
      guard left >= units else { break }
      left -= units
      index += 1
      while index < end, bytes[index] & 0xC0 == 0x80 { index += 1 }
    }
    return index
  }
}
