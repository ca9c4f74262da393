internal import Diagnostics

/// A function that models call and that is written in Swift.
struct NativeFunction: Sendable {
  /// What a parameter accepts.
  indirect enum Kind: Sendable {
    case any, string, int, number, bool, list, dictionary
    case nullable(Kind)
  }

  struct Parameter: Sendable {
    var name: String
    var kind: Kind
    /// The value when the call gives none; nil when one must be given.
    var fallback: Default?

    init(_ name: String, _ kind: Kind = .any, or fallback: Default? = nil) {
      self.name = name
      self.kind = kind
      self.fallback = fallback
    }
  }

  enum Default: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case string(String)
  }

  typealias Body =
    @Sendable (inout Engine, BoundArguments) throws(Interruption) -> Datum

  /// The full name, such as `std::print`.
  var name: String
  var parameters: [Parameter]
  /// Whether further positional arguments are taken.
  var takesMore = false
  /// Whether any keyword is taken.
  var takesKeywords = false
  /// Whether the function runs when an argument is unknown; if not, the result is unknown.
  var takesUnknown = false
  /// Whether an argument may be a reference.
  var takesReferences = false
  /// What to use instead; nil unless the function is deprecated, empty when there is nothing.
  var replacement: String?
  /// Set when the function is written in another language; `body` is not used then.
  var foreign: ForeignFunction?
  var body: Body
}

/// The arguments of a call as written.
struct CallArguments {
  var positional: [Datum] = []
  var keywords: [(name: StringID, value: Datum)] = []
}

/// The arguments of a call, assigned to parameters.
struct BoundArguments {
  var values: [Datum] = []
  var more: [Datum] = []
  var keywords: [(name: StringID, value: Datum)] = []
  /// Where names are looked up: the scope of the caller.
  var scope: ScopeID = .absent
  var place: PlaceID = .absent

  subscript(index: Int) -> Datum { values[index] }
}

/// A call between its first run and the one that succeeds.
struct CallState {
  /// The evaluated arguments; they are not evaluated again.
  var arguments: CallArguments?
  /// What the call met that had no value yet.
  var additional: [VariableID] = []
}

extension Engine {
  mutating func performCall(_ waiter: Waiter, _ id: WaiterID) throws(Interruption) {
    let call = program.calls[Int(waiter.code)]
    let arguments: CallArguments
    if let known = callStates[id]?.arguments {
      arguments = known
    } else {
      do {
        arguments = try evaluateArguments(call, waiter)
      } catch {
        // What an argument reports stays there, and does not move to the call.
        if case .failed(let problem) = error { problem.isPlaceOfExpression = false }
        throw error
      }
    }
    do {
      let value = try invoke(call, arguments, scope: waiter.scope, at: waiter.place)
      try assign(value, to: waiter.target, at: waiter.place)
    } catch {
      if case .unset = error {
        callStates[id, default: CallState()].arguments = arguments
      }
      throw error
    }
  }

  private mutating func evaluateArguments(
    _ call: CallCode, _ waiter: Waiter
  ) throws(Interruption) -> CallArguments {
    var arguments = CallArguments()
    for argument in call.positional {
      arguments.positional.append(
        try evaluate(argument, base: waiter.base, in: waiter.scope))
    }
    for (name, argument) in call.keywords {
      arguments.keywords.append(
        (name, try evaluate(argument, base: waiter.base, in: waiter.scope)))
    }
    for dictionary in call.unpacked {
      let more = try pairs(
        of: dictionary, base: waiter.base, in: waiter.scope, at: waiter.place)
      for (name, value) in more {
        if arguments.keywords.contains(where: { $0.name == name }) {
          throw .failed(
            Problem(
              .repeatedKeyword, "keyword `\(program.name(name))` is given twice",
              at: waiter.place))
        }
        arguments.keywords.append((name, value))
      }
    }
    return arguments
  }

  /// Calls a function or makes a cast.
  mutating func invoke(
    _ call: CallCode, _ arguments: CallArguments, scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch call.target {
    case .missing:
      throw .failed(Problem(.unknownFunction, "function `\(call.name)` is not defined", at: place))
    case .cast(let type):
      guard arguments.keywords.isEmpty, arguments.positional.count == 1 else {
        throw .failed(
          Problem(.wrongArguments, "the cast `\(call.name)` takes exactly one value", at: place))
      }
      return try cast(arguments.positional[0], to: type, at: place)
    case .function(let id):
      return try self.call(program.functions[id], arguments, scope: scope, at: place)
    }
  }

