enum ListFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::count", parameters: [.init("item_list", .list)], takesUnknown: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .list(let list) = arguments[0] else { return arguments[0] }
      return .integer(engine.program.heap.count(list))
    }
  ]
}
