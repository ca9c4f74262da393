/// Turns the tree of a pattern into a program.
struct RegexCompiler {
  typealias Failure = RegularExpression.CompileError

  /// The most instructions of a program; counted repetitions are written out.
  static let instructionsMax = 50_000

  private let pattern: String
  private var program = RegexProgram()

  init(pattern: String) {
    self.pattern = pattern
  }

  mutating func compile() throws(Failure) -> RegexProgram {
    var parser = RegexParser(pattern: pattern)
    let node = try parser.parse()
    program.groupCount = parser.groupCount
    try emit(node)
    try add(.matched)
    return program
  }

  private var count: Int { program.instructions.count }

  @discardableResult
  private mutating func add(_ instruction: RegexProgram.Instruction) throws(Failure) -> Int {
    guard count < Self.instructionsMax else {
      throw Failure(
        message: "the pattern is too large when its repetitions are written out", offset: 0)
    }
    program.instructions.append(instruction)
    return count - 1
  }

  private mutating func emit(_ node: RegexNode) throws(Failure) {
    switch node {
    case .empty: break
    case .set(let set): try add(.one(set))
    case .sequence(let nodes): for node in nodes { try emit(node) }
    case .alternatives(let nodes): try emitAlternatives(nodes)
    case .group(nil, let node): try emit(node)
    case .group(let index?, let node):
      guard index <= program.groupCount else { return }
      try add(.save(index * 2))
      try emit(node)
      try add(.save(index * 2 + 1))
    case .atomic(let node): try emitAtomic(node)
    case .look(let node, let isAhead, let isNegative):
      let place = try add(.matched)
      try emit(node)
      try add(.matched)
      program.instructions[place] = .look(
        start: place + 1, next: count, isAhead: isAhead, isNegative: isNegative,
        widths: node.width)
    case .repetition(let node, let minimum, let maximum, let mode):
      try emitRepetition(node, minimum, maximum, mode)
    case .backreference(let group, let ignoresCase):
      try add(.backreference(group: group, ignoresCase: ignoresCase))
    case .assert(let assertion): try add(.assert(assertion))
    case .condition(let group, let then, let otherwise):
      guard group <= program.groupCount else {
        throw Failure(message: "invalid group reference \(group)", offset: 0)
      }
      let place = try add(.matched)
      try emit(then)
      let jump = try add(.matched)
      program.instructions[place] = .condition(
        group: group, then: place + 1, otherwise: count)
      try emit(otherwise)
      program.instructions[jump] = .jump(count)
    }
  }

  private mutating func emitAlternatives(_ nodes: [RegexNode]) throws(Failure) {
    var jumps: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        try emit(node)
        break
      }
      let split = try add(.matched)
      try emit(node)
      jumps.append(try add(.matched))
      program.instructions[split] = .split(split + 1, count)
    }
    for jump in jumps { program.instructions[jump] = .jump(count) }
  }

  private mutating func emitAtomic(_ node: RegexNode) throws(Failure) {
    let place = try add(.matched)
    try emit(node)
    try add(.matched)
    program.instructions[place] = .atomic(start: place + 1, next: count)
  }

  private mutating func emitRepetition(
    _ node: RegexNode, _ minimum: Int, _ maximum: Int, _ mode: RegexProgram.Mode
  ) throws(Failure) {
    if case .set(let set) = node {
      try add(.run(set, minimum: minimum, maximum: maximum, mode: mode))
      return
    }
    if mode == .possessive {
      try emitAtomic(
        .repetition(node, minimum: minimum, maximum: maximum, mode: .greedy))
      return
    }
    if node.width.upperBound == 0, minimum > 1 || maximum > 1 {
      // What takes nothing does not change by doing it again.
      try emitRepetition(node, min(minimum, 1), min(maximum, 1), mode)
      return
    }
    guard minimum <= Self.instructionsMax else {
      throw Failure(message: "the repetition \(minimum) is too large", offset: 0)
    }
    for _ in 0..<minimum { try emit(node) }
    if maximum == .max {
      try emitLoop(node, mode)
      return
    }
    guard maximum - minimum <= Self.instructionsMax else {
      throw Failure(message: "the repetition \(maximum) is too large", offset: 0)
    }
    var splits: [Int] = []
    for _ in 0..<(maximum - minimum) {
      splits.append(try add(.matched))
      try emit(node)
    }
    for split in splits {
      program.instructions[split] =
        mode == .lazy ? .split(count, split + 1) : .split(split + 1, count)
    }
  }

  private mutating func emitLoop(
    _ node: RegexNode, _ mode: RegexProgram.Mode
  ) throws(Failure) {
    let split = try add(.matched)
    let mayTakeNothing = node.width.lowerBound == 0
    let register = program.registerCount
    if mayTakeNothing {
      program.registerCount += 1
      try add(.mark(register: register))
    }
    try emit(node)
    if mayTakeNothing { try add(.progress(register: register)) }
    try add(.jump(split))
    program.instructions[split] =
      mode == .lazy ? .split(count, split + 1) : .split(split + 1, count)
  }
}
