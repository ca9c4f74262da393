extension Engine {
  /// How deep the values of calls may be nested.
  private static let functionDepthMax = 30

  func encode(
    _ value: Datum, depth: Int = 0, at place: PlaceID
  ) throws(Interruption) -> FunctionValue {
    guard depth < Self.functionDepthMax else {
      throw failure("an argument has more than \(Self.functionDepthMax) levels", at: place)
    }
    switch value {
    case .null, .filtered: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let number): return .int(Int64(number))
    case .bigInteger(let id): return .bigInt(program.heap.bigInteger(id).description)
    case .float(let number): return .double(number)
    case .string(let id): return .string(program.heap.strings.string(id))
    case .list(let list):
      var values: [FunctionValue] = []
      for index in 0..<program.heap.count(list) {
        values.append(
          try encode(program.heap.element(list, index), depth: depth + 1, at: place))
      }
      return .list(values)
    case .dictionary(let dictionary):
      var entries: [FunctionArgument] = []
      for (key, value) in program.heap.pairs(dictionary) {
        let value = try encode(value, depth: depth + 1, at: place)
        entries.append(FunctionArgument(program.name(key), value))
      }
      return .dictionary(entries)
    case .instance(let object):
      return .instance(
        UInt32(object.raw), entity: program.entities[objects[object].entity].name)
    case .unknown(let id): return .unknown(UInt32(id.raw))
    case .reference(let id):
      let reference = program.heap.reference(id)
      var arguments: [FunctionArgument] = []
      for (key, value) in program.heap.pairs(reference.arguments) {
        let value = try encode(value, depth: depth + 1, at: place)
        arguments.append(FunctionArgument(program.name(key), value))
      }
      return .reference(
        program.name(reference.type), arguments,
        valueType: reference.valueType.isPresent ? describe(type: reference.valueType) : "")
    }
  }

  mutating func decode(
    _ value: FunctionValue, from function: String, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch value {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .int(let number): return .integer(Int(number))
    case .bigInt(let digits):
      guard let number = BigInteger(decimal: digits) else {
        throw failure("`\(function)` returned an integer that cannot be read", at: place)
      }
      return program.heap.integer(number)
    case .double(let number): return .float(number)
    case .string(let text): return datum(text)
    case .list(let values):
      var elements: [Datum] = []
      for value in values { elements.append(try decode(value, from: function, at: place)) }
      return datum(elements)
    case .dictionary(let entries):
      var pairs: [(StringID, Datum)] = []
      for entry in entries {
        let key = program.heap.strings.intern(entry.name)
        pairs.append((key, try decode(entry.value, from: function, at: place)))
      }
      return .dictionary(program.heap.dictionary(pairs))
    case .instance(let id, _):
      guard Int(id) < objects.count else {
        throw failure("`\(function)` returned an instance that does not exist", at: place)
      }
      return .instance(ObjectID(Int(id)))
    case .unknown(let id): return program.heap.unknown(numbered: Int(id))
    case .reference(let type, let given, let valueType):
      var arguments: [(name: String, value: Datum)] = []
      for argument in given {
        arguments.append(
          (argument.name, try decode(argument.value, from: function, at: place)))
      }
      return makeReference(
        type, arguments, valueType: self.type(named: valueType, in: "") ?? .absent)
    case .construction(let entity, let given):
      return .instance(try constructDataclass(entity, given, from: function, at: place))
    case .unsupported(let what):
      throw failure("`\(function)` returned \(what), which is not supported", at: place)
    }
  }
}
