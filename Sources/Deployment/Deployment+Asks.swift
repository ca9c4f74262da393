import Resources

// Answers to those who asked for runs.
//
// An ask is open as long as one of its resources waits for a run or is in one. What made a node idle
// is looked at when the input has been handled: by then it may wait again.
extension Deployment {
  /// Notes who asked for the run that a node waits for or is in.
  mutating func ask(_ number: UInt64, for chosen: [Int]) {
    var count = 0
    for slot in chosen where isActive(slot) {
      nodes[slot].asks.append(number)
      count += 1
    }
    if count > 0 { asked[number, default: 0] += count } else { answers.append(number) }
  }

  /// Forgets who asked: nobody waits for an answer any more. What was asked for is done anyway.
  public mutating func forgetAsks() {
    guard !asked.isEmpty else { return }
    asked = [:]
    for slot in nodes.indices { nodes[slot].asks = [] }
  }

  func isActive(_ slot: Int) -> Bool { nodes[slot].wish != nil || nodes[slot].run != nil }

  /// A node lost its last wish or run.
  mutating func becomeIdle(_ slot: Int) {
    activeCount -= 1
    if !nodes[slot].asks.isEmpty { idled.append(slot) }
  }

  /// Closes one resource of each ask.
  mutating func close(_ asks: [UInt64]) {
    for number in asks {
      guard let count = asked[number] else { continue }
      asked[number] = count > 1 ? count - 1 : nil
      if count == 1 { answers.append(number) }
    }
  }

  mutating func appendAnswers(to actions: inout [Action]) {
    while let slot = idled.popLast() {
      guard !isActive(slot) else { continue }
      let asks = nodes[slot].asks
      nodes[slot].asks = []
      close(asks)
    }
    actions.append(contentsOf: answers.map { .answer($0) })
    answers.removeAll()
  }
}
