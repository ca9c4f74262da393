internal import Diagnostics

/// How a model came to a statement: the constructors and implementations that led there.
extension Engine {
  /// The most steps of a chain that a diagnostic shows.
  private static let stepsMax = 6

  /// Labels the constructors of the instances whose implementations led to `place`.
  func trace(_ problem: Problem, to place: PlaceID, in scope: ScopeID) {
    let chain = chain(to: place, in: scope)
    for (implementation, object) in chain.prefix(Self.stepsMax) {
      let entity = program.entities[objects[object].entity].name
      let name = implementation.map { "implementation `\(program.implementations[$0].name)` runs" }
      problem.explain(
        objects[object].place, "\(name ?? "implementations run") for this `\(entity)`")
    }
    if chain.count > Self.stepsMax {
      _ = problem.note(
        "\(chain.count - Self.stepsMax) further constructors around these are not shown")
    }
  }

  /// The instances whose implementations led to `place`, each with that implementation, the
  /// nearest first.
  func chain(
    to place: PlaceID, in scope: ScopeID
  ) -> [(implementation: ImplementationID?, object: ObjectID)] {
    var result: [(implementation: ImplementationID?, object: ObjectID)] = []
    var current = instanceScope(above: scope)
    var place = place
    while current.isPresent {
      let object = scopes[current].object
      result.append((implementation(of: object, around: place), object))
      place = objects[object].place
      current = instanceScope(above: objects[object].origin)
    }
    return result
  }

  /// The scope of an implementation's instance, from a scope in its body; absent in files.
  private func instanceScope(above scope: ScopeID) -> ScopeID {
    var current = scope
    while current.isPresent {
      if scopes[current].object.isPresent, !scopes[current].constructor.isPresent {
        return current
      }
      current = scopes[current].parent
    }
    return .absent
  }

  /// Which of an instance's implementations a place is in.
  private func implementation(
    of object: ObjectID, around place: PlaceID
  ) -> ImplementationID? {
    guard place.isPresent else { return nil }
    let span = program.places[place]
    var best: (start: UInt32, id: ImplementationID)?
    var link = objects[object].implementations
    while link >= 0 {
      let (id, next) = implementationLinks[Int(link)]
      link = next
      let start = program.places[program.implementations[id].place]
      guard start.file == span.file, start.start <= span.start else { continue }
      if start.start >= best?.start ?? 0 { best = (start.start, id) }
    }
    return best?.id
  }
}
