internal import Diagnostics

enum TemplateFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::template", parameters: [.init("path", .string)], takesKeywords: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try engine.renderTemplate(arguments)
    }
  ]
}

/// Lends the engine to a template while it is rendered.
private final class TemplateHost {
  var engine: Engine?

  init(_ engine: consuming Engine) { self.engine = consume engine }

  /// Runs a step on the lent engine.
  func with<Result>(
    _ step: (inout Engine) throws(Interruption) -> Result
  ) throws(Interruption) -> Result {
    guard var lent = engine.take() else {
      preconditionFailure("a template is rendered while its engine is lent")
    }
    do throws(Interruption) {
      let result = try step(&lent)
      engine = consume lent
      return result
    } catch {
      engine = consume lent
      throw error
    }
  }
}

/// A template met an unknown value: the whole result is unknown.
private struct UnknownInTemplate: Error {}

private struct InstanceObject: TemplateObject {
  let host: TemplateHost
  let object: ObjectID

  func attribute(_ name: String) throws -> TemplateValue? {
    let host = host
    let object = object
    let found = try host.with { (engine: inout Engine) throws(Interruption) -> Datum? in
      let id = engine.program.heap.strings.intern(name)
      guard engine.program.entities[engine.objects[object].entity].slots[id] != nil else {
        return nil
      }
      do throws(Interruption) {
        return try engine.attributeValue(id, of: object, at: .absent)
      } catch {
        guard case .noValue = error else { throw error }
        return .filtered
      }
    }
    guard let found else { return nil }
    if found == .filtered { return .undefined(name: name) }
    return try TemplateBridge.value(found, host)
  }

  func isIdentical(to other: any TemplateObject) -> Bool {
    (other as? InstanceObject)?.object == object
  }

  var description: String { "instance \(object.raw)" }
}

private struct TemplateBridge: TemplateEnvironment {
  let host: TemplateHost
  let arguments: BoundArguments

  func variable(_ name: String) throws -> TemplateValue? {
    let arguments = arguments
    let found = try host.with { (engine: inout Engine) throws(Interruption) -> Datum? in
      let id = engine.program.heap.strings.intern(name)
      if !arguments.keywords.isEmpty {
        return arguments.keywords.first { $0.name == id }?.value
      }
      return try engine.variableOfCaller(id, arguments)
    }
    return try found.map { try Self.value($0, host) }
  }

  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue],
    _ keywords: [(name: String, value: TemplateValue)]
  ) throws -> TemplateValue? {
    let place = self.arguments.place
    let result = try host.with { (engine: inout Engine) throws(Interruption) -> Datum? in
      let full = name.split(separator: ".").joined(separator: "::")
      let functions = engine.program.functions
      guard let function = functions.elements.first(where: { $0.name == full }) else { return nil }
      var call = CallArguments()
      call.positional = ([value] + arguments).map { Self.datum($0, &engine) }
      for (keyword, argument) in keywords {
        call.keywords.append(
          (engine.program.heap.strings.intern(keyword), Self.datum(argument, &engine)))
      }
      return try engine.call(function, call, scope: .absent, at: place)
    }
    return try result.map { try Self.value($0, host) }
  }

  static func value(_ datum: Datum, _ host: TemplateHost) throws -> TemplateValue {
    switch datum {
    case .null, .filtered: return .none
    case .bool(let flag): return .boolean(flag)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .unknown: throw UnknownInTemplate()
    case .reference:
      throw try host.with { (engine: inout Engine) throws(Interruption) in
        engine.unexpectedReference(datum, "in a template", at: .absent)
      }
    case .instance(let object): return .object(InstanceObject(host: host, object: object))
    case .string, .bigInteger:
      return .string(
        try host.with { (engine: inout Engine) throws(Interruption) in engine.text(datum) })
    case .list:
      let items = try host.with { (engine: inout Engine) throws(Interruption) in
        engine.items(datum)
      }
      return .list(try items.map { try value($0, host) })
    case .dictionary(let dictionary):
      let pairs = try host.with { (engine: inout Engine) throws(Interruption) in
        engine.program.heap.pairs(dictionary).map { (engine.program.name($0.key), $0.value) }
      }
      return .dictionary(try pairs.map { (key: $0.0, value: try value($0.1, host)) })
    }
  }

  private static func datum(_ value: TemplateValue, _ engine: inout Engine) -> Datum {
    switch value {
    case .undefined, .none: return .null
    case .boolean(let flag): return .bool(flag)
    case .integer(let number): return .integer(number)
    case .float(let number): return .float(number)
    case .string(let text): return engine.datum(text)
    case .list(let items):
      var values: [Datum] = []
      for item in items { values.append(datum(item, &engine)) }
      return engine.datum(values)
    case .dictionary(let entries):
      var pairs: [(StringID, Datum)] = []
      for (key, item) in entries {
        pairs.append((engine.program.heap.strings.intern(key), datum(item, &engine)))
      }
      return .dictionary(engine.program.heap.dictionary(pairs))
    case .object(let object):
      guard let instance = object as? InstanceObject else { return .null }
      return .instance(instance.object)
    }
  }
}

