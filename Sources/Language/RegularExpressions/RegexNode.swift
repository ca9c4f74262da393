/// The tree of a pattern.
indirect enum RegexNode {
  case empty
  case set(RegexSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  case group(index: Int?, RegexNode)
  case atomic(RegexNode)
  case look(RegexNode, isAhead: Bool, isNegative: Bool)
  case repetition(RegexNode, minimum: Int, maximum: Int, mode: RegexProgram.Mode)
  case backreference(group: Int, ignoresCase: Bool)
  case assert(RegexProgram.Assertion)
  case condition(group: Int, then: RegexNode, otherwise: RegexNode)

  /// The least and the greatest number of characters that it takes; the greatest is `Int.max` when unbounded.
  var width: ClosedRange<Int> {
    switch self {
    case .empty, .look, .assert: 0...0
    case .set: 1...1
    case .sequence(let nodes):
      nodes.reduce(0...0) { Self.sum($0, $1.width) }
    case .alternatives(let nodes):
      Self.hull(nodes.map(\.width))
    case .group(_, let node), .atomic(let node): node.width
    case .repetition(let node, let minimum, let maximum, _):
      Self.product(node.width.lowerBound, minimum)...Self.product(node.width.upperBound, maximum)
    case .backreference: 0...Int.max
    case .condition(_, let then, let otherwise): Self.hull([then.width, otherwise.width])
    }
  }

  private static func sum(_ a: ClosedRange<Int>, _ b: ClosedRange<Int>) -> ClosedRange<Int> {
    let lower = a.lowerBound.addingReportingOverflow(b.lowerBound)
    let upper = a.upperBound.addingReportingOverflow(b.upperBound)
    return
      (lower.overflow ? .max : lower.partialValue)...(upper.overflow ? .max : upper.partialValue)
  }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let result = a.multipliedReportingOverflow(by: b)
    return result.overflow ? .max : result.partialValue
  }

  private static func hull(_ ranges: [ClosedRange<Int>]) -> ClosedRange<Int> {
    (ranges.map(\.lowerBound).min() ?? 0)...(ranges.map(\.upperBound).max() ?? 0)
  }
}
