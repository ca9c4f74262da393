internal import Diagnostics

extension ModelBuilder {
  /// Checks what an entity below `std::Dataclass` may have: attributes alone, and `std::none`.
  func checkDataclass(_ id: EntityID) throws(Interruption) {
    let entity = program.entities[id]
    guard entity.name != Self.dataclassName, isDataclass(id) else { return }
    for relation in entity.own where relation.isRelation {
      throw .failed(
        mismatch(id, "it has the relation `\(program.name(relation.name))`")
          .label(relation.place, "a data class has no relations"))
    }
    for index in entity.indices {
      throw .failed(
        mismatch(id, "it has an index").label(index.place, "a data class has no index"))
    }
    for implement in entity.ownImplements.map({ program.implements[$0] }) {
      for implementation in implement.implementations {
        guard program.implementations[implementation].name != "std::none" else { continue }
        throw .failed(
          mismatch(id, "it has an implementation")
            .label(implement.place, "a data class has no implementation but `std::none`"))
      }
    }
  }

  /// Compares a data class with its entity, if there is one.
  mutating func check(_ dataClass: DataClassDescription) throws(Interruption) {
    let found = program.entities.elements.firstIndex { $0.name == dataClass.entity }
    guard let found, isDataclass(EntityID(found)) else { return }
    let id = EntityID(found)
    guard dataClass.isFrozen else {
      throw .failed(mismatch(id, "its Python class is not a frozen data class"))
    }
    let attributes = program.entities[id].attributes.filter { !$0.isRelation }
    for field in dataClass.fields {
      guard let attribute = attributes.first(where: { program.name($0.name) == field.name }) else {
        throw .failed(
          mismatch(id, "its Python class has the field `\(field.name)`, which is no attribute"))
      }
      let namespace = program.entities[id].namespace
      let kind = try resolve(field.type, in: namespace, of: dataClass.entity, at: attribute.place)
      guard corresponds(kind, attribute.type) else {
        throw .failed(
          mismatch(
            id,
            "the field `\(field.name)` of its Python class is not of type "
              + "`\(program.describe(type: attribute.type))`"
          ).label(attribute.place, "the attribute"))
      }
    }
    for attribute in attributes {
      let name = program.name(attribute.name)
      guard !dataClass.fields.contains(where: { $0.name == name }) else { continue }
      throw .failed(
        mismatch(id, "its Python class has no field `\(name)`")
          .label(attribute.place, "the attribute"))
    }
  }

  private static let dataclassName = "std::Dataclass"

  private func isDataclass(_ id: EntityID) -> Bool {
    program.entities[id].lineage.contains { program.entities[$0].name == Self.dataclassName }
  }

  private func mismatch(_ id: EntityID, _ reason: String) -> Problem {
    Problem(
      .dataclassMismatch, "`\(program.entities[id].name)` cannot be a data class: \(reason)",
      at: program.entities[id].place,
      help: "a frozen Python data class of the same name has the same fields and types")
  }

  /// Whether the values of a field and of an attribute are the same, constraints aside.
  private func corresponds(_ kind: ForeignFunction.Kind, _ type: TypeID) -> Bool {
    switch (kind, program.types[type]) {
    case (.reference, _), (.any, _): return true
    case (_, .constrained(let constraint)): return corresponds(kind, constraint.base)
    case (.oneOf(let kinds), _):
      let values = kinds.filter { if case .reference = $0 { false } else { true } }
      guard values.count > 1 else { return values.first.map { corresponds($0, type) } ?? true }
      guard case .nullable(let inner) = program.types[type] else { return false }
      let others = values.filter { if case .null = $0 { false } else { true } }
      return others.count < values.count && others.allSatisfy { corresponds($0, inner) }
    case (.list, .list), (.listOf(.any), .list), (.dictionary, .dictionary),
      (.dictionaryOf(.any), .dictionary), (.null, .nullable):
      return true
    case (.listOf(let element), .listOf(let inner)): return corresponds(element, inner)
    case (.type(let other), .nullable(let inner)):
      guard case .nullable(let value) = program.types[other] else { return false }
      return corresponds(.type(value), inner)
    case (.type(let other), _): return correspond(other, type)
    default: return false
    }
  }

  private func correspond(_ first: TypeID, _ second: TypeID) -> Bool {
    switch (program.types[first], program.types[second]) {
    case (.constrained(let constraint), _): correspond(constraint.base, second)
    case (.string, .string), (.int, .int), (.float, .float), (.bool, .bool), (.number, .number),
      (.list, .list), (.dictionary, .dictionary), (.float, .number), (.int, .number):
      true
    case (.listOf(let left), .listOf(let right)): correspond(left, right)
    default: first == second
    }
  }
}
