internal import Diagnostics

extension ModelBuilder {
  /// Loads the code of the module that a name of a function belongs to, once.
  ///
  /// Returns what could not be loaded: now, or at an earlier call.
  mutating func loadFunctions(for name: QualifiedName) throws(Interruption) -> [FunctionFailure] {
    var namespace = current
    if !name.isBare {
      let path = name.namespace.map { namespaces[current].file.names[$0] }.joined(separator: "::")
      guard let index = namespaces[current].imports[path] else { return [] }
      namespace = index
    }
    let module = namespaces[namespace].name.components[0]
    if let known = loadFailures[module] { return known }
    guard let session = functions, session.provider.hasCode(module) else { return [] }
    let place = place(name.span)
    try session.send(.load(module: module), at: place)
    while true {
      switch try session.receive(at: place) {
      case .printed(let text): printedByModules += text
      case .logged(let text):
        warn(.functionLog, "the code of `\(module)` logs: \(text)", at: name.span)
      case .loaded(let descriptions, let dataClasses, let failures):
        loadFailures[module] = failures
        for dataClass in dataClasses { try check(dataClass) }
        for description in descriptions { try register(description, at: place) }
        return failures
      default:
        throw .failed(
          Problem(.functionFailed, "the code of `\(module)` gave no list of functions", at: place))
      }
    }
  }

  mutating func missingPackage(_ failure: FunctionFailure, for name: QualifiedName) -> Problem {
    Problem(
      .missingPackage,
      "function `\(text(name))` cannot be loaded: Python package `\(failure.missingPackage)` is "
        + "missing", at: place(name.span),
      help: "install it for the interpreter that runs functions, or choose another one: `--python`"
    ).note(failure.message).note(failure)
  }

  private mutating func register(
    _ description: FunctionDescription, at place: PlaceID
  ) throws(Interruption) {
    functionDescriptions.append(description)
    let parts = description.name.components
    let namespace = parts.dropLast().joined(separator: "::")
    guard let index = namespaceIndices[namespace], let last = parts.last else { return }
    let name = intern(last)
    guard namespaces[index].definitions[name] == nil else { return }
    var parameters: [ForeignFunction.Parameter] = []
    for parameter in description.parameters {
      let kind = try resolve(parameter.type, in: index, of: description.name, at: place)
      parameters.append(
        .init(
          name: parameter.name, form: parameter.form, kind: kind, isOptional: parameter.isOptional))
    }
    let result = try resolve(description.result, in: index, of: description.name, at: place)
    var function = NativeFunction(name: description.name, parameters: []) {
      (_: inout Engine, _: BoundArguments) throws(Interruption) -> Datum in .null
    }
    function.takesUnknown = description.takesUnknown
    function.replacement = description.replacement
    function.foreign = ForeignFunction(
      parameters: parameters, result: result, namespace: namespace)
    namespaces[index].definitions.set(.function(program.functions.append(function)), for: name)
  }

  mutating func resolve(
    _ type: FunctionType, in namespace: Int, of function: String, at place: PlaceID
  ) throws(Interruption) -> ForeignFunction.Kind {
    switch type {
    case .any: return .any
    case .list(let element):
      return .listOf(try resolve(element, in: namespace, of: function, at: place))
    case .dictionary(let value):
      return .dictionaryOf(try resolve(value, in: namespace, of: function, at: place))
    case .oneOf(let types):
      var kinds: [ForeignFunction.Kind] = []
      for type in types {
        kinds.append(try resolve(type, in: namespace, of: function, at: place))
      }
      return .oneOf(kinds)
    case .reference(let value):
      return .reference(try resolve(value, in: namespace, of: function, at: place))
    case .named("null"): return .null
    case .named("any"): return .any
    case .named("list"): return .list
    case .named("dict"): return .dictionary
    case .named(let name):
      if let type = findType(named: name, in: namespace) { return .type(type) }
      throw .failed(
        Problem(
          .unknownType, "function `\(function)` names the type `\(name)`, which is not defined",
          at: place, help: "import the module that defines it in the model of its module"))
    }
  }

  /// Finds a type that code names, as a model in the namespace would.
  private mutating func findType(named name: String, in namespace: Int) -> TypeID? {
    let parts = name.components
    guard let last = parts.last else { return nil }
    let short = intern(last)
    if parts.count == 1, let primitive = primitives[short] { return primitive }
    let path = parts.dropLast().joined(separator: "::")
    var index =
      parts.count == 1
      ? namespace : namespaces[namespace].imports[path] ?? namespaceIndices[path]
    while let current = index {
      switch namespaces[current].definitions[short] {
      case .type(let type): return type
      case .entity(let entity): return entityType(entity)
      default: index = parts.count == 1 ? namespaces[current].parent : nil
      }
    }
    return nil
  }
}
