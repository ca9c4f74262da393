public import Diagnostics

/// An identifier, as the number that its file's ``NameTable`` gave it.
///
/// Names of different files do not compare: a compile maps each file's table to its own symbols once.
public struct Name: Hashable, Sendable {
  /// The place in the file's table, counted from 0; tables are dense.
  public let index: UInt32

  /// Makes the name with an index of a table.
  public init(index: UInt32) {
    self.index = index
  }
}

/// The distinct identifiers of one file.
public struct NameTable: Sendable {
  /// The texts, by ``Name/index``.
  public private(set) var texts: [String] = []
  private var hashes: [UInt32] = []
  /// The bytes of all texts in a row, for comparing.
  private var allBytes: [UInt8] = []
  private var ends: [Int] = [0]
  /// Open addressing: index + 1 of the name in a slot, 0 when the slot is free. The count is a power of two.
  private var slots: [UInt32] = Array(repeating: 0, count: 64)

  /// Makes an empty table.
  public init() {}

  /// Returns the text of a name of this table.
  public subscript(name: Name) -> String {
    texts[Int(name.index)]
  }

  /// Returns the name of a text, or nil when the file does not mention it.
  public func name(of text: String) -> Name? {
    let bytes = Array(text.utf8)
    let found = slots[slot(of: bytes, 0..<bytes.count, hash: Self.hash(bytes))]
    return found == 0 ? nil : Name(index: found - 1)
  }

  /// Returns the name of a text, and adds it when it is new.
  public mutating func intern(_ text: String) -> Name {
    let bytes = Array(text.utf8)
    return intern(bytes, 0..<bytes.count, hash: Self.hash(bytes))
  }

  /// Returns the name of `bytes[range]`, and adds it when it is new.
  mutating func intern(_ bytes: [UInt8], _ range: Range<Int>) -> Name {
    var hash: UInt32 = 2_166_136_261
    for index in range { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
    return intern(bytes, range, hash: hash)
  }

  /// Returns the name of `bytes[range]`, whose FNV-1a hash the caller made while it read them.
  mutating func intern(_ bytes: [UInt8], _ range: Range<Int>, hash: UInt32) -> Name {
    let place = slot(of: bytes, range, hash: hash)
    if slots[place] != 0 { return Name(index: slots[place] - 1) }
    let name = Name(index: UInt32(texts.count))
    texts.append(String(decoding: bytes[range], as: UTF8.self))
    hashes.append(hash)
    allBytes.append(contentsOf: bytes[range])
    ends.append(allBytes.count)
    slots[place] = name.index + 1
    if texts.count * 2 > slots.count { grow() }
    return name
  }

  private static func hash(_ bytes: [UInt8]) -> UInt32 {
    bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  /// The slot that holds the text, or the free one where it belongs.
  private func slot(of bytes: [UInt8], _ range: Range<Int>, hash: UInt32) -> Int {
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while slots[place] != 0 {
      let index = Int(slots[place] - 1)
      if hashes[index] == hash, isText(index, bytes, range) { break }
      place = (place + 1) & mask
    }
    return place
  }

  private func isText(_ index: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let start = ends[index]
    guard ends[index + 1] - start == range.count else { return false }
    for offset in 0..<range.count where allBytes[start + offset] != bytes[range.lowerBound + offset]
    { return false }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 4)
    let mask = slots.count - 1
    for (index, hash) in hashes.enumerated() {
      var place = Int(hash) & mask
      while slots[place] != 0 { place = (place + 1) & mask }
      slots[place] = UInt32(index) + 1
    }
  }
}

/// A name where it stands in the text.
public struct Identifier: Hashable, Sendable {
  /// The name.
  public var name: Name
  /// Where it stands.
  public var span: SourceSpan

  /// Makes an identifier.
  public init(name: Name, span: SourceSpan) {
    self.name = name
    self.span = span
  }
}

/// `a::b::name`, or just `name`.
public struct QualifiedName: Hashable, Sendable {
  /// The parts before the last `::`; empty for a bare name.
  public var namespace: [Name]
  /// The last part.
  public var name: Name
  /// The whole, from the first part to the last.
  public var span: SourceSpan

  /// Makes a qualified name.
  public init(namespace: [Name] = [], name: Name, span: SourceSpan) {
    self.namespace = namespace
    self.name = name
    self.span = span
  }

  /// Whether there is no `::`.
  public var isBare: Bool { namespace.isEmpty }
}
