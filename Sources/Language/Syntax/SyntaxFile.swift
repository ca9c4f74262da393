public import Diagnostics

/// What the parser made of one file. It names nothing outside the file, so it may be kept and shared.
public struct SyntaxFile: Sendable {
  /// The text that it came from.
  public var source: SourceFile
  /// The identifiers of the file.
  public var names: NameTable
  /// The docstring: a multi-line string before everything else.
  public var documentation: String?
  /// The imports, in text order.
  public var imports: [ImportDeclaration]
  /// The definitions, in text order.
  public var declarations: [Declaration]
  /// The statements at file level, in text order.
  public var statements: [Statement]

  /// Makes a file.
  public init(
    source: SourceFile, names: NameTable = NameTable(), documentation: String? = nil,
    imports: [ImportDeclaration] = [], declarations: [Declaration] = [],
    statements: [Statement] = []
  ) {
    self.source = source
    self.names = names
    self.documentation = documentation
    self.imports = imports
    self.declarations = declarations
    self.statements = statements
  }

  /// Returns the text of a qualified name, `a::b::c`.
  public func text(of name: QualifiedName) -> String {
    if name.isBare { return names[name.name] }
    return (name.namespace + [name.name]).map { names[$0] }.joined(separator: "::")
  }
}
