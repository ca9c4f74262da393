/// Why values never came: what waits for what.
extension Engine {
  /// Who would have set which variable, and what it waits for.
  struct WaitGraph {
    struct Edge {
      var need: VariableID
      var place: PlaceID
    }

    var edges: [VariableID: [Edge]] = [:]
    /// The variables with edges, in the order of their waiters.
    var order: [VariableID] = []
  }

  /// A named variable, and the place of the statement that waits to set it.
  struct WaitStep {
    var variable: VariableID
    var place: PlaceID
  }

  /// The most variables that a search for a cycle starts from, and that one search looks at.
  private static let startsMax = 200
  private static let visitsMax = 5_000

  /// The graph of everything that still waits.
  func waitGraph() -> WaitGraph {
    var graph = WaitGraph()
    for id in waitersInOrder() {
      let target = resultVariable(of: waiters[id])
      guard target.isPresent else { continue }
      for need in requirements(of: id) {
        let actual = furthest(need)
        guard !variables[actual].isSet else { continue }
        if graph.edges[target] == nil { graph.order.append(target) }
        graph.edges[target, default: []].append(
          WaitGraph.Edge(need: actual, place: waiters[id].place))
      }
    }
    return graph
  }

  private func resultVariable(of waiter: Waiter) -> VariableID {
    switch waiter.kind {
    case .evaluate, .setAttribute, .readAttribute, .testAttribute, .decideDefined, .logical,
      .indexLookup, .chooseBranch, .takeBranch, .guardElement, .copyElement, .call:
      return waiter.target.isPresent ? furthest(waiter.target) : .absent
    case .iterated, .collected: return comprehensionStates[Int(waiter.detail)].result
    case .assignAttribute, .promiseAttribute, .loop, .branch, .implement: return .absent
    }
  }

  /// The last variable of a chain of proxies: itself a proxy if that is not connected yet.
  private func furthest(_ variable: VariableID) -> VariableID {
    var current = variable
    while variables[current].kind == .proxy {
      let target = proxies[Int(variables[current].detail)].target
      guard target.isPresent else { break }
      current = target
    }
    return current
  }

  /// The shortest cycle of a graph, as its named variables; empty if there is none.
  func shortestCycle(in graph: WaitGraph) -> [WaitStep] {
    var best: [WaitStep] = []
    for start in graph.order.prefix(Self.startsMax) where name(of: start) != nil {
      let found = cycle(through: start, in: graph)
      if !found.isEmpty, best.isEmpty || found.count < best.count { best = found }
    }
    return best
  }

  /// The shortest way from a variable back to itself.
  func cycle(through start: VariableID, in graph: WaitGraph) -> [WaitStep] {
    guard let (parents, _) = search(from: start, in: graph, until: start) else { return [] }
    return path(to: start, from: start, parents)
  }

  /// The way from a variable to something that nothing sets; empty if there is none.
  func deadEnd(behind start: VariableID, in graph: WaitGraph) -> [WaitStep] {
    guard let (parents, end) = search(from: start, in: graph, until: nil) else { return [] }
    return path(to: end, from: start, parents)
  }

  /// Breadth first, until `goal` is met, or a variable without edges if there is no goal.
  private func search(
    from start: VariableID, in graph: WaitGraph, until goal: VariableID?
  ) -> (parents: [VariableID: WaitStep], end: VariableID)? {
    var parents: [VariableID: WaitStep] = [:]
    var open = [start]
    var position = 0
    while position < open.count, position < Self.visitsMax {
      let variable = open[position]
      position += 1
      let edges = graph.edges[variable] ?? []
      if goal == nil, edges.isEmpty, variable != start { return (parents, variable) }
      for edge in edges where parents[edge.need] == nil {
        parents[edge.need] = WaitStep(variable: variable, place: edge.place)
        if edge.need == goal { return (parents, edge.need) }
        open.append(edge.need)
      }
    }
    return nil
  }

  private func path(
    to end: VariableID, from start: VariableID, _ parents: [VariableID: WaitStep]
  ) -> [WaitStep] {
    var reversed: [WaitStep] = [WaitStep(variable: end, place: .absent)]
    var current = end
    while let step = parents[current], reversed.count < Self.visitsMax {
      reversed.append(step)
      current = step.variable
      if current == start { break }
    }
    // Steps over variables without a name belong to the statement of the named one before them.
    return reversed.reversed().filter { name(of: $0.variable) != nil }
  }

  /// How a message calls a variable; nil for parts of expressions.
  func name(of variable: VariableID) -> String? {
    if variables[variable].object.isPresent { return describe(variable: variable) }
    return globalName(of: variable).map { "`\($0)`" }
  }

  /// Says a path in a problem: a label for each statement, and a line for what comes last.
  func explain(_ path: [WaitStep], in problem: Problem) {
    for (step, next) in zip(path, path.dropFirst()).prefix(8) {
      let from = name(of: step.variable) ?? "this"
      let to = name(of: next.variable) ?? "a value"
      problem.explain(step.place, "\(from) waits for \(to) here")
    }
    if path.count > 9 { _ = problem.note("\(path.count - 9) further steps are not shown") }
  }

  // MARK: Problems

  /// Work that never ran: variables that wait for each other, or for something nobody gives.
  func leftoverWork() -> Problem? {
    let left = waitersInOrder()
    guard let first = left.first(where: { waiters[$0].kind == .evaluate }) ?? left.first else {
      return nil
    }
    let place =
      waiters[first].kind == .evaluate
      ? program.expressions[waiters[first].expression].place : waiters[first].place
    let graph = waitGraph()
    let cycle = shortestCycle(in: graph)
    guard cycle.isEmpty else {
      let names = cycle.dropLast().compactMap { name(of: $0.variable) }
      let problem = Problem(
        .neverKnown,
        names.count == 1
          ? "the value of \(names[0]) needs itself"
          : "the values of \(names.prefix(8).joined(separator: ", ")) wait for each other",
        at: place, help: "give one of them a value that needs none of the others")
      explain(cycle, in: problem)
      trace(problem, to: place, in: waiters[first].scope)
      return problem
    }
    let problem = Problem(
      .neverKnown, "this statement waits for a value that nothing gives", at: place)
    let start = resultVariable(of: waiters[first])
    let end = start.isPresent ? deadEnd(behind: start, in: graph) : []
    explain(end, in: problem)
    let last = end.last?.variable ?? .absent
    if last.isPresent, let name = name(of: last) { _ = problem.note("nothing sets \(name)") }
    for needed in requirements(of: first) where end.isEmpty {
      let variable = furthest(needed)
      guard !variables[variable].isSet, let name = name(of: variable) else { continue }
      _ = problem.note("it waits for \(name)")
    }
    trace(problem, to: place, in: waiters[first].scope)
    return problem
  }

  /// Says why an attribute was not set.
  func explainUnset(_ id: VariableID, in problem: Problem, _ graph: WaitGraph) {
    let cycle = cycle(through: id, in: graph)
    if !cycle.isEmpty {
      explain(cycle, in: problem)
      _ = problem.note("these values wait for each other")
      return
    }
    let end = deadEnd(behind: id, in: graph)
    explain(end, in: problem)
    if let last = end.last, let name = name(of: last.variable), end.count > 1 {
      _ = problem.note("nothing sets \(name)")
    }
  }
}
