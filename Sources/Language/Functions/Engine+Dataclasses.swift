internal import Diagnostics

extension Engine {
  /// Makes the instance that an object of a data class stands for: a new one each time.
  mutating func constructDataclass(
    _ name: String, _ fields: [FunctionArgument], from function: String, at place: PlaceID
  ) throws(Interruption) -> ObjectID {
    guard let id = entity(named: name) else {
      throw mismatch(name, "there is no entity of its name", at: place)
    }
    guard let root = entity(named: "std::Dataclass"), program.entities[id].lineage.contains(root)
    else { throw mismatch(name, "the entity does not extend `std::Dataclass`", at: place) }
    let attributes = program.entities[id].attributes.filter { !$0.isRelation }.map {
      program.name($0.name)
    }
    if let extra = fields.first(where: { !attributes.contains($0.name) }) {
      throw mismatch(name, "the entity has no attribute `\(extra.name)`", at: place)
    }
    if let missing = attributes.first(where: { name in !fields.contains { $0.name == name } }) {
      throw mismatch(name, "the data class has no field `\(missing)`", at: place)
    }
    var values: [(name: StringID, value: Datum)] = []
    for field in fields {
      values.append(
        (
          program.heap.strings.intern(field.name),
          try decode(field.value, from: function, at: place)
        ))
    }
    let object = try makeObject(of: id, at: place, in: .absent)
    for (name, value) in values { try setAttribute(name, of: object, to: value, at: place) }
    try register(object, as: id)
    for implement in program.entities[id].implements {
      try scheduleImplement(implement, on: object)
    }
    return object
  }

  private func mismatch(_ name: String, _ reason: String, at place: PlaceID) -> Interruption {
    .failed(
      Problem(
        .dataclassMismatch, "data class `\(name)` and its entity do not fit: \(reason)", at: place,
        help: "give the entity and the data class the same attributes"))
  }
}