extension Engine {
  fileprivate mutating func renderTemplate(
    _ arguments: BoundArguments
  ) throws(Interruption) -> Datum {
    if arguments[0].isUnknown { return program.heap.unknown() }
    let template = try template(arguments)
    let host = TemplateHost(self)
    let outcome: Result<String, any Error>
    do {
      outcome = .success(
        try template.render(TemplateBridge(host: host, arguments: arguments)))
    } catch {
      outcome = .failure(error)
    }
    guard let returned = host.engine.take() else {
      preconditionFailure("the engine comes back after rendering")
    }
    self = returned
    switch outcome {
    case .success(let text): return datum(text)
    case .failure(let error as Interruption): throw error
    case .failure(let error as Diagnostic): throw .failed(templateProblem(error, arguments))
    case .failure(is UnknownInTemplate): return program.heap.unknown()
    case .failure(let error): throw failure("the template fails: \(error)", at: arguments.place)
    }
  }

  private mutating func template(_ arguments: BoundArguments) throws(Interruption) -> Template {
    let (module, path) = modulePath(string(arguments[0]), arguments)
    let key = "\(module ?? ""):\(path)"
    if let known = functionState.templates[key] { return known }
    let text = try content(.template, arguments)
    let source = SourceFile(
      id: FileID(index: 0), path: string(arguments[0]),
      bytes: Array(program.heap.strings.utf8(text)))
    do throws(Diagnostic) {
      let parsed = try Template.parse(source)
      functionState.templates[key] = parsed
      return parsed
    } catch {
      throw .failed(templateProblem(error, arguments, source))
    }
  }

  private func templateProblem(
    _ diagnostic: Diagnostic, _ arguments: BoundArguments, _ source: SourceFile? = nil
  ) -> Problem {
    let problem = Problem(
      .templateFailed, "template \(describe(arguments[0])): \(diagnostic.title)",
      at: arguments.place, help: diagnostic.help.first)
    if let source, let span = diagnostic.span {
      _ = problem.note("at \(source.location(at: span.start))")
    }
    for note in diagnostic.notes { _ = problem.note(note) }
    return problem
  }

  /// The value of a variable that the caller of a function sees; nil if there is none.
  mutating func variableOfCaller(
    _ name: StringID, _ arguments: BoundArguments
  ) throws(Interruption) -> Datum? {
    var current = arguments.scope
    while current.isPresent {
      let scope = scopes[current]
      if scope.loopName == name { return try read(VariableID(raw: scope.base)) }
      if scope.block.isPresent,
        let offset = program.blocks[scope.block].variables.firstIndex(of: name)
      {
        return try read(VariableID(raw: scope.base + Int32(offset)))
      }
      if scope.object.isPresent, !scope.constructor.isPresent {
        if name == program.wellKnown.selfName { return .instance(scope.object) }
        let object = objects[scope.object]
        if let slot = program.entities[object.entity].slots[name] {
          return try read(VariableID(raw: object.base + Int32(slot)))
        }
      }
      current = scope.parent
    }
    guard arguments.place.isPresent else { return nil }
    let file = Int(program.places[arguments.place].file.index)
    guard environment.fileVariables.indices.contains(file),
      let variable = environment.fileVariables[file][name]
    else { return nil }
    return try read(variable)
  }
}
