internal import Diagnostics

extension Engine {
  /// Calls a function in another language and serves its questions until it ends.
  mutating func callForeign(
    _ function: NativeFunction, _ foreign: ForeignFunction, _ arguments: CallArguments,
    scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    guard let session = environment.functions else {
      throw failure("`\(function.name)` cannot be run here", at: place)
    }
    try bind(function.name, foreign, arguments, at: place)
    if !function.takesUnknown {
      let hasUnknown =
        arguments.positional.contains(where: \.isUnknown)
        || arguments.keywords.contains { $0.value.isUnknown }
      if hasUnknown { return program.heap.unknown() }
    }
    var call = FunctionCall(function: function.name, positional: [], named: [], file: "", line: 0)
    for value in arguments.positional { call.positional.append(try encode(value, at: place)) }
    for (name, value) in arguments.keywords {
      call.named.append(FunctionArgument(program.name(name), try encode(value, at: place)))
    }
    if place.isPresent {
      let location = environment.locate(program.places[place])
      call.file = location.file
      call.line = location.line
    }
    try session.send(.call(call), at: place)
    while true {
      switch try session.receive(at: place) {
      case .printed(let text): printPart(text)
      case .logged(let text):
        warnings.append(
          Diagnostic(
            DiagnosticCode.functionLog.id, .warning, title: "`\(function.name)` logs: \(text)",
            at: place.isPresent ? program.places[place] : nil))
      case .question(let question):
        let answer = try answer(question, foreign, scope: scope, at: place)
        try session.send(.answer(answer), at: place)
      case .result(let result):
        return try value(of: result, function.name, foreign, at: place)
      case .loaded: throw failure("the code of `\(function.name)` gave no result", at: place)
      }
    }
  }

  mutating func printPart(_ text: String) {
    guard !text.isEmpty else { return }
    printed.append(contentsOf: text.utf8)
    environment.print(text)
  }

  private mutating func value(
    of result: FunctionResult, _ name: String, _ foreign: ForeignFunction, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch result {
    case .value(let value):
      let datum = try decode(value, from: name, at: place)
      if let problem = try mismatch(datum, foreign.result) {
        throw .failed(
          Problem(
            .functionFailed, "the result of `\(name)` is not what it declares: \(problem.title)",
            at: place))
      }
      return datum
    case .unset(let token): throw .unset(try variable(token, from: name, at: place))
    case .absent(let token): throw .noValue(try variable(token, from: name, at: place))
    case .unknown: return program.heap.unknown()
    case .failure(let failure):
      let title =
        failure.isDeliberate
        ? "`\(name)`: \(failure.message)" : "`\(name)` failed: \(failure.message)"
      throw .failed(Problem(.functionFailed, title, at: place).note(failure))
    }
  }

  private func variable(
    _ token: UInt32, from name: String, at place: PlaceID
  ) throws(Interruption) -> VariableID {
    guard Int(token) < variables.count else {
      throw failure("`\(name)` waits for a value that does not exist", at: place)
    }
    return VariableID(Int(token))
  }

  // MARK: Arguments

  private mutating func bind(
    _ name: String, _ foreign: ForeignFunction, _ arguments: CallArguments, at place: PlaceID
  ) throws(Interruption) {
    let plain = foreign.parameters.indices.filter { foreign.parameters[$0].form == .plain }
    let more = foreign.parameters.first { $0.form == .more }
    let moreNamed = foreign.parameters.first { $0.form == .moreNamed }
    var given: Set<Int> = []
    for (index, value) in arguments.positional.enumerated() {
      if index < plain.count {
        given.insert(plain[index])
        try accept(value, foreign.parameters[plain[index]], of: name, at: place)
      } else if let more {
        try accept(value, more, of: name, at: place)
      } else {
        throw .failed(
          Problem(
            .wrongArguments,
            "`\(name)` takes \(plain.count) positional arguments, not "
              + "\(arguments.positional.count)", at: place))
      }
    }
    for (keyword, value) in arguments.keywords {
      let text = program.name(keyword)
      let index = foreign.parameters.firstIndex {
        $0.name == text && ($0.form == .plain || $0.form == .named)
      }
      if let index {
        guard given.insert(index).inserted else {
          throw .failed(Problem(.wrongArguments, "`\(name)` gets `\(text)` twice", at: place))
        }
        try accept(value, foreign.parameters[index], of: name, at: place)
      } else if let moreNamed {
        try accept(value, moreNamed, of: name, at: place)
      } else {
        throw .failed(
          Problem(
            .wrongArguments, "`\(name)` has no parameter `\(text)`", at: place,
            help: Suggestion.closest(to: text, among: foreign.parameters.map(\.name))
              .map { "did you mean `\($0)`?" }))
      }
    }
    for (index, parameter) in foreign.parameters.enumerated()
    where (parameter.form == .plain || parameter.form == .named) && !parameter.isOptional {
      guard given.contains(index) else {
        throw .failed(
          Problem(
            .wrongArguments, "`\(name)` needs the argument `\(parameter.name)`", at: place))
      }
    }
  }

  private mutating func accept(
    _ value: Datum, _ parameter: ForeignFunction.Parameter, of name: String, at place: PlaceID
  ) throws(Interruption) {
    guard let problem = try mismatch(value, parameter.kind) else { return }
    throw .failed(
      Problem(
        .wrongArguments, "argument `\(parameter.name)` of `\(name)`: \(problem.title)", at: place))
  }

  /// Why a value does not fit, or nil.
  private mutating func mismatch(
    _ value: Datum, _ kind: ForeignFunction.Kind
  ) throws(Interruption) -> Problem? {
    if value.isUnknown { return nil }
    if case .reference = value {
      guard let referred = kind.referred else {
        return Problem(
          .unexpectedReference, "\(describe(value)) cannot be used here: no reference is declared")
      }
      guard case .type(let type) = referred else { return nil }
      return try mismatch(value, against: type)
    }
    switch kind {
    case .any: return nil
    case .reference: return unfit(value, "a reference")
    case .null: return value == .null ? nil : unfit(value, "null")
    case .list:
      if case .list = value { return nil }
      return unfit(value, "a list")
    case .dictionary:
      if case .dictionary = value { return nil }
      return unfit(value, "a dictionary")
    case .listOf(let element):
      guard case .list(let list) = value else { return unfit(value, "a list") }
      for index in 0..<program.heap.count(list) {
        let found = try mismatch(program.heap.element(list, index), element)
        if let found { return found }
      }
      return nil
    case .dictionaryOf(let element):
      guard case .dictionary(let dictionary) = value else { return unfit(value, "a dictionary") }
      for (_, value) in program.heap.pairs(dictionary) {
        if let found = try mismatch(value, element) { return found }
      }
      return nil
    case .oneOf(let kinds):
      var first: Problem?
      for kind in kinds {
        guard let found = try mismatch(value, kind) else { return nil }
        first = first ?? found
      }
      return first
    case .type(let type): return try mismatch(value, against: type)
    }
  }

  private mutating func mismatch(
    _ value: Datum, against type: TypeID
  ) throws(Interruption) -> Problem? {
    do {
      try check(value, against: type)
      return nil
    } catch {
      guard case .failed(let problem) = error else { throw error }
      return problem
    }
  }

  private func unfit(_ value: Datum, _ wanted: String) -> Problem {
    Problem(.typeMismatch, "\(describe(value)) is not \(wanted)")
  }
}
