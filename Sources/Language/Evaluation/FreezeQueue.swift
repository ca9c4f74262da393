/// Delayed variables that may be complete, in the order in which they are considered: relations
/// without a precedence rule first in first out, then those with rules in the order of the rules.
struct FreezeQueue {
  private var free = FirstInFirstOut<VariableID>()
  private var ruled: [FirstInFirstOut<VariableID>]
  private var next = 0

  /// Makes an empty queue for relations that have a place below `ruleCount` in the policy.
  init(ruleCount: Int) {
    ruled = Array(repeating: FirstInFirstOut(), count: ruleCount)
  }

  var isEmpty: Bool { free.isEmpty && ruled.allSatisfy(\.isEmpty) }

  mutating func append(_ variable: VariableID, precedence: Int32) {
    if precedence < 0 {
      free.append(variable)
    } else {
      ruled[Int(precedence)].append(variable)
      next = min(next, Int(precedence))
    }
  }

  mutating func popFirst() -> VariableID? {
    if let variable = free.popFirst() { return variable }
    while next < ruled.count {
      if let variable = ruled[next].popFirst() { return variable }
      next += 1
    }
    return nil
  }
}
