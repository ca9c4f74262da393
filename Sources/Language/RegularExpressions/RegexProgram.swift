/// A compiled pattern: instructions for ``RegexMatcher``.
struct RegexProgram: Sendable {
  /// What one instruction does.
  indirect enum Instruction: Sendable {
    /// Takes one character of a set.
    case one(RegexSet)
    /// Takes `minimum` to `maximum` characters of a set; possessive ones never give back.
    case run(RegexSet, minimum: Int, maximum: Int, mode: Mode)
    /// Goes on at the first, and later at the second.
    case split(Int, Int)
    /// Goes on elsewhere.
    case jump(Int)
    /// Remembers the place in a slot; even slots open groups, odd ones close them.
    case save(Int)
    /// Remembers the place in a register, to notice loops that take nothing.
    case mark(register: Int)
    /// Fails when nothing was taken since the register was marked.
    case progress(register: Int)
    /// Takes again what a group took.
    case backreference(group: Int, ignoresCase: Bool)
    /// Asks without taking.
    case assert(Assertion)
    /// Runs instructions up to their `matched`, without giving back afterwards.
    case look(start: Int, next: Int, isAhead: Bool, isNegative: Bool, widths: ClosedRange<Int>)
    /// Runs instructions up to their `matched`, keeps what they took, and never gives back.
    case atomic(start: Int, next: Int)
    /// Goes on at `then` when the group took part, else at `otherwise`.
    case condition(group: Int, then: Int, otherwise: Int)
    /// The end.
    case matched
  }

  /// How a repetition chooses.
  enum Mode: Sendable {
    case greedy, lazy, possessive
  }

  /// Questions about a place.
  enum Assertion: Sendable {
    case textStart, textEnd, lineStart, lineEnd, endOrLastLineEnd
    case wordBoundary(ascii: Bool), noWordBoundary(ascii: Bool)
  }

  var instructions: [Instruction] = []
  var groupCount = 0
  var registerCount = 0
}

/// A set of characters.
struct RegexSet: Sendable {
  /// A class of characters.
  enum Class: Sendable {
    case digit, space, word
  }

  /// The ranges, when the set is not just a class.
  var ranges: [ClosedRange<UInt32>] = []
  /// Classes, each maybe negated.
  var classes: [(kind: Class, isNegated: Bool)] = []
  var isNegated = false
  var ignoresCase = false
  /// Whether classes know ASCII only.
  var isASCII = false

  static func single(_ scalar: Unicode.Scalar, ignoresCase: Bool) -> RegexSet {
    RegexSet(ranges: [scalar.value...scalar.value], ignoresCase: ignoresCase)
  }

  static let anything = RegexSet(ranges: [0...0x10FFFF])
  static let anythingButLineEnd = RegexSet(ranges: [0x0A...0x0A], isNegated: true)

  func contains(_ value: UInt32) -> Bool {
    if holds(value) { return !isNegated }
    if ignoresCase {
      for other in Self.cases(of: value) where holds(other) { return !isNegated }
    }
    return isNegated
  }

  private func holds(_ value: UInt32) -> Bool {
    for range in ranges where range.contains(value) { return true }
    for entry in classes
    where Self.isMember(value, of: entry.kind, ascii: isASCII) != entry.isNegated {
      return true
    }
    return false
  }

  /// The other cases of a character.
  static func cases(of value: UInt32) -> [UInt32] {
    guard let scalar = Unicode.Scalar(value) else { return [] }
    let forms = [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping]
    return forms.compactMap { form in
      let scalars = form.unicodeScalars
      guard scalars.count == 1, let first = scalars.first, first != scalar else { return nil }
      return first.value
    }
  }

  static func isMember(_ value: UInt32, of kind: Class, ascii: Bool) -> Bool {
    if value < 0x80 {
      let byte = UInt8(value)
      switch kind {
      case .digit: return byte >= 0x30 && byte <= 0x39
      case .space:
        return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
          || (!ascii && byte >= 0x1C && byte <= 0x1F)
      case .word:
        return (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
          || byte == 0x5F
      }
    }
    guard !ascii, let scalar = Unicode.Scalar(value) else { return false }
    switch kind {
    case .digit: return scalar.properties.generalCategory == .decimalNumber
    case .space: return scalar.properties.isWhitespace
    case .word:
      if scalar.properties.numericType != nil { return true }
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
        .decimalNumber:
        return true
      default: return false
      }
    }
  }
}