  /// Calls a function; unknown arguments make the result unknown unless it takes them.
  mutating func call(
    _ function: NativeFunction, _ arguments: CallArguments, scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    if let replacement = function.replacement { warnDeprecated(function, replacement, at: place) }
    if let foreign = function.foreign {
      return try callForeign(function, foreign, arguments, scope: scope, at: place)
    }
    var bound = try bind(function, arguments, at: place)
    bound.scope = scope
    bound.place = place
    if !function.takesUnknown {
      let hasUnknown =
        bound.values.contains(where: \.isUnknown) || bound.more.contains(where: \.isUnknown)
        || bound.keywords.contains { $0.value.isUnknown }
      if hasUnknown { return program.heap.unknown() }
    }
    if !function.takesReferences { try refuseReferences(bound, of: function) }
    return try function.body(&self, bound)
  }

  /// Warns once for each call in the text.
  private mutating func warnDeprecated(
    _ function: NativeFunction, _ replacement: String, at place: PlaceID
  ) {
    guard place.isPresent, functionState.deprecatedCalls.insert(place).inserted else { return }
    warnings.append(
      Diagnostic(
        DiagnosticCode.deprecatedFunction.id, .warning,
        title: "function `\(function.name)` is deprecated", at: program.places[place],
        help: replacement.isEmpty ? [] : ["use \(replacement) instead"]))
  }

  private func refuseReferences(
    _ arguments: BoundArguments, of function: NativeFunction
  ) throws(Interruption) {
    for value in arguments.values + arguments.more + arguments.keywords.map(\.value) {
      guard case .reference = value else { continue }
      throw unexpectedReference(value, "as argument of `\(function.name)`", at: arguments.place)
    }
  }

  private mutating func bind(
    _ function: NativeFunction, _ arguments: CallArguments, at place: PlaceID
  ) throws(Interruption) -> BoundArguments {
    var bound = BoundArguments()
    var values = [Datum?](repeating: nil, count: function.parameters.count)
    for (index, value) in arguments.positional.enumerated() {
      if index < values.count {
        values[index] = value
      } else if function.takesMore {
        bound.more.append(value)
      } else {
        throw .failed(
          Problem(
            .wrongArguments,
            "`\(function.name)` takes \(values.count) positional arguments, not "
              + "\(arguments.positional.count)", at: place))
      }
    }
    for (name, value) in arguments.keywords {
      let text = program.name(name)
      if let index = function.parameters.firstIndex(where: { $0.name == text }) {
        guard values[index] == nil else {
          throw .failed(
            Problem(
              .wrongArguments, "`\(function.name)` gets `\(text)` twice", at: place))
        }
        values[index] = value
      } else if function.takesKeywords {
        bound.keywords.append((name, value))
      } else {
        throw .failed(
          Problem(
            .wrongArguments, "`\(function.name)` has no parameter `\(text)`", at: place,
            help: Suggestion.closest(to: text, among: function.parameters.map(\.name))
              .map { "did you mean `\($0)`?" }))
      }
    }
    for (index, parameter) in function.parameters.enumerated() {
      bound.values.append(
        try argument(values[index], for: parameter, of: function, at: place))
    }
    return bound
  }

  private mutating func argument(
    _ value: Datum?, for parameter: NativeFunction.Parameter, of function: NativeFunction,
    at place: PlaceID
  ) throws(Interruption) -> Datum {
    guard let value else {
      switch parameter.fallback {
      case nil:
        throw .failed(
          Problem(
            .wrongArguments, "`\(function.name)` needs the argument `\(parameter.name)`",
            at: place))
      case .null: return .null
      case .bool(let flag): return .bool(flag)
      case .integer(let number): return .integer(number)
      case .string(let text): return .string(program.heap.strings.intern(text))
      }
    }
    guard fits(value, parameter.kind) else {
      throw .failed(
        Problem(
          .wrongArguments,
          "argument `\(parameter.name)` of `\(function.name)` cannot be \(describe(value)): "
            + "it takes \(name(of: parameter.kind))", at: place))
    }
    return value
  }

  private func fits(_ value: Datum, _ kind: NativeFunction.Kind) -> Bool {
    if value.isUnknown { return true }
    if case .reference = value { return true }  // Refused later, with its own message.
    switch (kind, value) {
    case (.any, _), (.string, .string), (.list, .list), (.dictionary, .dictionary), (.bool, .bool):
      return true
    case (.int, .integer), (.int, .bigInteger), (.int, .bool): return true
    case (.number, _): return program.heap.number(value) != nil
    case (.nullable(let inner), _): return value == .null || fits(value, inner)
    default: return false
    }
  }

  private func name(of kind: NativeFunction.Kind) -> String {
    switch kind {
    case .any: "any value"
    case .string: "a string"
    case .int: "an integer"
    case .number: "a number"
    case .bool: "a boolean"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .nullable(let inner): name(of: inner) + " or null"
    }
  }

  /// Reads an attribute of an instance from a function: the call runs again when it has a value.
  mutating func attributeValue(
    _ name: StringID, of object: ObjectID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    guard let slot = program.entities[objects[object].entity].slots[name] else {
      throw .failed(noAttribute(name, on: objects[object].entity, at: place))
    }
    return try read(VariableID(raw: objects[object].base + Int32(slot)))
  }
}
