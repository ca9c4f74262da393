internal import Diagnostics

/// A value that the agent resolves just before a handler runs: its class and the arguments.
struct HeapReference {
  var type: StringID
  var arguments: DictionaryID
  /// The type of the value that it will have; absent when that is not known.
  var valueType: TypeID
}

extension Engine {
  /// A reference; equal ones are the same.
  mutating func makeReference(
    _ type: String, _ arguments: [(name: String, value: Datum)], valueType: TypeID
  ) -> Datum {
    var pairs: [(StringID, Datum)] = []
    for argument in arguments {
      pairs.append((program.heap.strings.intern(argument.name), argument.value))
    }
    let reference = HeapReference(
      type: program.heap.strings.intern(type), arguments: program.heap.dictionary(pairs),
      valueType: valueType)
    return program.heap.reference(reference, key: text(of: reference))
  }

  /// A reference for people: its class and arguments.
  func text(of reference: HeapReference) -> String {
    let arguments = program.heap.pairs(reference.arguments).map { pair in
      "\(program.name(pair.key))=\(repr(pair.value))"
    }
    return "\(program.name(reference.type))(\(arguments.joined(separator: ", ")))"
  }

  /// Why a reference cannot be used where its value is needed while the model is compiled.
  func unexpectedReference(_ value: Datum, _ place: String, at id: PlaceID) -> Interruption {
    .failed(
      Problem(
        .unexpectedReference, "\(describe(value)) cannot be used \(place)", at: id,
        help: "its value is known only when a resource is deployed: assign it to an attribute"))
  }

  /// Checks that the value of a reference will fit a type. A constraint cannot be checked before the
  /// value is there, so such types take no reference.
  func check(_ id: ReferenceID, against type: TypeID) throws(Interruption) {
    let reference = program.heap.reference(id)
    switch program.types[type] {
    case .any: return
    case .nullable(let inner):
      try check(id, against: inner)
      return
    case .string, .int, .float, .number, .bool, .list, .dictionary, .listOf, .entity:
      if !reference.valueType.isPresent || fits(reference.valueType, type) { return }
    case .constrained: if reference.valueType == type { return }
    }
    throw .failed(
      Problem(
        .typeMismatch,
        "\(describe(.reference(id))) is not a value of type `\(describe(type: type))`"))
  }

  private func fits(_ type: TypeID, _ other: TypeID) -> Bool {
    if type == other { return true }
    switch (program.types[type], program.types[other]) {
    case (.string, .string), (.int, .int), (.float, .float), (.bool, .bool), (.int, .number),
      (.float, .number), (.number, .number), (.list, .list), (.listOf, .list),
      (.dictionary, .dictionary):
      return true
    case (.listOf(let element), .listOf(let wanted)): return fits(element, wanted)
    case (.constrained(let constraint), _): return fits(constraint.base, other)
    case (.entity(let entity), .entity(let wanted)):
      return program.entities[entity].lineage.contains(wanted)
    default: return false
    }
  }
}
