internal import Diagnostics

extension Engine {
  /// A value as a model's strings show it: what Python's `str` gives.
  func text(_ value: Datum) -> String {
    if case .string(let id) = value { return program.heap.strings.string(id) }
    return repr(value)
  }

  /// A value as it stands inside a printed list: what Python's `repr` gives.
  func repr(_ value: Datum) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "True" : "False"
    case .integer(let number): String(number)
    case .bigInteger(let id): program.heap.bigInteger(id).description
    case .float(let number): PythonText.float(number)
    case .string(let id): PythonText.repr(program.heap.strings.string(id))
    case .list(let list):
      "[" + program.heap.elements(list).map { repr($0) }.joined(separator: ", ") + "]"
    case .dictionary(let dictionary):
      "{"
        + program.heap.pairs(dictionary).map { pair in
          PythonText.repr(program.name(pair.key)) + ": " + repr(pair.value)
        }.joined(separator: ", ") + "}"
    case .instance(let object): describe(object: object)
    case .unknown: "<<unknown>>"
    case .reference(let id): text(of: program.heap.reference(id))
    case .filtered: ""
    }
  }

  private func describe(object: ObjectID) -> String {
    let entity = program.entities[objects[object].entity].name
    let places = furtherPlaces[object].map { $0 + [objects[object].place] }
    var shown: [String] = []
    for place in places ?? [objects[object].place] where place.isPresent {
      let location = environment.locate(program.places[place])
      let text = "\(location.file):\(location.line)"
      if shown.last != text { shown.append(text) }
    }
    return "\(entity) (instantiated at \(shown.joined(separator: ",")))"
  }

  // MARK: For messages

  /// A value as diagnostics name it, not longer than a line.
  func describe(_ value: Datum) -> String {
    switch value {
    case .instance(let object):
      return "an instance of `\(program.entities[objects[object].entity].name)`"
    case .unknown: return "an unknown value"
    case .reference(let id): return "the reference `\(text(of: program.heap.reference(id)))`"
    case .bool(let flag): return flag ? "`true`" : "`false`"
    default:
      let full = repr(value)
      return full.unicodeScalars.count <= 60 ? "`\(full)`" : "`\(full.prefix(57))...`"
    }
  }

  /// A variable as diagnostics name it.
  func describe(variable id: VariableID) -> String {
    let object = variables[id].object
    guard object.isPresent else {
      if let name = globalName(of: id) { return "variable `\(name)`" }
      return "the variable"
    }
    let entity = program.entities[objects[object].entity]
    let attribute = entity.attributes[Int(id.raw - objects[object].base)]
    return "`\(program.name(attribute.name))` of `\(entity.name)`"
  }

  func globalName(of id: VariableID) -> String? {
    for scope in scopes.elements.reversed() where scope.block.isPresent {
      let names = program.blocks[scope.block].variables
      let offset = Int(id.raw - scope.base)
      if offset >= 0, offset < names.count { return program.name(names[offset]) }
    }
    let names = program.globalNames
    return names.indices.contains(id.index) ? program.name(names[id.index]) : nil
  }

  func describe(type: TypeID) -> String {
    program.describe(type: type)
  }

  func noAttribute(_ name: StringID, on entity: EntityID, at place: PlaceID) -> Problem {
    let code = program.entities[entity]
    let text = program.name(name)
    let names = code.attributes.map { program.name($0.name) }
    return Problem(
      .unknownAttribute, "`\(code.name)` has no attribute `\(text)`", at: place,
      help: Suggestion.closest(to: text, among: names).map { "did you mean `\($0)`?" }
    ).label(code.place, "`\(code.name)` is defined here")
  }

  private func line(of place: PlaceID) -> Int {
    environment.locate(program.places[place]).line
  }

  func variableNotFound(_ name: StringID, at place: PlaceID) -> Problem {
    let text = program.name(name)
    let names = program.globalNames.map { program.name($0) }.sorted()
    let help = Suggestion.closest(to: text, among: names).map { "did you mean `\($0)`?" }
    let title = "variable `\(text)` is not defined"
    guard let reader = program.readers[place],
      line(of: reader) != line(of: place)
    else { return Problem(.unknownVariable, title, at: place, help: help) }
    return Problem(.unknownVariable, title, at: reader, help: help).label(place, "it is read here")
  }

  func missingIndexAttributes(
    _ names: [StringID], entity: EntityID, at place: PlaceID
  ) -> Problem {
    program.missingIndexAttributes(names, entity: entity, at: place)
  }

  // MARK: Interpolation

  mutating func interpolate(
    _ code: ExpressionCode, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> Datum {
    let parts = program.interpolations[Int(code.first)].parts
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    var mayReplaceAgain = false
    for part in parts {
      switch part {
      case .literal(let id): program.heap.strings.append(id, to: &bytes)
      case .value(_, let expression):
        let value = try evaluate(expression, base: base, in: scope)
        if value.isUnknown { return program.heap.unknown() }
        if case .string(let id) = value {
          let start = bytes.count
          program.heap.strings.append(id, to: &bytes)
          mayReplaceAgain = mayReplaceAgain || bytes[start...].contains(0x7B)
          continue
        }
        let shown = try formatted(value, at: code.place)
        mayReplaceAgain = mayReplaceAgain || shown.utf8.contains(0x7B)
        bytes.append(contentsOf: shown.utf8)
      }
    }
    guard mayReplaceAgain else { return .string(program.heap.strings.intern(bytes[...])) }
    return try interpolateByReplacing(parts, base: base, in: scope, at: code.place)
  }

  /// The language replaces the text of each placeholder in the whole intermediate result, so a
  /// value that contains the text of a later placeholder is replaced again.
  private mutating func interpolateByReplacing(
    _ parts: [InterpolationCode.Part], base: Int32, in scope: ScopeID, at place: PlaceID
  ) throws(Interruption) -> Datum {
    var result: [UInt8] = []
    for part in parts {
      switch part {
      case .literal(let id), .value(let id, _): program.heap.strings.append(id, to: &result)
      }
    }
    for case .value(let placeholder, let expression) in parts {
      let value = try evaluate(expression, base: base, in: scope)
      var shown: [UInt8] = []
      if case .string(let id) = value {
        program.heap.strings.append(id, to: &shown)
      } else {
        shown = Array(try formatted(value, at: place).utf8)
      }
      result = Bytes.replacing(
        Array(program.heap.strings.utf8(placeholder)), in: result, with: shown)
      guard result.count <= limits.stringBytesMax else {
        throw .failed(
          Problem(
            .stringLimit, "the string exceeds \(limits.stringBytesMax) bytes", at: place))
      }
    }
    return .string(program.heap.strings.intern(result[...]))
  }

  /// A value as a string with placeholders shows it: floats without fraction are integers.
  func formatted(_ value: Datum, at place: PlaceID) throws(Interruption) -> String {
    if case .reference = value { throw unexpectedReference(value, "in a string", at: place) }
    guard case .float(let number) = value else { return text(value) }
    guard number.isFinite else {
      throw .failed(
        Problem(
          .notFormattable, "\(PythonText.float(number)) cannot stand in a string", at: place))
    }
    if number == number.rounded(.towardZero) { return BigInteger(truncating: number).description }
    return text(value)
  }

  // MARK: Format strings

  mutating func format(
    _ code: ExpressionCode, base: Int32, in scope: ScopeID
  ) throws(Interruption) -> Datum {
    let format = program.formats[Int(code.first)]
    var values: [(name: String, value: Datum)] = []
    values.reserveCapacity(format.fields.count)
    for (name, expression) in format.fields {
      let value = try evaluate(expression, base: base, in: scope)
      if value.isUnknown { return program.heap.unknown() }
      if case .reference = value { throw unexpectedReference(value, "in a string", at: code.place) }
      values.append((name, value))
    }
    let text = try expand(format.format.parts, values, at: code.place)
    return .string(program.heap.strings.intern(text))
  }

  private func expand(
    _ parts: [FormatString.Part], _ values: [(name: String, value: Datum)], at place: PlaceID
  ) throws(Interruption) -> String {
    var result = ""
    for index in parts.indices {
      switch parts[index] {
      case .literal(let text): result += text
      case .field(let field):
        guard field.value != nil,
          let value = values.first(where: { $0.name == field.name })?.value
        else {
          let shown = field.name.isEmpty ? "{}" : "{\(field.name)}"
          throw .failed(
            Problem(
              .invalidFormat, "field `\(shown)` of the format string names no value", at: place,
              help: field.name.isEmpty ? "write the name of a variable in the braces" : nil))
        }
        let specification = try expand(field.specification, values, at: place)
        result += try formatField(
          value, conversion: field.conversion, specification: specification, at: place)
      }
    }
    return result
  }

  func formatField(
    _ value: Datum, conversion: Unicode.Scalar?, specification: String, at place: PlaceID
  ) throws(Interruption) -> String {
    let operand: FormatSpecification.Operand
    switch (conversion, value) {
    case ("r", .float), ("a", .float): operand = .string(try formatted(value, at: place))
    case ("r", _), ("a", _): operand = .string(repr(value))
    case ("s", .float): operand = .string(try formatted(value, at: place))
    case ("s", _): operand = .string(text(value))
    case (_, .bool(let flag)): operand = .bool(flag)
    case (_, .integer(let number)): operand = .integer(BigInteger(number))
    case (_, .bigInteger(let id)): operand = .integer(program.heap.bigInteger(id))
    case (_, .float(let number)):
      if number.isFinite, number == number.rounded(.towardZero) {
        operand = .integer(BigInteger(truncating: number))
      } else {
        operand = .float(number)
      }
    case (_, .string(let id)): operand = .string(program.heap.strings.string(id))
    default: operand = .other(text(value))
    }
    do {
      return try FormatSpecification.apply(specification, to: operand)
    } catch {
      throw .failed(
        Problem(.invalidFormat, "format `\(specification)`: \(error.message)", at: place))
    }
  }
}

/// Byte string helpers.
enum Bytes {
  /// Replaces all occurrences, left to right, not overlapping.
  static func replacing(_ needle: [UInt8], in text: [UInt8], with other: [UInt8]) -> [UInt8] {
    guard !needle.isEmpty, text.count >= needle.count else { return text }
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == needle[0], index + needle.count <= text.count,
        text[index..<(index + needle.count)].elementsEqual(needle)
      {
        result += other
        index += needle.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }
}
