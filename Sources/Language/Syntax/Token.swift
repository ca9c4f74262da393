/// The kinds of tokens.
package enum TokenKind: UInt8, Sendable {
  case endOfFile
  case identifier, className
  case integer, float
  case string, rawString, formatString, multilineString, regex
  /// Text that is no token; the lexer has reported it.
  case invalid
  // Keywords.
  case keywordTypedef, keywordAs, keywordEntity, keywordExtends, keywordEnd, keywordIn
  case keywordImplementation, keywordFor, keywordMatching, keywordIndex, keywordImplement
  case keywordUsing, keywordWhen, keywordAnd, keywordOr, keywordNot, keywordTrue, keywordFalse
  case keywordImport, keywordIs, keywordDefined, keywordDict, keywordNull, keywordUndef
  case keywordParents, keywordIf, keywordElse, keywordElif
  // Punctuation.
  case separator, relation
  case equalEqual, notEqual, less, greater, lessOrEqual, greaterOrEqual
  case plusEqual, plus, minus, slash, power, star, percent
  case colon, leftBracket, rightBracket, leftParenthesis, rightParenthesis
  case equal, comma, dot, leftBrace, rightBrace, question

  /// Whether it is one of the 28 reserved words.
  package var isKeyword: Bool {
    rawValue >= TokenKind.keywordTypedef.rawValue && rawValue <= TokenKind.keywordElif.rawValue
  }

  /// Whether it begins a definition or an import, which only stand at file level.
  var startsDefinition: Bool {
    switch self {
    case .keywordTypedef, .keywordEntity, .keywordImplementation, .keywordIndex,
      .keywordImplement, .keywordImport:
      true
    default: false
    }
  }

  /// What stands for it in messages.
  var description: String {
    switch self {
    case .endOfFile: "the end of the file"
    case .identifier: "a name"
    case .className: "an entity name"
    case .integer, .float: "a number"
    case .string, .rawString, .formatString: "a string"
    case .multilineString: "a multi-line string"
    case .regex: "a regular expression"
    case .keywordEnd: "`end`"
    case .separator: "`::`"
    case .colon: "`:`"
    case .leftBracket: "`[`"
    case .rightBracket: "`]`"
    case .leftParenthesis: "`(`"
    case .rightParenthesis: "`)`"
    case .leftBrace: "`{`"
    case .rightBrace: "`}`"
    case .equal: "`=`"
    case .comma: "`,`"
    case .dot: "`.`"
    default: "this"
    }
  }
}

/// One token: kind, place, and what the lexer already knows about it.
package struct Token: Sendable {
  package var kind: TokenKind
  package var flags: Flags
  /// The offset of the first byte.
  package var start: UInt32
  /// The offset after the last byte.
  package var end: UInt32
  /// The name's index for identifiers and class names; unused otherwise.
  var name: UInt32

  /// What the lexer knows beyond the kind.
  package struct Flags: OptionSet, Sendable {
    /// The bits.
    package let rawValue: UInt8

    /// Makes flags from bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing but white space stands before it on its line.
    package static let firstOnLine = Flags(rawValue: 1)
    /// A name with `-` in it.
    static let hyphen = Flags(rawValue: 2)
    /// A string with a backslash in it.
    static let backslash = Flags(rawValue: 4)
    /// A string with `{{` in it, or that may get it from an escape.
    static let braces = Flags(rawValue: 8)
    /// A string that the line's end cut off; the lexer has reported it.
    static let unterminated = Flags(rawValue: 16)
  }
}
