/// Runs a program by backtracking with its own stack, so that no text can overflow the thread's.
struct RegexMatcher {
  typealias Failure = RegularExpression.StepLimitExceeded

  /// What to try, or to put back, when a way fails.
  private enum Choice {
    case go(instruction: Int, position: Int)
    /// A greedy run that may still give back down to `least`.
    case giveBack(instruction: Int, position: Int, least: Int)
    /// A lazy run that may still take up to `most`.
    case takeMore(instruction: Int, position: Int, most: Int)
    case restoreSlot(Int, Int)
    case restoreRegister(Int, Int)
  }

  /// The most choices that are kept at one time: they cost 40 bytes each.
  private static let choicesMax = 2_000_000

  private let program: RegexProgram
  private let text: [UInt32]
  private let stepsMax: Int
  private var steps = 0
  private var slots: [Int]
  private var registers: [Int]
  private var choices: [Choice] = []

  init(program: RegexProgram, text: String, stepsMax: Int) {
    self.program = program
    self.text = text.unicodeScalars.map(\.value)
    self.stepsMax = stepsMax
    slots = Array(repeating: -1, count: program.groupCount * 2 + 2)
    registers = Array(repeating: -1, count: program.registerCount)
  }

  /// Returns where a match that starts at the start ends, or nil.
  mutating func matchAtStart() throws(Failure) -> Int? {
    try run(from: 0, at: 0)
  }

  private mutating func countSteps(_ number: Int) throws(Failure) {
    steps += number
    if steps > stepsMax || choices.count > Self.choicesMax { throw Failure(stepsMax: stepsMax) }
  }

  /// Runs to `matched`, and leaves the choices below its own untouched.
  private mutating func run(from start: Int, at begin: Int) throws(Failure) -> Int? {
    let floor = choices.count
    var instruction = start
    var position = begin
    while true {
      try countSteps(1)
      if case .matched = program.instructions[instruction] {
        // Forget the choices but keep what a failure further out must put back.
        dropWays(above: floor)
        return position
      }
      if let next = try step(instruction, position) {
        (instruction, position) = next
      } else if let next = try backtrack(to: floor) {
        (instruction, position) = next
      } else {
        return nil
      }
    }
  }

  private mutating func dropWays(above floor: Int) {
    var kept = floor
    for index in floor..<choices.count {
      switch choices[index] {
      case .restoreSlot, .restoreRegister:
        choices[kept] = choices[index]
        kept += 1
      default: break
      }
    }
    choices.removeLast(choices.count - kept)
  }

  private mutating func backtrack(to floor: Int) throws(Failure) -> (Int, Int)? {
    while choices.count > floor, let choice = choices.popLast() {
      switch choice {
      case .restoreSlot(let slot, let value): slots[slot] = value
      case .restoreRegister(let register, let value): registers[register] = value
      case .go(let instruction, let position): return (instruction, position)
      case .giveBack(let instruction, let position, let least):
        if position - 1 > least {
          choices.append(
            .giveBack(instruction: instruction, position: position - 1, least: least))
        }
        return (instruction, position - 1)
      case .takeMore(let instruction, let position, let most):
        guard case .run(let set, _, _, _) = program.instructions[instruction],
          position < text.count, set.contains(text[position])
        else { continue }
        try countSteps(1)
        if position + 1 < most {
          choices.append(
            .takeMore(instruction: instruction, position: position + 1, most: most))
        }
        return (instruction + 1, position + 1)
      }
    }
    return nil
  }

