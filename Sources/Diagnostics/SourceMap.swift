/// The files of one compile, by id.
public struct SourceMap: Sendable {
  /// The files, in the order in which they were added.
  public private(set) var files: [SourceFile] = []

  /// Makes an empty map.
  public init() {}

  /// Adds a file from raw bytes (see ``SourceFile/init(id:path:bytes:)``) and returns it.
  public mutating func add(path: String, bytes: [UInt8]) -> SourceFile {
    let file = SourceFile(id: FileID(index: UInt32(files.count)), path: path, bytes: bytes)
    files.append(file)
    return file
  }

  /// Adds a file from a string and returns it.
  public mutating func add(path: String, text: String) -> SourceFile {
    add(path: path, bytes: Array(text.utf8))
  }

  /// Puts another text of a file in the place of the one with its id, which must be of this map.
  public mutating func replace(_ file: SourceFile) {
    precondition(Int(file.id.index) < files.count, "the file is not of this map")
    files[Int(file.id.index)] = file
  }

  /// Returns the file with an id, or nil when the id is not of this map.
  public subscript(id: FileID) -> SourceFile? {
    Int(id.index) < files.count ? files[Int(id.index)] : nil
  }

  /// Returns where a span starts, as people name it.
  public func location(of span: SourceSpan) -> SourceLocation {
    self[span.file]?.location(at: span.start) ?? SourceLocation(file: "<unknown>", line: 0)
  }

  /// Returns the line where a span starts, counted from 1; 0 when the file is not of this map.
  public func line(of span: SourceSpan) -> Int {
    self[span.file]?.line(at: span.start) ?? 0
  }
}

extension SourceMap {
  /// Returns the span of the word at a place that travelled without its file, or nil when the file is not of this map.
  public func span(at location: SourceLocation) -> SourceSpan? {
    guard let source = files.first(where: { $0.path == location.file }) else { return nil }
    return source.span(at: location)
  }
}
