import Resources

/// Checks of desired state before it comes into force.
enum Graph {
  /// Sorts resources by id, and refuses what cannot be deployed in any order.
  ///
  /// - Returns: Positions in the input, in the order of the ids.
  static func check(_ resources: [Resource]) throws(DeploymentError) -> [Int] {
    let order = sorted(resources)
    var positions = [ResourceID: Int](minimumCapacity: order.count)
    for (position, index) in order.enumerated() {
      let id = resources[index].id
      guard positions.updateValue(position, forKey: id) == nil else {
        throw DeploymentError(
          code: .duplicateResource, message: "\(id) occurs twice", resources: [id])
      }
    }
    var dependents = [[Int]](repeating: [], count: order.count)
    var waiting = [Int](repeating: 0, count: order.count)
    for (position, index) in order.enumerated() {
      for id in resources[index].requires {
        guard let requirement = positions[id] else { continue }
        dependents[requirement].append(position)
        waiting[position] += 1
      }
    }
    var free = waiting.indices.filter { waiting[$0] == 0 }
    var placed = 0
    while let position = free.popLast() {
      placed += 1
      for dependent in dependents[position] {
        waiting[dependent] -= 1
        if waiting[dependent] == 0 { free.append(dependent) }
      }
    }
    guard placed == order.count else {
      let cycle = findCycle(resources, order, positions, waiting)
      let path = (cycle + cycle.prefix(1)).map(\.description).joined(separator: " -> ")
      throw DeploymentError(
        code: .dependencyCycle, message: "resources require each other in a circle: \(path)",
        resources: cycle)
    }
    return order
  }

  private static func sorted(_ resources: [Resource]) -> [Int] {
    let ids = resources.map(\.id)
    let isSorted = ids.indices.dropFirst().allSatisfy { ids[$0 - 1] < ids[$0] }
    guard !isSorted else { return Array(ids.indices) }
    return ids.indices.sorted { ids[$0] < ids[$1] }
  }

  /// Walks along requirements that are part of, or stand behind, a circle until one comes again.
  private static func findCycle(
    _ resources: [Resource], _ order: [Int], _ positions: [ResourceID: Int], _ waiting: [Int]
  ) -> [ResourceID] {
    guard var position = waiting.firstIndex(where: { $0 > 0 }) else { return [] }
    var path: [Int] = []
    var seen: [Int: Int] = [:]
    while seen[position] == nil {
      seen[position] = path.count
      path.append(position)
      let next = resources[order[position]].requires.lazy
        .compactMap { positions[$0] }
        .first { waiting[$0] > 0 }
      guard let next else { break }
      position = next
    }
    return path[(seen[position] ?? 0)...].map { resources[order[$0]].id }
  }
}