  /// Does one instruction; nil when it fails.
  private mutating func step(_ index: Int, _ position: Int) throws(Failure) -> (Int, Int)? {
    switch program.instructions[index] {
    case .matched: return (index, position)
    case .one(let set):
      return position < text.count && set.contains(text[position]) ? (index + 1, position + 1) : nil
    case .run(let set, let minimum, let maximum, let mode):
      return try takeRun(set, minimum, maximum, mode, index, position)
    case .split(let first, let second):
      choices.append(.go(instruction: second, position: position))
      return (first, position)
    case .jump(let target): return (target, position)
    case .save(let slot):
      choices.append(.restoreSlot(slot, slots[slot]))
      slots[slot] = position
      return (index + 1, position)
    case .mark(let register):
      choices.append(.restoreRegister(register, registers[register]))
      registers[register] = position
      return (index + 1, position)
    case .progress(let register):
      // A round that took nothing ends the loop: the instruction after this one jumps back to its split.
      return registers[register] == position ? (index + 2, position) : (index + 1, position)
    case .backreference(let group, let ignoresCase):
      return backreference(group, ignoresCase, index, position)
    case .assert(let assertion): return holds(assertion, position) ? (index + 1, position) : nil
    case .look(let start, let next, let isAhead, let isNegative, let widths):
      return try look(start, next, isAhead, isNegative, widths.lowerBound, position)
    case .atomic(let start, let next):
      guard let end = try run(from: start, at: position) else { return nil }
      return (next, end)
    case .condition(let group, let then, let otherwise):
      return (slots[group * 2 + 1] >= 0 ? then : otherwise, position)
    }
  }

  private mutating func takeRun(
    _ set: RegexSet, _ minimum: Int, _ maximum: Int, _ mode: RegexProgram.Mode, _ index: Int,
    _ start: Int
  ) throws(Failure) -> (Int, Int)? {
    let room = text.count - start
    guard minimum <= room else { return nil }
    let most = start + min(maximum, room)
    let least = start + minimum
    var end = start
    let wanted = mode == .lazy ? least : most
    while end < wanted, set.contains(text[end]) { end += 1 }
    try countSteps(end - start)
    guard end >= least else { return nil }
    switch mode {
    case .greedy:
      if end > least {
        choices.append(.giveBack(instruction: index + 1, position: end, least: least))
      }
    case .lazy:
      if end < most {
        choices.append(.takeMore(instruction: index, position: end, most: most))
      }
    case .possessive: break
    }
    return (index + 1, end)
  }

  private mutating func look(
    _ start: Int, _ next: Int, _ isAhead: Bool, _ isNegative: Bool, _ width: Int, _ position: Int
  ) throws(Failure) -> (Int, Int)? {
    let begin = isAhead ? position : position - width
    guard begin >= 0 else { return isNegative ? (next, position) : nil }
    let found = try run(from: start, at: begin) != nil
    return found != isNegative ? (next, position) : nil
  }

  private func backreference(
    _ group: Int, _ ignoresCase: Bool, _ index: Int, _ position: Int
  ) -> (Int, Int)? {
    let (start, end) = (slots[group * 2], slots[group * 2 + 1])
    guard start >= 0, end >= start, position + end - start <= text.count else { return nil }
    for offset in 0..<(end - start) {
      let (left, right) = (text[start + offset], text[position + offset])
      if left != right, !ignoresCase || !RegexSet.cases(of: left).contains(right) { return nil }
    }
    return (index + 1, position + end - start)
  }

  private func holds(_ assertion: RegexProgram.Assertion, _ position: Int) -> Bool {
    switch assertion {
    case .textStart: position == 0
    case .textEnd: position == text.count
    case .lineStart: position == 0 || text[position - 1] == 0x0A
    case .lineEnd: position == text.count || text[position] == 0x0A
    case .endOrLastLineEnd:
      position == text.count || (position == text.count - 1 && text[position] == 0x0A)
    case .wordBoundary(let ascii): isBoundary(position, ascii)
    case .noWordBoundary(let ascii): !isBoundary(position, ascii) && !text.isEmpty
    }
  }

  private func isBoundary(_ position: Int, _ ascii: Bool) -> Bool {
    let before = position > 0 && RegexSet.isMember(text[position - 1], of: .word, ascii: ascii)
    let after =
      position < text.count && RegexSet.isMember(text[position], of: .word, ascii: ascii)
    return before != after
  }
}
