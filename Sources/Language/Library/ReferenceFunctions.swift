enum ReferenceFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::create_environment_reference", parameters: [.init("name")], takesReferences: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let name = try engine.referenceText(arguments[0], "name", at: arguments.place)
      return engine.makeReference(
        "std::Environment", [("name", name)], valueType: engine.primitive("string"))
    },
    NativeFunction(
      name: "std::create_int_reference", parameters: [.init("value")], takesReferences: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.makeReference(
        "std::IntReference", [("value", arguments[0])], valueType: engine.primitive("int"))
    },
  ]
}

extension Engine {
  fileprivate func referenceText(
    _ value: Datum, _ parameter: String, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch value {
    case .string: return value
    case .reference(let id):
      try check(id, against: primitive("string"))
      return value
    default:
      throw failure("`\(parameter)` must be a string, not \(describe(value))", at: place)
    }
  }

  /// A primitive type by its name.
  func primitive(_ name: String) -> TypeID { type(named: name, in: "") ?? .absent }
}
