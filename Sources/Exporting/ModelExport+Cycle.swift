internal import Model
internal import Resources

extension ModelExport {
  /// Reports one cycle among the requirements, if there is any, with all its ids.
  mutating func reportCycle() {
    guard let cycle = findCycle() else { return }
    let path = (cycle + cycle.prefix(1)).map { result.resources[$0].id.description }
    let origin = cycle.first.map { model[origins[$0]] }
    result.findings.append(
      ExportFinding(
        "requirement-cycle", "resources require each other in a circle",
        at: origin?.locations.first, notes: [path.joined(separator: "\n   requires ")],
        help: ["remove one of these requirements"]))
  }

  /// Positions of the resources on a cycle, each requiring the next; found without recursion.
  private func findCycle() -> [Int]? {
    var positions: [ResourceID: Int] = [:]
    for (position, resource) in result.resources.enumerated() where positions[resource.id] == nil {
      positions[resource.id] = position
    }
    var done = Array(repeating: false, count: result.resources.count)
    var depth = Array(repeating: -1, count: result.resources.count)
    for start in result.resources.indices where !done[start] {
      var path = [start]
      var next = [0]
      depth[start] = 0
      while let position = path.last, let edge = next.last {
        let requires = result.resources[position].requires
        guard edge < requires.count else {
          done[position] = true
          depth[position] = -1
          path.removeLast()
          next.removeLast()
          continue
        }
        next[next.count - 1] += 1
        guard let target = positions[requires[edge]], !done[target] else { continue }
        if depth[target] >= 0 { return Array(path[depth[target]...]) }
        depth[target] = path.count
        path.append(target)
        next.append(0)
      }
    }
    return nil
  }
}
