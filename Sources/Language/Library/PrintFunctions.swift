enum PrintFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::print", parameters: [.init("message")], takesReferences: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.printLine(engine.printedForm(arguments[0]))
      return .null
    },
    NativeFunction(
      name: "std::assert",
      parameters: [.init("expression", .bool), .init("message", .string, or: .string(""))]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      if arguments[0] == .bool(true) { return .null }
      let message = engine.text(arguments[1])
      throw .failed(
        Problem(
          .assertionFailed,
          message.isEmpty ? "assertion failed" : "assertion failed: \(message)",
          at: arguments.place))
    },
  ]
}

extension Engine {
  mutating func printLine(_ text: String) {
    guard failures.isEmpty else { return }
    printed.append(contentsOf: text.utf8)
    printed.append(0x0A)
    environment.print(text + "\n")
  }

  /// A value as `std::print` shows it.
  func printedForm(_ value: Datum) -> String {
    switch value {
    case .null: "None"
    case .list: "@" + printedRepr(value)
    case .dictionary: "@" + printedRepr(value)
    case .instance(let object):
      "@\(program.entities[objects[object].entity].name) \(object.raw)"
    default: text(value)
    }
  }

  private func printedRepr(_ value: Datum) -> String {
    switch value {
    case .list(let list):
      "[" + program.heap.elements(list).map { printedRepr($0) }.joined(separator: ", ") + "]"
    case .dictionary(let dictionary):
      "{"
        + program.heap.pairs(dictionary).map { pair in
          PythonText.repr(program.name(pair.key)) + ": " + printedRepr(pair.value)
        }.joined(separator: ", ") + "}"
    case .instance(let object):
      "\(program.entities[objects[object].entity].name) \(object.raw)"
    default: repr(value)
    }
  }
}
