import Resources

extension AgentBatch {
  /// Cuts what happened into reports without numbers, none much larger than the limits. The state of
  /// a resource is in the report of its last run.
  func reports(_ limits: AgentStore.Limits) -> [SealedReport] {
    var reports: [SealedReport] = []
    var current = SealedReport(number: 0, states: [], actions: [], facts: [], entries: [])
    var bytes = 0
    func makeRoom(_ size: Int) {
      let isFull =
        bytes > 0 && bytes + size > limits.reportBytesMax
        || current.states.count >= limits.reportStatesMax
        || current.actions.count >= limits.reportActionsMax
      if isFull {
        reports.append(current)
        current = SealedReport(number: 0, states: [], actions: [], facts: [], entries: [])
        bytes = 0
      }
      bytes += size
    }
    var last: [ResourceID: Int] = [:]
    for (index, action) in actions.enumerated() { last[action.resourceID] = index }
    for (index, action) in actions.enumerated() {
      let state = last[action.resourceID] == index ? states[action.resourceID] : nil
      makeRoom(action.wireBytes + (state?.wireBytes ?? 0))
      current.actions.append(action)
      if let state { current.states.append(state) }
    }
    for state in states.values.filter({ last[$0.id] == nil }).sorted(by: { $0.id < $1.id }) {
      makeRoom(state.wireBytes)
      current.states.append(state)
    }
    for fact in facts {
      makeRoom(fact.wireBytes)
      current.facts.append(fact)
    }
    for entry in entries {
      makeRoom(entry.wireBytes)
      current.entries.append(entry)
    }
    if bytes > 0 { reports.append(current) }
    return reports
  }
}
