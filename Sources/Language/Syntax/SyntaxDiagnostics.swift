internal import Diagnostics

/// The findings of lexer and parser.
extension Diagnostic {
  static func invalidUTF8(at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "invalid-utf8", title: "the file is not valid UTF-8", at: span, label: "first invalid byte",
      help: ["save the file as UTF-8"])
  }

  static func illegalCharacter(_ text: String, at span: SourceSpan) -> Diagnostic {
    let shown = text.unicodeScalars.prefix(16).map { $0.escaped(asASCII: $0.value < 32) }
    return Diagnostic(
      "illegal-character", title: "illegal character `\(shown.joined())`", at: span,
      help: ["outside strings and comments only ASCII letters, digits and operators may stand"])
  }

  static func unterminatedString(at span: SourceSpan, isMultiline: Bool) -> Diagnostic {
    Diagnostic(
      "unterminated-string",
      title: isMultiline ? "the multi-line string has no end" : "the string has no end on its line",
      at: span,
      help: [
        isMultiline
          ? "close it with `\"\"\"`"
          : "close it with the quote it began with, or use `\"\"\"` for several lines"
      ])
  }

  static func unexpected(
    _ found: String, expected: String, at span: SourceSpan, help: [String] = [],
    labels: [Label] = []
  ) -> Diagnostic {
    Diagnostic(
      "unexpected-token", title: "unexpected \(found)", at: span, label: "expected \(expected)",
      labels: labels, help: help)
  }

  static func unexpectedEnd(expected: String, at span: SourceSpan, labels: [Label]) -> Diagnostic {
    Diagnostic(
      "unexpected-end", title: "unexpected end of the file", at: span,
      label: "expected \(expected)", labels: labels)
  }

  static func reservedKeyword(_ keyword: String, expected: String, at span: SourceSpan)
    -> Diagnostic
  {
    Diagnostic(
      "reserved-keyword", title: "`\(keyword)` is a reserved keyword and cannot be \(expected)",
      at: span, help: ["choose another name"])
  }

  static func entityNameCase(_ name: String, at span: SourceSpan) -> Diagnostic {
    let fixed = name.prefix(1).uppercased() + name.dropFirst()
    return Diagnostic(
      "entity-name-case", title: "the entity name `\(name)` does not start with a capital letter",
      at: span, help: fixed == name ? [] : ["write `\(fixed)`"])
  }

  static func nameCase(_ name: String, what: String, at span: SourceSpan) -> Diagnostic {
    let fixed = name.prefix(1).lowercased() + name.dropFirst()
    return Diagnostic(
      "name-case",
      title: "the name `\(name)` of \(what) does not start with a lower case letter",
      at: span, help: ["write `\(fixed)`"])
  }

  static func hyphen(in name: String, what: String, at span: SourceSpan) -> Diagnostic {
    let fixed = String(name.map { $0 == "-" ? "_" : $0 })
    return Diagnostic(
      "hyphen-in-name", title: "the name `\(name)` of \(what) has a hyphen", at: span,
      notes: ["`-` is a letter of names; a subtraction needs a space before it"],
      help: ["write `\(fixed)`"])
  }

  static func namespaceAccess(_ written: String, meant: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "namespace-access", title: "`\(written)` is not a name in a namespace", at: span,
      help: ["write `\(meant)`"])
  }

  static func nullForDictionary(at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "null-for-dict", title: "null cannot be the default of a `dict`", at: span,
      help: ["write `dict?` or give `{}`"])
  }

  static func additionToVariable(_ name: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "addition-to-variable", title: "`+=` cannot be used on the variable `\(name)`", at: span,
      notes: ["`+=` adds to a relation of an instance, as in `\(name).relation += value`"])
  }

  static func defaultConstructor(at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "default-constructor", title: "default constructors are not supported", at: span,
      help: ["give the attributes of the entity defaults, or make a child entity"])
  }

  static func regex(_ error: RegularExpression.CompileError, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "invalid-regex", title: "invalid regular expression: \(error.message)", at: span,
      label: "at character \(error.offset + 1)")
  }

  static func interpolationInKey(at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "interpolation-in-key", title: "a dictionary key cannot have placeholders", at: span,
      help: ["write the key as a raw string, r\"…\", if the braces are meant"])
  }

  static func invalidFormat(_ message: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic("invalid-format-string", title: "invalid format string: \(message)", at: span)
  }

  static func invalidEscape(_ message: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic("invalid-escape", title: message, at: span)
  }

  static func unknownEscape(_ escape: String, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "unknown-escape", .warning, title: "`\(escape)` is not an escape; the backslash stays",
      at: span, help: ["write `\\\(escape)` for a backslash"])
  }

  static func tooDeep(_ what: String, limit: Int, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "nesting-too-deep", title: "\(what) is deeper than the limit of \(limit)", at: span,
      help: ["give parts of it names of their own"])
  }

  static func misplacedDefinition(_ keyword: String, at span: SourceSpan, block: SourceSpan?)
    -> Diagnostic
  {
    Diagnostic(
      "misplaced-definition", title: "`\(keyword)` can only stand at the level of the file",
      at: span, labels: block.map { [Label(span: $0, text: "inside this block")] } ?? [],
      help: ["close the block with `end` first"])
  }

  static func tooManyErrors(_ limit: Int, at span: SourceSpan) -> Diagnostic {
    Diagnostic(
      "too-many-errors", title: "more than \(limit) errors in this file; the rest is not shown",
      at: span)
  }
}
