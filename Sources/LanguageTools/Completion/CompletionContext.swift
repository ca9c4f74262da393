internal import Diagnostics
package import Language

/// What is being typed at a place, from the tokens before it: the text there is seldom whole.
package enum CompletionContext: Hashable, Sendable {
  /// Inside a comment, a string or a number: nothing.
  case none
  /// After `import`.
  case module
  /// After `path::`.
  case namespace(String)
  /// After `first.second.`: the names before the last dot; the first one may have a path.
  case attribute(first: WrittenName, rest: [String])
  /// The name of an argument of a constructor or look-up, with the names that are given already.
  case argument(of: WrittenName, given: Set<String>)
  /// Anywhere else.
  case general

  /// Reads the tokens before an offset.
  package init(_ layout: SyntaxLayout, at offset: UInt32) {
    let tokens = layout.tokens
    var count = tokens.firstIndex { $0.end >= offset } ?? tokens.count - 1
    // The word that the cursor is in or behind is what is being typed.
    if count < tokens.count - 1, tokens[count].start < offset {
      switch tokens[count].kind {
      case .identifier, .className: break
      case let kind where kind.isKeyword: break
      case .string, .rawString, .formatString, .multilineString, .regex, .integer, .float:
        self = .none
        return
      default: count += 1
      }
    }
    if Self.isInComment(layout, after: count == 0 ? 0 : tokens[count - 1].end, offset) {
      self = .none
      return
    }
    let reader = TokenReader(layout: layout, count: count)
    self = reader.context
  }

  private static func isInComment(
    _ layout: SyntaxLayout, after start: UInt32, _ offset: UInt32
  ) -> Bool {
    let text = layout.source.text(from: start, to: max(start, offset))
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
    return line.contains("#")
  }

  /// Looks back from a token.
  private struct TokenReader {
    let layout: SyntaxLayout
    /// How many tokens stand before what is being typed.
    let count: Int

    func kind(_ index: Int) -> TokenKind? { index >= 0 ? layout.tokens[index].kind : nil }

    var context: CompletionContext {
      switch kind(count - 1) {
      case .keywordImport: return .module
      case .separator:
        guard let (path, start) = path(before: count - 1) else { return .general }
        return kind(start - 1) == .keywordImport ? .module : .namespace(path)
      case .dot: return attribute
      case .leftParenthesis, .leftBracket, .comma: return argument ?? .general
      default: return .general
      }
    }

    /// The `a::b` that ends before a token, and where it begins.
    private func path(before index: Int) -> (path: String, start: Int)? {
      var names: [String] = []
      var index = index - 1
      while kind(index) == .identifier {
        names.insert(layout.text(index), at: 0)
        guard kind(index - 1) == .separator else { break }
        index -= 2
      }
      return names.isEmpty ? nil : (names.joined(separator: "::"), index)
    }

    private var attribute: CompletionContext {
      var names: [String] = []
      var index = count - 1
      while kind(index) == .dot, kind(index - 1) == .identifier {
        names.insert(layout.text(index - 1), at: 0)
        index -= 2
      }
      guard let first = names.first else { return .none }
      let path = kind(index) == .separator ? path(before: index)?.path : nil
      return .attribute(
        first: WrittenName(path: path, name: first), rest: Array(names.dropFirst()))
    }

    private var argument: CompletionContext? {
      var depth = 0
      var given: Set<String> = []
      var index = count - 1
      while index >= 0 {
        switch layout.tokens[index].kind {
        case .rightParenthesis, .rightBracket, .rightBrace: depth += 1
        case .leftParenthesis, .leftBracket, .leftBrace:
          if depth == 0 { return argument(open: index, given) }
          depth -= 1
        case .equal where depth == 0 && kind(index - 1) == .identifier:
          given.insert(layout.text(index - 1))
        case let kind where kind.startsStatementAtFileLevel: return nil
        default: break
        }
        index -= 1
      }
      return nil
    }

    private func argument(open: Int, _ given: Set<String>) -> CompletionContext? {
      guard kind(open) != .leftBrace, kind(open - 1) == .className else { return nil }
      // `index Host(` names attributes too.
      let path = kind(open - 2) == .separator ? path(before: open - 2)?.path : nil
      return .argument(
        of: WrittenName(path: path, name: layout.text(open - 1)), given: given)
    }
  }
}

extension TokenKind {
  var startsStatementAtFileLevel: Bool {
    switch self {
    case .keywordTypedef, .keywordEntity, .keywordImplementation, .keywordImplement,
      .keywordImport:
      true
    default: false
    }
  }
}

/// The entity that the block around a place is for, from the tokens alone.
package enum EnclosingBlock {
  /// Returns the entity of the implementation that an offset is in.
  package static func entity(_ layout: SyntaxLayout, at offset: UInt32) -> WrittenName? {
    let tokens = layout.tokens
    var open = 0
    var brackets = 0
    var implementation: Int?
    for index in tokens.indices where tokens[index].end <= offset {
      switch tokens[index].kind {
      case .keywordImplementation:
        (open, brackets, implementation) = (1, 0, index)
      case .keywordEntity: (open, brackets, implementation) = (1, 0, nil)
      case .keywordTypedef, .keywordImplement, .keywordImport:
        (open, brackets, implementation) = (0, 0, nil)
      case .leftParenthesis, .leftBracket, .leftBrace: brackets += 1
      case .rightParenthesis, .rightBracket, .rightBrace: brackets = max(0, brackets - 1)
      case .keywordFor where index > 1 && implementation == index - 2: break
      case .keywordFor, .keywordIf: if brackets == 0 { open += 1 }
      case .keywordEnd:
        brackets = 0
        open = max(0, open - 1)
        if open == 0 { implementation = nil }
      default: break
      }
    }
    guard let implementation else { return nil }
    var path: [String] = []
    var index = implementation + 3
    while index + 1 < tokens.count, tokens[index].kind == .identifier,
      tokens[index + 1].kind == .separator
    {
      path.append(layout.text(index))
      index += 2
    }
    guard index < tokens.count, tokens[index].kind == .className else { return nil }
    return WrittenName(
      path: path.isEmpty ? nil : path.joined(separator: "::"), name: layout.text(index))
  }
}
