package import Diagnostics

/// The tokens that make one statement, definition, attribute or header of a block.
package struct SyntaxNode: Sendable {
  /// The kinds of nodes.
  package enum Kind: Sendable {
    case `import`, entity, attribute, relation, typedef, index, implementation, implement
    case assignment, expression, `for`, `if`
    /// From the keyword of a block to its `:`.
    case header
    /// A docstring.
    case documentation
  }

  /// What it is.
  package var kind: Kind
  /// Its tokens, by place in ``SyntaxLayout/tokens``.
  package var tokens: Range<Int>
  /// The nodes inside it, in text order.
  package var children: [SyntaxNode] = []

  /// Makes a node without children.
  package init(kind: Kind, tokens: Range<Int>) {
    self.kind = kind
    self.tokens = tokens
  }

  /// Makes a forest of nodes that were noted when they ended: parts before the whole.
  static func tree(of nodes: [SyntaxNode]) -> [SyntaxNode] {
    var open: [SyntaxNode] = []
    for var node in nodes {
      let inside = open.reversed().prefix { $0.tokens.lowerBound >= node.tokens.lowerBound }.count
      node.children = Array(open.suffix(inside))
      open.removeLast(inside)
      open.append(node)
    }
    return open
  }
}

/// A file as tools see it that keep the text: all tokens, and which of them make which statement.
package struct SyntaxLayout: Sendable {
  /// The text.
  package var source: SourceFile
  /// The tokens; the last one is the end of the file. Comments stand between them.
  package var tokens: [Token]
  /// The nodes at file level, in text order.
  package var nodes: [SyntaxNode]
  /// The syntax.
  package var file: SyntaxFile
  /// What the parser found.
  package var diagnostics: [Diagnostic]

  /// Parses a file; as ``Parser/parse(_:limits:)``, never fails. After errors the nodes are not complete.
  package init(_ source: SourceFile, limits: Parser.Limits = Parser.Limits()) {
    var lexer = Lexer(source: source, errorsMax: limits.errorsMax)
    lexer.tokenize()
    var parser = SyntaxParser(source: source, lexer: lexer, limits: limits)
    parser.nodes = []
    parser.parseFile()
    self.source = source
    tokens = lexer.tokens
    nodes = SyntaxNode.tree(of: parser.nodes ?? [])
    file = parser.file
    diagnostics = parser.finishedDiagnostics()
  }

  /// Returns the text of a token.
  package func text(_ index: Int) -> String {
    source.text(from: tokens[index].start, to: tokens[index].end)
  }
}
