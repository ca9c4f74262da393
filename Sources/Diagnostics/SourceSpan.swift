/// Names one file of a ``SourceMap``.
public struct FileID: Hashable, Sendable, Comparable {
  /// The file's place in the map that gave the id, counted from 0.
  public let index: UInt32

  /// Makes the id of the file at `index` of a map.
  public init(index: UInt32) {
    self.index = index
  }

  /// Orders ids by the order in which files were added.
  public static func < (left: FileID, right: FileID) -> Bool {
    left.index < right.index
  }
}

/// A half-open range of UTF-8 bytes of one file.
///
/// Lines and columns are not stored: ``SourceFile/position(at:)`` finds them when somebody asks.
public struct SourceSpan: Hashable, Sendable {
  /// The file that the offsets count in.
  public var file: FileID
  /// The offset of the first byte.
  public var start: UInt32
  /// The offset after the last byte; at least `start`.
  public var end: UInt32

  /// Makes the span of bytes `start..<end` of `file`.
  public init(file: FileID, start: UInt32, end: UInt32) {
    precondition(start <= end, "a span cannot end before it starts")
    self.file = file
    self.start = start
    self.end = end
  }

  /// Returns the span from the start of this one to the end of `other`, of the same file.
  public func joined(to other: SourceSpan) -> SourceSpan {
    SourceSpan(file: file, start: Swift.min(start, other.start), end: Swift.max(end, other.end))
  }
}

/// A place in a source file as people name it; what resources and logs carry.
public struct SourceLocation: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The path as it was given to the compiler.
  public var file: String
  /// The line, counted from 1.
  public var line: Int
  /// The column in characters (Unicode scalars), counted from 1; 0 when only the line is known.
  public var column: Int

  /// Makes a location; `column` 0 means that only the line is known.
  public init(file: String, line: Int, column: Int = 0) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column`, or `file:line` when only the line is known.
  public var description: String {
    column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
  }

  /// Orders by file name, line and column.
  public static func < (left: SourceLocation, right: SourceLocation) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}
