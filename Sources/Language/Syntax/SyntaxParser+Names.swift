internal import Diagnostics

/// Identifiers and qualified names.
extension SyntaxParser {
  func name(_ token: Token) -> Name { Name(index: token.name) }

  func identifier(_ token: Token) -> Identifier {
    Identifier(name: name(token), span: span(token))
  }

  /// Steps over the current token, a name. (`identifier(advance())` would copy the whole parser: what a
  /// method is called on is evaluated before its arguments.)
  mutating func advanceIdentifier() -> Identifier {
    let token = advance()
    return identifier(token)
  }

  /// Reads a lower case name; `what` completes "… cannot be".
  mutating func parseIdentifier(_ what: String) throws(Failure) -> Identifier {
    let token = current
    switch token.kind {
    case .identifier:
      advance()
      return identifier(token)
    case .className: throw fail(.nameCase(text(token), what: what, at: span(token)))
    default: throw notAName(what)
    }
  }

  /// Reads a lower case name that defines something: no hyphens.
  mutating func parseDefinedIdentifier(_ what: String) throws(Failure) -> Identifier {
    let token = current
    let result = try parseIdentifier(what)
    try refuseHyphen(token, what)
    return result
  }

  mutating func refuseHyphen(_ token: Token, _ what: String) throws(Failure) {
    if token.flags.contains(.hyphen) {
      throw fail(.hyphen(in: text(token), what: what, at: span(token)))
    }
  }

  mutating func notAName(_ what: String) -> Failure {
    let token = current
    if token.kind.isKeyword {
      return fail(.reservedKeyword(text(token), expected: what, at: span(token)))
    }
    return unexpected(expected: what)
  }

  /// Reads `ID {:: ID}`.
  mutating func parseNamespaceReference(_ what: String) throws(Failure) -> QualifiedName {
    var namespace: [Name] = []
    let start = current.start
    var last = try parseIdentifier(what)
    while currentKind == .separator {
      advance()
      namespace.append(last.name)
      last = try parseIdentifier(what)
    }
    return QualifiedName(namespace: namespace, name: last.name, span: span(from: start))
  }

  /// Reads `{ID ::} CID`.
  mutating func parseClassReference() throws(Failure) -> QualifiedName {
    var namespace: [Name] = []
    let start = current.start
    while currentKind == .identifier {
      let part = advance()
      switch currentKind {
      case .separator:
        advance()
        namespace.append(name(part))
      case .dot where kind(ahead: 1) == .className || kind(ahead: 1) == .identifier:
        throw namespaceAccess(from: start)
      default:
        throw unexpected(
          expected: "`::` and an entity's name after `\(text(part))`",
          help: ["the names of entities start with a capital letter"])
      }
    }
    guard currentKind == .className else { throw notAName("an entity name") }
    let last = advance()
    return QualifiedName(namespace: namespace, name: name(last), span: span(from: start))
  }

  /// Reports `a.B` where `a::B` is meant. The name started at `start`; the current token is within it.
  mutating func namespaceAccess(from start: UInt32) -> Failure {
    var meant = source.text(from: start, to: previousEnd)
    while currentKind == .dot, kind(ahead: 1) == .identifier || kind(ahead: 1) == .className {
      advance()
      meant += "::" + text(advance())
    }
    let place = span(from: start)
    let written = source.text(from: place.start, to: place.end)
    meant = meant.split(separator: ".").joined(separator: "::")
    return fail(.namespaceAccess(written, meant: meant, at: place))
  }
}
