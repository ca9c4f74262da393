internal import Diagnostics
internal import Model
internal import Resources

extension ModelExport {
  /// Most cycles that are reported one by one.
  static let cyclesMax = 20

  /// Reports cycles among the requirements until each resource on any cycle is on a reported one, at
  /// most ``cyclesMax``.
  mutating func reportCycles() {
    let graph = RequirementGraph(result.resources)
    var covered = Array(repeating: false, count: result.resources.count)
    var reported = 0
    for component in graph.circularComponents() {
      for start in component where !covered[start] {
        guard reported < Self.cyclesMax else {
          result.findings.append(
            ExportFinding(
              "requirement-cycle", .warning,
              "resources require each other in more circles than the \(reported) that are shown",
              at: model[origins[start]].locations.first))
          return
        }
        let cycle = graph.shortestCycle(through: start)
        for position in cycle { covered[position] = true }
        report(cycle)
        reported += 1
      }
    }
  }

  private mutating func report(_ cycle: [Int]) {
    let path = (cycle + cycle.prefix(1)).map { result.resources[$0].id.description }
    let origin = cycle.first.map { model[origins[$0]] }
    result.findings.append(
      ExportFinding(
        "requirement-cycle", "resources require each other in a circle",
        at: origin?.locations.first, notes: [path.joined(separator: "\n   requires ")],
        help: ["remove one of these requirements"]))
  }
}

/// Which resource requires which, by position. Nothing here recurses: chains are long.
private struct RequirementGraph {
  private var targets: [[Int]]

  init(_ resources: [Resource]) {
    var positions: [ResourceID: Int] = [:]
    for (position, resource) in resources.enumerated() where positions[resource.id] == nil {
      positions[resource.id] = position
    }
    targets = resources.map { resource in resource.requires.compactMap { positions[$0] } }
  }

  /// The sets of resources that all reach each other and lie on a cycle, by their first members; each
  /// set in order.
  func circularComponents() -> [[Int]] {
    var found: [[Int]] = []
    var search = ComponentSearch(count: targets.count)
    for start in targets.indices where search.order[start] < 0 {
      search.run(from: start, targets) { component in
        guard let first = component.first else { return }
        if component.count > 1 || targets[first].contains(first) { found.append(component) }
      }
    }
    return found.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
  }

  /// A shortest cycle through a resource that is on one; each member requires the next.
  func shortestCycle(through start: Int) -> [Int] {
    var previous = [start: start]
    var queue = [start]
    var next = 0
    while next < queue.count {
      let position = queue[next]
      next += 1
      for target in targets[position] {
        if target == start {
          var path = [position]
          while let last = path.last, last != start, let before = previous[last] {
            path.append(before)
          }
          return path.reversed()
        }
        guard previous[target] == nil else { continue }
        previous[target] = position
        queue.append(target)
      }
    }
    return [start]
  }
}

/// Tarjan's search for strongly connected components, with a stack of its own.
private struct ComponentSearch {
  /// When each resource was first seen; -1 before.
  var order: [Int]
  private var lowest: [Int]
  private var isOpen: [Bool]
  private var open: [Int] = []
  private var seen = 0

  init(count: Int) {
    order = Array(repeating: -1, count: count)
    lowest = order
    isOpen = Array(repeating: false, count: count)
  }

  mutating func run(from start: Int, _ targets: [[Int]], _ body: ([Int]) -> Void) {
    var path = [(position: start, edge: 0)]
    enter(start)
    while let (position, edge) = path.last {
      guard edge < targets[position].count else {
        path.removeLast()
        if let parent = path.last?.position {
          lowest[parent] = min(lowest[parent], lowest[position])
        }
        if lowest[position] == order[position] { body(close(position)) }
        continue
      }
      path[path.count - 1].edge += 1
      let target = targets[position][edge]
      if order[target] < 0 {
        enter(target)
        path.append((target, 0))
      } else if isOpen[target] {
        lowest[position] = min(lowest[position], order[target])
      }
    }
  }

  private mutating func enter(_ position: Int) {
    order[position] = seen
    lowest[position] = seen
    seen += 1
    open.append(position)
    isOpen[position] = true
  }

  private mutating func close(_ root: Int) -> [Int] {
    var component: [Int] = []
    while let position = open.popLast() {
      isOpen[position] = false
      component.append(position)
      if position == root { break }
    }
    return component.sorted()
  }
}
