public import Resources

/// Why a resource cannot be deployed in a version.
public enum Undeployable: Int, Sendable, Hashable, CaseIterable {
  /// It can.
  case no = 0
  /// A field of it is not known.
  case undefined = 1
  /// Something that it requires, directly or not, has a field that is not known.
  case requiresUndefined = 2
}

/// The resources of one version, checked and in order of their ids, with what follows from their
/// requirements.
public struct VersionGraph: Sendable {
  /// The resources, in order of their ids.
  public let resources: [Resource]
  /// Why each of them cannot be deployed, in the same order.
  public let undeployable: [Undeployable]
  /// Agents that require a resource of another agent, by that resource.
  public let remoteRequirers: [ResourceID: Set<String>]
  /// Digests of all contents that fields refer to.
  public let contents: Set<ContentDigest>

  /// Checks resources.
  ///
  /// - Parameter resources: The resources, in any order.
  /// - Throws: ``StoreError`` with ``StoreError/Code/invalidArgument`` for an id that occurs twice,
  ///   a requirement that is not in the version, or a cycle.
  public init(_ resources: [Resource]) throws(StoreError) {
    let sorted = resources.sorted { $0.id < $1.id }
    var positions: [ResourceID: Int] = [:]
    positions.reserveCapacity(sorted.count)
    for (position, resource) in sorted.enumerated() {
      guard positions.updateValue(position, forKey: resource.id) == nil else {
        throw StoreError(.invalidArgument, "resource \(resource.id) is in the version twice")
      }
    }
    var requirements: [[Int]] = []
    requirements.reserveCapacity(sorted.count)
    var remote: [ResourceID: Set<String>] = [:]
    var contents: Set<ContentDigest> = []
    for resource in sorted {
      var required: [Int] = []
      for id in Set(resource.requires) {
        guard let position = positions[id] else {
          throw StoreError(
            .invalidArgument,
            "resource \(resource.id) requires \(id), which is not in the version")
        }
        required.append(position)
        if id.agent != resource.id.agent { remote[id, default: []].insert(resource.id.agent) }
      }
      requirements.append(required)
      for value in resource.fields.values { value.collectContentDigests(into: &contents) }
    }
    self.resources = sorted
    self.contents = contents
    remoteRequirers = remote
    undeployable = try Self.propagate(sorted, requirements)
  }

  /// Walks from requirements to requirers (Kahn's algorithm): what is never reached is in a cycle.
  private static func propagate(
    _ resources: [Resource], _ requirements: [[Int]]
  ) throws(StoreError) -> [Undeployable] {
    var requirers = Array(repeating: [Int](), count: resources.count)
    var open = requirements.map(\.count)
    for (position, required) in requirements.enumerated() {
      for requirement in required { requirers[requirement].append(position) }
    }
    var result = resources.map { $0.isUndefined ? Undeployable.undefined : .no }
    var ready = open.indices.filter { open[$0] == 0 }
    var done = 0
    while let position = ready.popLast() {
      done += 1
      for requirer in requirers[position] {
        if result[position] != .no, result[requirer] == .no {
          result[requirer] = .requiresUndefined
        }
        open[requirer] -= 1
        if open[requirer] == 0 { ready.append(requirer) }
      }
    }
    guard done == resources.count else {
      let first = open.firstIndex { $0 > 0 } ?? 0
      throw StoreError(
        .invalidArgument,
        "resource \(resources[first].id) is in, or behind, a cycle of requirements")
    }
    return result
  }
}
