internal import Diagnostics

/// Reads the pieces of a template into a tree.
struct TemplateParser {
  /// How deep blocks and expressions may nest.
  static let nestingMax = 100

  private let pieces: [TemplateLexer.Piece]
  private var next = 0
  private let end: SourceSpan
  private var nesting = 0

  init(source: SourceFile) throws(Diagnostic) {
    if let offset = source.invalidOffset {
      throw .invalidUTF8(at: SourceSpan(file: source.id, start: offset, end: offset))
    }
    var lexer = TemplateLexer(source: source)
    pieces = try lexer.tokenize()
    let offset = UInt32(source.bytes.count)
    end = SourceSpan(file: source.id, start: offset, end: offset)
  }

  mutating func parse() throws(Diagnostic) -> [TemplateNode] {
    let (nodes, closing) = try body(until: [], opened: end)
    precondition(closing == nil, "only a named tag ends a body")
    return nodes
  }

  /// Reads nodes up to a tag of `names`, and returns its tokens. With no names it reads to the end.
  private mutating func body(
    until names: [String], opened: SourceSpan
  ) throws(Diagnostic) -> (nodes: [TemplateNode], closing: TemplateExpressionParser?) {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.nestingMax else {
      throw .templateSyntax("blocks nest deeper than \(Self.nestingMax)", at: opened)
    }
    var nodes: [TemplateNode] = []
    while next < pieces.count {
      let piece = pieces[next]
      next += 1
      switch piece {
      case .text(let text): nodes.append(.text(text))
      case .output(let tokens):
        var parser = TemplateExpressionParser(tokens: tokens, end: end)
        let expression = try parser.tuple()
        try parser.expectEnd()
        nodes.append(.output(expression))
      case .block(let tokens):
        var parser = TemplateExpressionParser(tokens: tokens, end: end)
        let keyword = try parser.name("a tag's name")
        if names.contains(keyword.text) { return (nodes, parser) }
        nodes.append(try block(keyword, &parser))
      }
    }
    guard names.isEmpty else {
      throw .templateSyntax(
        "the block has no end", at: opened, help: "close it with `{% \(names.last ?? "") %}`")
    }
    return (nodes, nil)
  }

  private mutating func block(
    _ keyword: TemplateToken, _ parser: inout TemplateExpressionParser
  ) throws(Diagnostic) -> TemplateNode {
    switch keyword.text {
    case "if": return try condition(keyword, &parser)
    case "for": return try loop(keyword, &parser)
    case "set": return try set(keyword, &parser)
    case "filter":
      let filters = try parser.filterChain()
      try parser.expectEnd()
      let nodes = try simpleBody("endfilter", keyword)
      return .filtered(filters: filters, body: nodes)
    case "with": return try with(keyword, &parser)
    case "include", "import", "from", "extends", "block", "macro", "call", "do", "break",
      "continue", "trans", "autoescape", "debug":
      throw .templateUnsupported("the tag `\(keyword.text)`", at: keyword.span)
    default:
      throw .templateSyntax("unexpected tag `\(keyword.text)`", at: keyword.span)
    }
  }

  private mutating func simpleBody(
    _ closing: String, _ keyword: TemplateToken
  ) throws(Diagnostic) -> [TemplateNode] {
    let (nodes, parser) = try body(until: [closing], opened: keyword.span)
    try parser?.expectEnd()
    return nodes
  }

  private mutating func condition(
    _ keyword: TemplateToken, _ parser: inout TemplateExpressionParser
  ) throws(Diagnostic) -> TemplateNode {
    var branches: [(condition: TemplateExpression, body: [TemplateNode])] = []
    var condition = try parser.tuple()
    try parser.expectEnd()
    while true {
      let (nodes, closing) = try body(until: ["elif", "else", "endif"], opened: keyword.span)
      branches.append((condition, nodes))
      guard var closing else { break }
      switch closing.keyword {
      case "elif":
        condition = try closing.tuple()
        try closing.expectEnd()
      case "else":
        try closing.expectEnd()
        return .condition(
          branches: branches, otherwise: try simpleBody("endif", keyword))
      default:
        try closing.expectEnd()
        return .condition(branches: branches, otherwise: [])
      }
    }
    return .condition(branches: branches, otherwise: [])
  }

  private mutating func loop(
    _ keyword: TemplateToken, _ parser: inout TemplateExpressionParser
  ) throws(Diagnostic) -> TemplateNode {
    let targets = try parser.targets()
    try parser.expect(word: "in")
    let iterable = try parser.tupleWithoutCondition()
    let condition = parser.accept(word: "if") ? try parser.expression() : nil
    if let token = parser.current, token.text == "recursive" {
      throw .templateUnsupported("a recursive loop", at: token.span)
    }
    try parser.expectEnd()
    let (nodes, closing) = try body(until: ["else", "endfor"], opened: keyword.span)
    try closing?.expectEnd()
    let otherwise = closing?.keyword == "else" ? try simpleBody("endfor", keyword) : []
    return .loop(
      TemplateLoop(
        targets: targets, iterable: iterable, condition: condition, body: nodes,
        otherwise: otherwise, span: keyword.span))
  }

  private mutating func set(
    _ keyword: TemplateToken, _ parser: inout TemplateExpressionParser
  ) throws(Diagnostic) -> TemplateNode {
    let targets = try parser.targets()
    if parser.accept("=") {
      let value = try parser.tuple()
      try parser.expectEnd()
      return .set(targets: targets, value, keyword.span)
    }
    if let token = parser.current, token.text == "." {
      throw .templateUnsupported("setting an attribute", at: token.span)
    }
    let filters = parser.accept("|") ? try parser.filterChain() : []
    try parser.expectEnd()
    guard targets.count == 1 else {
      throw .templateSyntax("a block can be set to one name only", at: keyword.span)
    }
    return .setBlock(name: targets[0], filters: filters, body: try simpleBody("endset", keyword))
  }

  private mutating func with(
    _ keyword: TemplateToken, _ parser: inout TemplateExpressionParser
  ) throws(Diagnostic) -> TemplateNode {
    var assignments: [(name: String, value: TemplateExpression)] = []
    while parser.current != nil {
      let name = try parser.name("a name")
      try parser.expect("=")
      assignments.append((name.text, try parser.expression()))
      guard parser.accept(",") else { break }
    }
    try parser.expectEnd()
    return .with(assignments: assignments, body: try simpleBody("endwith", keyword))
  }
}
