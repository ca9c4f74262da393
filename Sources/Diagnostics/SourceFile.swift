internal import Synchronization

/// The text of one source file: valid UTF-8 with `\n` as the only line end.
public final class SourceFile: Sendable {
  /// The largest file that spans can address, in bytes.
  public static let bytesMax = Int(UInt32.max) - 16

  /// The id of this file in its map.
  public let id: FileID
  /// The path as it is shown to people.
  public let path: String
  /// The text as UTF-8.
  public let bytes: [UInt8]
  /// The offset of the first invalid byte of the original, when it was not UTF-8; the text then ends before it.
  public let invalidOffset: UInt32?

  /// Offsets of the first byte of each line, made at the first question.
  private let lines = Mutex<[UInt32]>([])

  /// Makes a file from raw bytes: `\r\n` and `\r` become `\n`; a byte order mark is dropped.
  ///
  /// Invalid UTF-8 does not fail here: the text is cut before it and ``invalidOffset`` says where. Files above
  /// ``bytesMax`` are cut there.
  public init(id: FileID, path: String, bytes raw: [UInt8]) {
    self.id = id
    self.path = path
    var text = raw
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    if text.count > Self.bytesMax { text.removeLast(text.count - Self.bytesMax) }
    let (allBits, hasCarriageReturn) = Self.survey(text)
    if hasCarriageReturn { text = Self.withoutCarriageReturns(text) }
    if allBits >= 0x80, let offset = UTF8Validation.firstInvalidOffset(in: text) {
      text.removeLast(text.count - offset)
      invalidOffset = UInt32(offset)
    } else {
      invalidOffset = nil
    }
    bytes = text
  }

  /// Makes a file from a string.
  public convenience init(id: FileID, path: String, text: String) {
    self.init(id: id, path: path, bytes: Array(text.utf8))
  }

  /// The whole text.
  public var text: String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// The span of the whole file.
  public var span: SourceSpan {
    SourceSpan(file: id, start: 0, end: UInt32(bytes.count))
  }

  /// Returns the text of a range of offsets; offsets beyond the end are clamped.
  public func text(from start: UInt32, to end: UInt32) -> String {
    let upper = min(Int(end), bytes.count)
    let lower = min(Int(start), upper)
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }

  /// Returns the line of an offset, counted from 1.
  public func line(at offset: UInt32) -> Int {
    if offset > UInt32(bytes.count) { return lineCount + 1 }
    return withLines { Self.lineIndex(of: offset, in: $0) + 1 }
  }

  /// Returns line and column of an offset, both counted from 1; columns count Unicode scalars.
  ///
  /// Every file has one imaginary line end behind its text: larger offsets are on the line after it.
  public func position(at offset: UInt32) -> (line: Int, column: Int) {
    if offset > UInt32(bytes.count) { return (lineCount + 1, Int(offset) - bytes.count) }
    let (index, start) = withLines { lines in
      let index = Self.lineIndex(of: offset, in: lines)
      return (index, lines[index])
    }
    let scalars = bytes[Int(start)..<Int(offset)].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    return (index + 1, scalars + 1)
  }

  /// Returns where an offset is, as people name it.
  public func location(at offset: UInt32) -> SourceLocation {
    let (line, column) = position(at: offset)
    return SourceLocation(file: path, line: line, column: column)
  }

  /// The number of lines; an empty file has one.
  public var lineCount: Int {
    withLines { $0.count }
  }

  /// Returns the offsets of a line's text, without its line end, or nil when there is no such line.
  public func range(ofLine line: Int) -> Range<UInt32>? {
    withLines { lines in
      guard line >= 1, line <= lines.count else { return nil }
      let start = lines[line - 1]
      let end = line < lines.count ? lines[line] - 1 : UInt32(bytes.count)
      return start..<end
    }
  }

  private func withLines<Result: Sendable>(_ body: ([UInt32]) -> Result) -> Result {
    lines.withLock { lines in
      if lines.isEmpty {
        lines = Self.lineStarts(bytes)
      }
      return body(lines)
    }
  }

  /// The index of the last line that starts at or before `offset`.
  private static func lineIndex(of offset: UInt32, in lines: [UInt32]) -> Int {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lines[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// One pass over all bytes, without a branch: most files need no closer look.
  ///
  /// Arithmetic in place of a comparison lets the compiler take many bytes at a time.
  private static func survey(_ bytes: [UInt8]) -> (allBits: UInt8, hasCarriageReturn: Bool) {
    var allBits: UInt8 = 0
    var signs: UInt8 = 0
    for byte in bytes {
      allBits |= byte
      let difference = byte ^ 0x0D
      // The highest bit is set for a difference of 0 only.
      signs |= (difference &- 1) & ~difference
    }
    return (allBits, signs >= 0x80)
  }

  private static func lineStarts(_ bytes: [UInt8]) -> [UInt32] {
    var lines: [UInt32] = [0]
    for offset in bytes.indices where bytes[offset] == 0x0A { lines.append(UInt32(offset) + 1) }
    return lines
  }

  private static func withoutCarriageReturns(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      switch byte {
      case 0x0D: result.append(0x0A)
      case 0x0A where previous == 0x0D: break
      default: result.append(byte)
      }
      previous = byte
    }
    return result
  }
}

/// Finds the first byte that is not part of valid UTF-8.
enum UTF8Validation {
  /// Returns the offset where valid UTF-8 (Unicode 15, table 3-7) ends, or nil when all of it is valid.
  static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
      if bytes[index] < 0x80 {
        index += 1
        continue
      }
      let length = sequenceLength(in: bytes, at: index)
      if length == 0 { return index }
      index += length
    }
    return nil
  }

  /// Returns the length of the well-formed sequence at `index`, or 0.
  private static func sequenceLength(in bytes: [UInt8], at index: Int) -> Int {
    let first = bytes[index]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }
}
