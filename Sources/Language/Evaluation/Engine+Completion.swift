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
    if problems.isEmpty, let problem = leftoverWork() { return [problem] }
    problems = problems.enumerated().sorted { first, second in
      (first.element.importance, sortKey(first.element), first.offset)
        < (second.element.importance, sortKey(second.element), second.offset)
    }.map(\.element)
    explain(problems.prefix(limits.diagnosticsMax))
    return problems
  }

  /// Adds to the problems that are shown why they came about.
  private func explain(_ problems: ArraySlice<Problem>) {
    guard !problems.isEmpty else { return }
    let graph = waitGraph()
    for problem in problems {
      if problem.unset.isPresent { explainUnset(problem.unset, in: problem, graph) }
      if problem.instance.isPresent {
        let object = objects[problem.instance]
        trace(problem, to: object.place, in: object.origin)
      }
    }
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
      let pairs = zip(names, key.values).map {
        "\(program.name($0))=\(describe($1))"
      }
      let index = program.entities[key.entity].indices[Int(key.index)]
      for (_, place, scope) in waiting {
        let problem = Problem(
          .noIndexMatch,
          "no instance of `\(program.entities[key.entity].name)` has "
            + pairs.joined(separator: ", "), at: place,
          help: "construct it, or look for a key that exists"
        ).label(index.place, "the index is defined here")
        trace(problem, to: place, in: scope)
        problems.append(problem)
      }
    }
  }

  private mutating func complete(_ object: ObjectID, _ problems: inout [Problem]) {
    let entity = objects[object].entity
    let place = objects[object].place
    if objects[object].implementations < 0 {
      problems.append(noImplementation(for: object, at: place))
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

  private func noImplementation(for object: ObjectID, at place: PlaceID) -> Problem {
    let entity = program.entities[objects[object].entity]
    let problem = Problem(
      .noImplementation,
      "no implementation is selected for this instance of `\(entity.name)`", at: place,
      help: "add `implement \(entity.name) using std::none`, "
        + "or make one of its conditions true")
    problem.instance = object
    for id in entity.implements.prefix(4) where program.implements[id].condition.isPresent {
      problem.explain(program.implements[id].place, "its condition is not true")
    }
    var isBelowImplements = false
    for parent in entity.parents where !program.entities[parent].implements.isEmpty {
      isBelowImplements = true
    }
    if entity.implements.isEmpty, isBelowImplements {
      problem.help =
        "implementations of parents need `implement \(entity.name) using parents`"
    }
    return problem
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
    problem.unset = id
    problem.instance = object
    return problem
  }
}
