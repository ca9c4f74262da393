internal import Diagnostics

extension Engine {
  /// Freezes what is left and collects everything that is incomplete.
  mutating func finish() -> [Problem] {
    var problems: [Problem] = []
    unmatchedLookups(&problems)
    for (variable, place) in annotationVariables where variables[variable].value.isUnknown {
      problems.append(
        Problem(.unknownAnnotation, "the annotation of a relation is unknown", at: place))
    }
    for index in objects.indices { complete(ObjectID(index), &problems) }
    if problems.isEmpty, let problem = leftoverWork() { problems.append(problem) }
    return problems.enumerated().sorted { first, second in
      (first.element.importance, sortKey(first.element), first.offset)
        < (second.element.importance, sortKey(second.element), second.offset)
    }.map(\.element)
  }

  private func sortKey(_ problem: Problem) -> UInt64 {
    guard problem.place.isPresent else { return 0 }
    let span = program.places[problem.place]
    return UInt64(span.file.index) << 32 | UInt64(span.start)
  }

  private func unmatchedLookups(_ problems: inout [Problem]) {
    for key in indexes.waitingOrder {
      guard let waiting = indexes.waiting[key] else { continue }
      let names = program.entities[key.entity].indices[Int(key.index)].attributes
      let pairs = zip(names, key.values(count: names.count)).map {
        "\(program.name($0))=\(describe($1))"
      }
      for (_, place) in waiting {
        problems.append(
          Problem(
            .noIndexMatch,
            "no instance of `\(program.entities[key.entity].name)` has "
              + pairs.joined(separator: ", "), at: place))
      }
    }
  }

  private mutating func complete(_ object: ObjectID, _ problems: inout [Problem]) {
    let entity = objects[object].entity
    let place = objects[object].place
    if objects[object].implementations < 0 {
      problems.append(
        Problem(
          .noImplementation,
          "no implementation is selected for this instance of `\(program.entities[entity].name)`",
          at: place,
          help: "add `implement \(program.entities[entity].name) using std::none`, "
            + "or make one of its conditions true"))
    }
    for slot in program.entities[entity].attributes.indices {
      let id = VariableID(raw: objects[object].base + Int32(slot))
      guard !variables[id].isSet else { continue }
      if variables[id].isDelayed, canBeComplete(id) {
        variables[id].isSet = true
        continue
      }
      let attribute = program.entities[entity].attributes[slot]
      problems.append(incomplete(attribute, id, object))
    }
  }

  private func incomplete(
    _ attribute: AttributeCode, _ id: VariableID, _ object: ObjectID
  ) -> Problem {
    let name = program.name(attribute.name)
    let entity = program.entities[objects[object].entity].name
    let problem: Problem
    if variables[id].kind == .list {
      let count = collections[Int(variables[id].detail)].values.count
      problem = Problem(
        .tooFewValues,
        "relation `\(name)` of this `\(entity)` needs at least \(attribute.lower) values, "
          + "and \(count) are set", at: objects[object].place)
    } else {
      problem = Problem(
        .attributeNotSet, "attribute `\(name)` of this `\(entity)` is not set",
        at: objects[object].place)
    }
    _ = problem.label(attribute.place, "`\(name)` is declared here")
    for chain in whatItWaitsFor(id) { _ = problem.note(chain) }
    return problem
  }

  /// Says which statement would have set a variable, and what that statement waits for.
  private func whatItWaitsFor(_ id: VariableID) -> [String] {
    for waiter in waitersInOrder() where waiters[waiter].target == id {
      let needed = requirements(of: waiter).map { resolved($0) }.filter {
        $0.isPresent && !variables[$0].isSet && variables[$0].object.isPresent
      }
      guard !needed.isEmpty else { continue }
      return [
        "it waits for " + needed.prefix(3).map { describe(variable: $0) }.joined(separator: " and ")
      ]
    }
    return []
  }

  /// Work that never ran: variables that wait for each other.
  private func leftoverWork() -> Problem? {
    let left = waitersInOrder()
    guard let first = left.first(where: { waiters[$0].kind == .evaluate }) ?? left.first else {
      return nil
    }
    let names = left.filter { waiters[$0].kind == .evaluate && waiters[$0].target.isPresent }
      .map { waiters[$0].target }
      .filter { environment.globalNames[$0] != nil }
      .map { "`\(environment.globalNames[$0] ?? "")`" }
    let problem = Problem(
      .neverKnown,
      names.isEmpty
        ? "this statement waits for a value that nothing gives"
        : "the values of \(names.prefix(8).joined(separator: ", ")) wait for each other",
      at: waiters[first].kind == .evaluate
        ? program.expressions[waiters[first].expression].place : waiters[first].place)
    for waiter in left.prefix(8) where waiters[waiter].place.isPresent {
      _ = problem.label(waiters[waiter].place, "this waits")
    }
    return problem
  }
}
