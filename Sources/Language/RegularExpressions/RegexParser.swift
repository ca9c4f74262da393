/// Reads a pattern in the dialect of Python's `re` into a tree.
struct RegexParser {
  typealias Failure = RegularExpression.CompileError

  /// How deep groups may nest.
  static let nestingMax = 100

  struct Flags {
    var ignoresCase = false
    var isMultiline = false
    var dotTakesAll = false
    var isVerbose = false
    var isASCII = false
  }

  let scalars: [Unicode.Scalar]
  var index = 0
  var flags = Flags()
  private(set) var groupCount = 0
  private var names: [String: Int] = [:]
  private var openGroups: Set<Int> = []
  private var nesting = 0

  init(pattern: String) {
    scalars = Array(pattern.unicodeScalars)
  }

  mutating func parse() throws(Failure) -> RegexNode {
    let node = try parseAlternatives()
    guard index == scalars.count else { throw failure("unbalanced parenthesis") }
    return node
  }

  func failure(_ message: String, at offset: Int? = nil) -> Failure {
    Failure(message: message, offset: offset ?? index)
  }

  var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    index += 1
    return true
  }

  private mutating func accept(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard index + wanted.count <= scalars.count,
      scalars[index..<(index + wanted.count)].elementsEqual(wanted)
    else { return false }
    index += wanted.count
    return true
  }

  // MARK: - Structure

  private mutating func parseAlternatives() throws(Failure) -> RegexNode {
    guard nesting < Self.nestingMax else {
      throw failure("groups nest deeper than \(Self.nestingMax)")
    }
    nesting += 1
    defer { nesting -= 1 }
    var branches = [try parseSequence()]
    while accept("|" as Unicode.Scalar) { branches.append(try parseSequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func parseSequence() throws(Failure) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      if flags.isVerbose, skipVerbose() { continue }
      let start = index
      guard let atom = try parseAtom() else { continue }
      nodes.append(try parseRepetitions(of: atom, from: start))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// Skips white space or a comment of a verbose pattern.
  private mutating func skipVerbose() -> Bool {
    guard let scalar = next else { return false }
    if scalar == "#" {
      while let scalar = next, scalar != "\n" {
        _ = scalar
        index += 1
      }
      return true
    }
    guard scalar.value < 0x80, scalar.properties.isWhitespace else { return false }
    index += 1
    return true
  }

  private mutating func parseRepetitions(
    of atom: RegexNode, from start: Int
  ) throws(Failure) -> RegexNode {
    while flags.isVerbose, skipVerbose() {}
    let offset = index
    guard let (minimum, maximum) = try parseQuantifier() else { return atom }
    switch atom {
    case .assert, .empty: throw failure("nothing to repeat", at: offset)
    default: break
    }
    var mode = RegexProgram.Mode.greedy
    if accept("?" as Unicode.Scalar) {
      mode = .lazy
    } else if accept("+" as Unicode.Scalar) {
      mode = .possessive
    }
    let again = index
    if try parseQuantifier() != nil { throw failure("multiple repeat", at: again) }
    return .repetition(atom, minimum: minimum, maximum: maximum, mode: mode)
  }

  private mutating func parseQuantifier() throws(Failure) -> (Int, Int)? {
    switch next {
    case "*":
      index += 1
      return (0, .max)
    case "+":
      index += 1
      return (1, .max)
    case "?":
      index += 1
      return (0, 1)
    case "{": return try parseBraces()
    default: return nil
    }
  }

  /// Reads `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else is text.
  private mutating func parseBraces() throws(Failure) -> (Int, Int)? {
    let start = index
    index += 1
    let low = parseDigits()
    var high = low
    if accept("," as Unicode.Scalar) { high = parseDigits() ?? "" }
    guard accept("}" as Unicode.Scalar), low != nil || high != nil else {
      index = start
      return nil
    }
    let minimum = low.map { Int($0) ?? .max } ?? 0
    let maximum = high.map { $0.isEmpty ? .max : Int($0) ?? .max } ?? minimum
    guard minimum <= maximum else {
      throw failure("min repeat greater than max repeat", at: start)
    }
    return (minimum, maximum)
  }

  private mutating func parseDigits() -> String? {
    var digits = ""
    while let scalar = next, scalar >= "0", scalar <= "9" {
      digits.unicodeScalars.append(scalar)
      index += 1
    }
    return digits.isEmpty ? nil : digits
  }

  // MARK: - Atoms

  /// Reads one atom; nil when it took flags or a comment.
  private mutating func parseAtom() throws(Failure) -> RegexNode? {
    let start = index
    let scalar = scalars[index]
    index += 1
    switch scalar {
    case ".": return .set(flags.dotTakesAll ? .anything : .anythingButLineEnd)
    case "^": return .assert(flags.isMultiline ? .lineStart : .textStart)
    case "$": return .assert(flags.isMultiline ? .lineEnd : .endOrLastLineEnd)
    case "[": return .set(try parseClass(from: start))
    case "(": return try parseGroup(from: start)
    case "\\": return try parseEscape(from: start)
    case "*", "+", "?": throw failure("nothing to repeat", at: start)
    case "{":
      index = start
      if try parseBraces() != nil { throw failure("nothing to repeat", at: start) }
      index = start + 1
      return .set(.single(scalar, ignoresCase: flags.ignoresCase))
    default: return .set(.single(scalar, ignoresCase: flags.ignoresCase))
    }
  }

  private mutating func parseGroup(from start: Int) throws(Failure) -> RegexNode? {
    guard accept("?" as Unicode.Scalar) else {
      return try parseCapture(name: nil, from: start)
    }
    if accept(":") { return .group(index: nil, try parseBody(from: start)) }
    if accept(">") { return .atomic(try parseBody(from: start)) }
    if accept("=") { return .look(try parseBody(from: start), isAhead: true, isNegative: false) }
    if accept("!") { return .look(try parseBody(from: start), isAhead: true, isNegative: true) }
    if accept("<=") || accept("<!") {
      let isNegative = scalars[index - 1] == "!"
      let body = try parseBody(from: start)
      guard body.width.lowerBound == body.width.upperBound else {
        throw failure("look-behind requires fixed-width pattern", at: start)
      }
      return .look(body, isAhead: false, isNegative: isNegative)
    }
    if accept("P<") {
      return try parseCapture(name: try parseName(until: ">"), from: start)
    }
    if accept("P=") {
      let name = try parseName(until: ")")
      guard let group = names[name] else { throw failure("unknown group name '\(name)'") }
      return try backreference(group, from: start)
    }
    if accept("#") {
      while let scalar = next, scalar != ")" {
        _ = scalar
        index += 1
      }
      guard accept(")" as Unicode.Scalar) else {
        throw failure("missing ), unterminated comment", at: start)
      }
      return nil
    }
    if accept("(" as Unicode.Scalar) { return try parseCondition(from: start) }
    return try parseFlags(from: start)
  }

  private mutating func parseBody(from start: Int) throws(Failure) -> RegexNode {
    let saved = flags
    let node = try parseAlternatives()
    flags = saved
    guard accept(")" as Unicode.Scalar) else {
      throw failure("missing ), unterminated subpattern", at: start)
    }
    return node
  }

  private mutating func parseCapture(name: String?, from start: Int) throws(Failure) -> RegexNode {
    groupCount += 1
    let group = groupCount
    if let name {
      guard names[name] == nil else { throw failure("redefinition of group name '\(name)'") }
      names[name] = group
    }
    openGroups.insert(group)
    let body = try parseBody(from: start)
    openGroups.remove(group)
    return .group(index: group, body)
  }

  private mutating func parseName(until end: Unicode.Scalar) throws(Failure) -> String {
    let start = index
    var name = ""
    while let scalar = next, scalar != end {
      name.unicodeScalars.append(scalar)
      index += 1
    }
    guard accept(end) else { throw failure("missing \(end), unterminated name", at: start) }
    guard let first = name.unicodeScalars.first, first == "_" || first.properties.isXIDStart,
      name.unicodeScalars.allSatisfy({ $0.properties.isXIDContinue })
    else { throw failure("bad character in group name '\(name)'", at: start) }
    return name
  }

  private mutating func parseCondition(from start: Int) throws(Failure) -> RegexNode {
    var text = ""
    while let scalar = next, scalar != ")" {
      text.unicodeScalars.append(scalar)
      index += 1
    }
    guard accept(")" as Unicode.Scalar), let group = Int(text) ?? names[text], group > 0 else {
      throw failure("unknown group '\(text)' in a condition", at: start)
    }
    let saved = flags
    let then = try parseSequence()
    let otherwise = accept("|" as Unicode.Scalar) ? try parseSequence() : .empty
    flags = saved
    guard next != "|" else { throw failure("conditional backref with more than two branches") }
    guard accept(")" as Unicode.Scalar) else {
      throw failure("missing ), unterminated subpattern", at: start)
    }
    return .condition(group: group, then: then, otherwise: otherwise)
  }

  func backreference(_ group: Int, from start: Int) throws(Failure) -> RegexNode {
    guard group <= groupCount else {
      throw failure("invalid group reference \(group)", at: start)
    }
    guard !openGroups.contains(group) else {
      throw failure("cannot refer to an open group", at: start)
    }
    return .backreference(group: group, ignoresCase: flags.ignoresCase)
  }

  // MARK: - Flags

  /// Reads `(?imsx)` or `(?i-m:…)`; the first form only stands at the start of a pattern.
  private mutating func parseFlags(from start: Int) throws(Failure) -> RegexNode? {
    var changed = flags
    var isOn = true
    while let scalar = next, scalar != ")", scalar != ":" {
      switch scalar {
      case "i": changed.ignoresCase = isOn
      case "m": changed.isMultiline = isOn
      case "s": changed.dotTakesAll = isOn
      case "x": changed.isVerbose = isOn
      case "a": changed.isASCII = isOn
      case "u": changed.isASCII = false
      case "-" where isOn: isOn = false
      default: throw failure("unknown extension ?\(scalar)", at: start + 1)
      }
      index += 1
    }
    if accept(":") {
      let saved = flags
      flags = changed
      let body = try parseBody(from: start)
      flags = saved
      return .group(index: nil, body)
    }
    guard accept(")" as Unicode.Scalar) else {
      throw failure("missing ), unterminated subpattern", at: start)
    }
    guard start == 0 else {
      throw failure("global flags not at the start of the expression", at: start)
    }
    flags = changed
    return nil
  }
}
