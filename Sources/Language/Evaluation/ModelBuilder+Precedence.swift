extension ModelBuilder {
  /// Gives relations their place in the project's precedence policy.
  mutating func applyPrecedence() {
    var nodes: [(entity: EntityID, name: StringID)] = []
    var edges: [(from: Int, to: Int)] = []
    for rule in limits.relationPrecedence {
      guard let first = relation(rule.first, rule), let then = relation(rule.then, rule) else {
        continue
      }
      func index(_ node: (entity: EntityID, name: StringID)) -> Int {
        if let known = nodes.firstIndex(where: { $0 == node }) { return known }
        nodes.append(node)
        return nodes.count - 1
      }
      edges.append((index(first), index(then)))
    }
    guard !edges.isEmpty else { return }
    guard let order = sorted(nodes.count, edges) else {
      report(Problem(.invalidPrecedenceRule, "the relation precedence policy has a cycle"))
      return
    }
    for (position, node) in order.enumerated() {
      setPrecedence(
        nodes[node], Int32(position), hasDependents: edges.contains { $0.from == node })
    }
    precedenceRuleCount = order.count
  }

  private mutating func relation(
    _ text: String, _ rule: RelationPrecedenceRule
  ) -> (entity: EntityID, name: StringID)? {
    let parts = text.split(separator: ".", maxSplits: 1)
    let entityName = parts.first.map(String.init) ?? ""
    let name = parts.count > 1 ? String(parts[1]) : ""
    guard
      let index = program.entities.indices.first(where: {
        program.entities[EntityID($0)].name == entityName
      })
    else {
      report(
        Problem(
          .invalidPrecedenceRule, "rule `\(rule)`: there is no entity `\(entityName)`"))
      return nil
    }
    let id = EntityID(index)
    guard let attribute = program.entities[id].own.first(where: { program.name($0.name) == name }),
      attribute.isRelation
    else {
      report(
        Problem(
          .invalidPrecedenceRule, "rule `\(rule)`: `\(entityName)` has no relation `\(name)`"))
      return nil
    }
    return (id, attribute.name)
  }

  /// Orders the nodes so that every edge points forward; nil if there is a cycle.
  private func sorted(_ count: Int, _ edges: [(from: Int, to: Int)]) -> [Int]? {
    var incoming = [Int](repeating: 0, count: count)
    for edge in Set(edges.map { [$0.from, $0.to] }) { incoming[edge[1]] += 1 }
    let unique = Set(edges.map { [$0.from, $0.to] }).sorted { $0.lexicographicallyPrecedes($1) }
    var open = (0..<count).filter { incoming[$0] == 0 }
    var order: [Int] = []
    while !open.isEmpty {
      let node = open.removeFirst()
      order.append(node)
      for edge in unique where edge[0] == node {
        incoming[edge[1]] -= 1
        if incoming[edge[1]] == 0 { open.append(edge[1]) }
      }
    }
    return order.count == count ? order : nil
  }

  private mutating func setPrecedence(
    _ node: (entity: EntityID, name: StringID), _ position: Int32, hasDependents: Bool
  ) {
    for index in program.entities.indices {
      let id = EntityID(index)
      guard program.entities[id].lineage.contains(node.entity),
        let slot = program.entities[id].slots[node.name]
      else { continue }
      program.entities[id].attributes[slot].precedence = position
      program.entities[id].attributes[slot].hasFreezeDependents = hasDependents
    }
  }
}
