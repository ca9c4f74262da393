/// Notes what happens to one attribute while a model is evaluated.
///
/// Only variables whose `isTraced` is set report here: a compile that traces nothing pays a test of
/// a flag for an assignment.
final class Tracer {
  struct Entry {
    var variable: VariableID
    var action: ValueTrace.Action
    var value: Datum?
    var place: PlaceID
    var scope: ScopeID
    var isOtherEnd = false
  }

  let entity: EntityID
  let attribute: StringID
  /// The scope of the work that runs.
  var scope = ScopeID.absent
  var entries: [Entry] = []

  init(entity: EntityID, attribute: StringID) {
    self.entity = entity
    self.attribute = attribute
  }
}

extension Engine {
  /// Assigns a variable that is traced.
  mutating func assignTraced(
    _ value: Datum, to id: VariableID, at place: PlaceID, propagates: Bool, _ tracer: Tracer
  ) throws(Interruption) {
    let wasSet = variables[id].isSet
    let count = collectionCount(id)
    let number = tracer.entries.count
    tracer.entries.append(
      Tracer.Entry(
        variable: id, action: .set, value: value, place: place, scope: tracer.scope,
        isOtherEnd: !propagates))
    do {
      try put(value, in: id, at: place, propagates: propagates)
    } catch {
      tracer.entries[number].action = .refused
      throw error
    }
    switch variables[id].kind {
    case .list where value == .null: tracer.entries[number].action = .emptied
    case .list where collectionCount(id) > count: tracer.entries[number].action = .added
    case .list:
      // What came element by element comes as a whole at the end.
      if tracer.entries[..<number].contains(where: { $0.variable == id && $0.place == place }) {
        tracer.entries.remove(at: number)
      } else {
        tracer.entries[number].action = .repeated
      }
    case .optional where value == .null: tracer.entries[number].action = .emptied
    default: if wasSet { tracer.entries[number].action = .repeated }
    }
  }

  /// Notes that a delayed variable is complete, for whom if somebody waits.
  func traceFreeze(of id: VariableID) {
    guard let tracer, variables[id].kind == .list || variables[id].isEmpty else { return }
    let link = variables[id].waitersHead
    let waiter = link >= 0 ? waiters[links[Int(link)].waiter] : nil
    tracer.entries.append(
      Tracer.Entry(
        variable: id, action: .completed, value: nil, place: waiter?.place ?? .absent,
        scope: waiter?.scope ?? .absent))
  }

  /// Notes that an index look-up found an instance.
  func traceLookup(of object: ObjectID, at place: PlaceID, in scope: ScopeID) {
    guard let tracer, let id = tracedVariable(of: object, tracer) else { return }
    tracer.entries.append(
      Tracer.Entry(variable: id, action: .found, value: nil, place: place, scope: scope))
  }

  private func collectionCount(_ id: VariableID) -> Int {
    variables[id].kind == .list ? collections[Int(variables[id].detail)].values.count : 0
  }

  private func tracedVariable(of object: ObjectID, _ tracer: Tracer) -> VariableID? {
    let entity = objects[object].entity
    guard program.entities[entity].lineage.contains(tracer.entity),
      let slot = program.entities[entity].slot(of: tracer.attribute)
    else { return nil }
    return VariableID(raw: objects[object].base + Int32(slot))
  }

  // MARK: The trace

  /// What the tracer noted, for people.
  func makeTrace(_ tracer: Tracer) -> ValueTrace {
    var entries: [VariableID: [Tracer.Entry]] = [:]
    for entry in tracer.entries { entries[entry.variable, default: []].append(entry) }
    var trace = ValueTrace(
      entity: program.entities[tracer.entity].name, attribute: program.name(tracer.attribute),
      subjects: [])
    for index in objects.indices {
      let object = ObjectID(index)
      guard let variable = tracedVariable(of: object, tracer) else { continue }
      let places = furtherPlaces[object] ?? [objects[object].place]
      trace.subjects.append(
        ValueTrace.Subject(
          entity: program.entities[objects[object].entity].name,
          constructors: places.filter(\.isPresent).map { program.places[$0] },
          origins: origins(of: places[0], in: objects[object].origin),
          value: tracedValue(variable),
          steps: (entries[variable] ?? []).map { step($0) }))
    }
    return trace
  }

