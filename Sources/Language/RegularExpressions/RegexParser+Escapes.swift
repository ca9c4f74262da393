/// Escapes and character classes.
extension RegexParser {
  /// Reads an escape outside of a class; the backslash has been read.
  mutating func parseEscape(from start: Int) throws(Failure) -> RegexNode {
    guard let scalar = next else { throw failure("bad escape (end of pattern)", at: start) }
    index += 1
    switch scalar {
    case "A": return .assert(.textStart)
    case "Z": return .assert(.textEnd)
    case "b": return .assert(.wordBoundary(ascii: flags.isASCII))
    case "B": return .assert(.noWordBoundary(ascii: flags.isASCII))
    case "1"..."9": return try parseNumberEscape(first: scalar, from: start)
    default: break
    }
    if let entry = Self.classEscape(scalar) {
      return .set(RegexSet(classes: [entry], isASCII: flags.isASCII))
    }
    let value = try parseCharacterEscape(scalar, from: start)
    return .set(.single(value, ignoresCase: flags.ignoresCase))
  }

  private static func classEscape(
    _ scalar: Unicode.Scalar
  ) -> (kind: RegexSet.Class, isNegated: Bool)? {
    switch scalar {
    case "d": (.digit, false)
    case "D": (.digit, true)
    case "s": (.space, false)
    case "S": (.space, true)
    case "w": (.word, false)
    case "W": (.word, true)
    default: nil
    }
  }

  /// A group number of one or two digits, or three octal digits.
  private mutating func parseNumberEscape(
    first: Unicode.Scalar, from start: Int
  ) throws(Failure) -> RegexNode {
    var digits = String(first)
    if let second = next, second >= "0", second <= "9" {
      digits.unicodeScalars.append(second)
      index += 1
      if let third = next, third >= "0", third <= "7",
        let value = UInt32(digits + String(third), radix: 8)
      {
        index += 1
        guard value <= 0o377, let scalar = Unicode.Scalar(value) else {
          throw failure(
            "octal escape value \\\(digits)\(third) outside of range 0-0o377", at: start)
        }
        return .set(.single(scalar, ignoresCase: flags.ignoresCase))
      }
    }
    return try backreference(Int(digits) ?? 0, from: start)
  }

  /// The character of an escape that is no class; its letter has been read.
  private mutating func parseCharacterEscape(
    _ letter: Unicode.Scalar, from start: Int
  ) throws(Failure) -> Unicode.Scalar {
    switch letter {
    case "a": return "\u{7}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{B}"
    case "0": return parseOctal()
    case "x": return try parseHexadecimal(2, from: start)
    case "u": return try parseHexadecimal(4, from: start)
    case "U": return try parseHexadecimal(8, from: start)
    case "N": return try parseNamed(from: start)
    case "a"..."z", "A"..."Z", "1"..."9":
      throw failure("bad escape \\\(letter)", at: start)
    default: return letter
    }
  }

  private mutating func parseOctal() -> Unicode.Scalar {
    var value: UInt32 = 0
    var count = 0
    while count < 2, let scalar = next, scalar >= "0", scalar <= "7" {
      value = value * 8 + (scalar.value - 0x30)
      index += 1
      count += 1
    }
    return Unicode.Scalar(value) ?? "\0"
  }

  private mutating func parseHexadecimal(
    _ digits: Int, from start: Int
  ) throws(Failure) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = next, let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
        throw failure("incomplete escape", at: start)
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    guard let scalar = Unicode.Scalar(value) else { throw failure("bad escape", at: start) }
    return scalar
  }

  private mutating func parseNamed(from start: Int) throws(Failure) -> Unicode.Scalar {
    guard accept("{") else { throw failure("missing {", at: index) }
    var name = ""
    while let scalar = next, scalar != "}" {
      name.unicodeScalars.append(scalar)
      index += 1
    }
    guard accept("}"), let scalar = CharacterNames.scalar(named: name) else {
      throw failure("undefined character name '\(name)'", at: start)
    }
    return scalar
  }

  // MARK: - Classes

  /// Reads a class; its `[` has been read.
  mutating func parseClass(from start: Int) throws(Failure) -> RegexSet {
    var set = RegexSet(ignoresCase: flags.ignoresCase, isASCII: flags.isASCII)
    set.isNegated = accept("^")
    var isFirst = true
    while true {
      guard let scalar = next else {
        throw failure("unterminated character set", at: start)
      }
      if scalar == "]", !isFirst {
        index += 1
        return set
      }
      isFirst = false
      try parseClassItem(into: &set, from: start)
    }
  }

  private mutating func parseClassItem(
    into set: inout RegexSet, from start: Int
  ) throws(Failure) {
    let offset = index
    guard let low = try parseClassCharacter(into: &set, from: start) else {
      if next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
        throw failure("bad character range", at: offset)
      }
      return
    }
    guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
      set.ranges.append(low.value...low.value)
      return
    }
    index += 1
    guard let high = try parseClassCharacter(into: &set, from: start), low <= high else {
      throw failure("bad character range", at: offset)
    }
    set.ranges.append(low.value...high.value)
  }

  /// Reads one character of a class; nil when it was an escape for a class, which has been added.
  private mutating func parseClassCharacter(
    into set: inout RegexSet, from start: Int
  ) throws(Failure) -> Unicode.Scalar? {
    guard let scalar = next else { throw failure("unterminated character set", at: start) }
    let offset = index
    index += 1
    guard scalar == "\\" else { return scalar }
    guard let letter = next else { throw failure("bad escape (end of pattern)", at: offset) }
    index += 1
    if let entry = Self.classEscape(letter) {
      set.classes.append(entry)
      return nil
    }
    switch letter {
    case "b": return "\u{8}"
    case "1"..."7":
      index -= 1
      var value: UInt32 = 0
      var count = 0
      while count < 3, let digit = next, digit >= "0", digit <= "7" {
        value = value * 8 + (digit.value - 0x30)
        index += 1
        count += 1
      }
      guard value <= 0o377, count > 0, let result = Unicode.Scalar(value) else {
        throw failure("bad escape \\\(letter)", at: offset)
      }
      return result
    default: return try parseCharacterEscape(letter, from: offset)
    }
  }
}
