enum InspectionFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::inlineif",
      parameters: [.init("conditional", .bool), .init("a"), .init("b")]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      arguments[0] == .bool(true) ? arguments[1] : arguments[2]
    },
    NativeFunction(name: "std::isset", parameters: [.init("value")]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .bool(arguments[0] != .null)
    },
    NativeFunction(
      name: "std::is_unknown", parameters: [.init("value")], takesUnknown: true,
      takesReferences: true
    ) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .bool(arguments[0].isUnknown)
    },
    NativeFunction(
      name: "std::equals",
      parameters: [.init("arg1"), .init("arg2"), .init("desc", .nullable(.string), or: .null)],
      replacement: "the operator `==`"
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard engine.program.heap.areEqual(arguments[0], arguments[1]) else {
        throw .failed(
          Problem(
            .assertionFailed,
            "\(engine.describe(arguments[0])) is not equal to \(engine.describe(arguments[1]))",
            at: arguments.place))
      }
      return .null
    },
    NativeFunction(
      name: "std::invert", parameters: [.init("value", .bool)],
      replacement: "the operator `not`"
    ) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .bool(arguments[0] == .bool(false))
    },
    NativeFunction(
      name: "std::is_instance", parameters: [.init("obj"), .init("cls", .string)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .instance(let object) = arguments[0] else {
        throw engine.failure(
          "`obj` must be an instance, not \(engine.describe(arguments[0]))", at: arguments.place)
      }
      let name = engine.string(arguments[1])
      let lineage = engine.program.entities[engine.objects[object].entity].lineage
      return .bool(lineage.contains { engine.program.entities[$0].name == name })
    },
    NativeFunction(name: "std::attr", parameters: [.init("obj"), .init("attr", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .instance(let object) = arguments[0], case .string(let name) = arguments[1] else {
        throw engine.failure(
          "\(engine.describe(arguments[0])) has no attributes", at: arguments.place)
      }
      return try engine.attributeValue(name, of: object, at: arguments.place)
    },
    NativeFunction(
      name: "std::getattr",
      parameters: [
        .init("entity"), .init("attribute_name", .string), .init("default_value", .any, or: .null),
        .init("no_unknown", .bool, or: .bool(true)),
      ], takesUnknown: true, takesReferences: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      if arguments[0].isUnknown { return arguments[0] }
      guard case .instance(let object) = arguments[0] else {
        throw engine.failure(
          "`entity` must be an instance, not \(engine.describe(arguments[0]))",
          at: arguments.place)
      }
      guard case .string(let name) = arguments[1],
        engine.program.entities[engine.objects[object].entity].slots[name] != nil
      else { return arguments[2] }
      let value = try engine.attributeValue(name, of: object, at: arguments.place)
      return value.isUnknown && arguments[3] == .bool(true) ? arguments[2] : value
    },
    NativeFunction(name: "std::objid", parameters: [.init("value")]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .instance(let object) = arguments[0] else {
        throw engine.failure(
          "\(engine.describe(arguments[0])) is no instance", at: arguments.place)
      }
      return engine.datum(String(object.raw))
    },
    NativeFunction(name: "std::type", parameters: [.init("obj")]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .instance(let object) = arguments[0] else {
        return engine.datum(engine.describe(arguments[0]))
      }
      return engine.datum(engine.program.entities[engine.objects[object].entity].name)
    },
    NativeFunction(
      name: "std::familyof", parameters: [.init("member"), .init("family", .string)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try engine.familyOf(arguments[0], engine.string(arguments[1]), at: arguments.place)
    },
  ]
}

extension Engine {
  fileprivate mutating func familyOf(
    _ member: Datum, _ family: String, at place: PlaceID
  ) throws(Interruption) -> Datum {
    let name = program.heap.strings.intern("name")
    let relation = program.heap.strings.intern("family")
    var current = member
    for _ in 0..<1_000 {
      guard case .instance(let object) = current else { break }
      if text(try attributeValue(name, of: object, at: place)) == family { return .bool(true) }
      do throws(Interruption) {
        current = try attributeValue(relation, of: object, at: place)
      } catch {
        guard case .noValue = error else { throw error }
        return .bool(false)
      }
    }
    return .bool(false)
  }
}