  private func step(_ entry: Tracer.Entry) -> ValueTrace.Step {
    let value =
      entry.value.map { repr($0) }
      ?? (entry.action == .completed ? tracedValue(entry.variable) ?? "no value" : "")
    // A default comes from the declaration: what led to the instance is said there.
    let isDefault = isDefault(entry)
    return ValueTrace.Step(
      action: entry.action, value: value,
      span: entry.place.isPresent ? program.places[entry.place] : nil,
      isDefault: isDefault, isOtherEnd: entry.isOtherEnd,
      origins: isDefault ? [] : origins(of: entry.place, in: entry.scope))
  }

  private func tracedValue(_ id: VariableID) -> String? {
    if variables[id].kind == .list {
      let values = collections[Int(variables[id].detail)].values
      guard variables[id].isSet || !values.isEmpty else { return nil }
      return "[" + values.map { repr($0) }.joined(separator: ", ") + "]"
    }
    guard variables[id].isSet, variables[id].kind != .optional || !variables[id].isEmpty else {
      return nil
    }
    return repr(variables[id].value)
  }

  private func isDefault(_ entry: Tracer.Entry) -> Bool {
    let object = objects[variables[entry.variable].object]
    let slot = Int(entry.variable.raw - object.base)
    return program.entities[object.entity].plan.defaults.contains {
      $0.slot == slot && program.expressions[$0.value].place == entry.place
    }
  }

  private func origins(of place: PlaceID, in scope: ScopeID) -> [ValueTrace.Origin] {
    chain(to: place, in: scope).map { implementation, object in
      let entity = program.entities[objects[object].entity].name
      let name = implementation.map { "implementation `\(program.implementations[$0].name)`" }
      return ValueTrace.Origin(
        text: "\(name ?? "an implementation") of this `\(entity)`",
        span: program.places[objects[object].place])
    }
  }
}

extension ModelBuilder {
  /// Prepares the tracing of an attribute; reports a name that does not exist.
  mutating func prepareTracing(of target: TracedAttribute) -> Tracer? {
    let all = program.entities.indices.map { EntityID($0) }
    let names = all.map { program.entities[$0].name }
    var found = all.filter {
      let name = program.entities[$0].name
      return name == target.entity || name == "__config__::\(target.entity)"
    }
    if found.isEmpty {
      found = all.filter { program.name(program.entities[$0].shortName) == target.entity }
    }
    guard let entity = found.first, found.count == 1 else {
      let candidates = found.map { "`\(program.entities[$0].name)`" }.sorted()
      let shortNames = all.map { program.name(program.entities[$0].shortName) }
      report(
        found.isEmpty
          ? Problem(
            .unknownType, "there is no entity `\(target.entity)` to trace",
            help: (Suggestion.closest(to: target.entity, among: names)
              ?? Suggestion.closest(to: target.entity, among: shortNames))
              .map { "did you mean `\($0)`?" })
          : Problem(
            .ambiguousType,
            "`\(target.entity)` may be each of \(candidates.joined(separator: ", "))",
            help: "write the full name"))
      return nil
    }
    let attribute = intern(target.attribute)
    guard program.entities[entity].slot(of: attribute) != nil else {
      let code = program.entities[entity]
      report(
        Problem(
          .unknownAttribute, "`\(code.name)` has no attribute `\(target.attribute)` to trace",
          help: Suggestion.closest(
            to: target.attribute, among: code.attributes.map { program.name($0.name) }
          ).map { "did you mean `\($0)`?" }
        ).label(code.place, "`\(code.name)` is defined here"))
      return nil
    }
    for id in all where program.entities[id].lineage.contains(entity) {
      guard let slot = program.entities[id].slot(of: attribute) else { continue }
      program.entities[id].template[slot].isTraced = true
    }
    return Tracer(entity: entity, attribute: attribute)
  }
}
