internal import Diagnostics

/// Places as the protocol counts them. Lines are the same whatever their ends are.
extension SourceFile {
  func position(of offset: UInt32) -> Position {
    let offset = min(offset, UInt32(bytes.count))
    let line = line(at: offset)
    let start = range(ofLine: line)?.lowerBound ?? 0
    return Position(
      line: line - 1,
      character: UTF16Columns.column(of: Int(offset), in: bytes, from: Int(start)))
  }

  func positions(of span: SourceSpan) -> PositionRange {
    PositionRange(start: position(of: span.start), end: position(of: span.end))
  }

  /// Returns the offset of a place, clamped to its line and to the text.
  func offset(of position: Position) -> UInt32 {
    guard position.line >= 0, let range = range(ofLine: position.line + 1) else {
      return position.line < 0 ? 0 : UInt32(bytes.count)
    }
    return UInt32(
      UTF16Columns.offset(
        of: position.character, in: bytes, from: Int(range.lowerBound), to: Int(range.upperBound)))
  }
}
