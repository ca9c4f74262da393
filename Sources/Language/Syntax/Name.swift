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
  private var names: [String: Name] = [:]

  /// Makes an empty table.
  public init() {}

  /// Returns the text of a name of this table.
  public subscript(name: Name) -> String {
    texts[Int(name.index)]
  }

  /// Returns the name of a text, or nil when the file does not mention it.
  public func name(of text: String) -> Name? {
    names[text]
  }

  /// Returns the name of a text, and adds it when it is new.
  public mutating func intern(_ text: String) -> Name {
    if let name = names[text] { return name }
    let name = Name(index: UInt32(texts.count))
    texts.append(text)
    names[text] = name
    return name
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
