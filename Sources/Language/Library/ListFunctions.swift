enum ListFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::count", parameters: [.init("item_list", .list)], takesUnknown: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .list(let list) = arguments[0] else { return arguments[0] }
      return .integer(engine.program.heap.count(list))
    },
    NativeFunction(
      name: "std::len", parameters: [.init("item_list", .list)], takesUnknown: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .list = arguments[0] else { return arguments[0] }
      let items = engine.items(arguments[0])
      return items.contains(where: \.isUnknown)
        ? engine.program.heap.unknown() : .integer(items.count)
    },
    NativeFunction(
      name: "std::at", parameters: [.init("objects", .list), .init("index", .int)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let items = engine.items(arguments[0])
      let wanted = engine.integer(arguments[1])
      let index = wanted < 0 ? items.count + wanted : wanted
      guard items.indices.contains(index) else {
        throw engine.failure(
          "the list has \(items.count) elements, and no number \(wanted)", at: arguments.place)
      }
      return items[index]
    },
    NativeFunction(
      name: "std::item", parameters: [.init("objects", .list), .init("index", .int)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      var result: [Datum] = []
      let wanted = engine.integer(arguments[1])
      for object in engine.items(arguments[0]) {
        var items = engine.items(object)
        if case .string = object {
          items = engine.string(object).unicodeScalars.map { engine.datum(String($0)) }
        }
        let index = wanted < 0 ? items.count + wanted : wanted
        guard items.indices.contains(index) else {
          throw engine.failure("a list has no element \(wanted)", at: arguments.place)
        }
        result.append(items[index])
      }
      return engine.datum(result)
    },
    NativeFunction(name: "std::unique", parameters: [.init("item_list", .list)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let items = engine.items(arguments[0])
      for (index, item) in items.enumerated() {
        if item.isUnknown { return engine.program.heap.unknown() }
        if case .reference = item {
          throw engine.unexpectedReference(item, "in `std::unique`", at: arguments.place)
        }
        for other in items[..<index] where engine.program.heap.areEqual(item, other) {
          return .bool(false)
        }
      }
      return .bool(true)
    },
    NativeFunction(name: "std::flatten", parameters: [.init("item_list", .list)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      var result: [Datum] = []
      for item in engine.items(arguments[0]) {
        switch item {
        case .list: result += engine.items(item)
        case .string, .unknown: result.append(item)
        default:
          throw engine.failure(
            "`item_list` must hold lists, not \(engine.describe(item))", at: arguments.place)
        }
      }
      return engine.datum(result)
    },
    NativeFunction(
      name: "std::sequence",
      parameters: [
        .init("i", .int), .init("start", .int, or: .integer(0)),
        .init("offset", .int, or: .integer(0)),
      ]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let start = engine.integer(arguments[1])
      let count = engine.integer(arguments[0]) - engine.integer(arguments[2])
      guard count <= engine.limits.listElementsMax else {
        throw .failed(
          Problem(.listLimit, "the sequence has \(count) elements", at: arguments.place))
      }
      return engine.datum(count <= 0 ? [] : (start..<start + count).map { .integer($0) })
    },
    NativeFunction(
      name: "std::key_sort", parameters: [.init("items", .list), .init("key")]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try engine.sorted(arguments[0], by: arguments[1], at: arguments.place)
    },
    NativeFunction(name: "std::dict_keys", parameters: [.init("dct", .dictionary)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .dictionary(let dictionary) = arguments[0] else { return .null }
      for (_, value) in engine.program.heap.pairs(dictionary) {
        guard case .reference = value else { continue }
        throw engine.unexpectedReference(value, "in `std::dict_keys`", at: arguments.place)
      }
      return engine.datum(engine.program.heap.pairs(dictionary).map { .string($0.key) })
    },
    NativeFunction(
      name: "std::dict_get", parameters: [.init("dct", .dictionary), .init("key", .string)],
      replacement: "`dict[key]`, which takes any value"
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let value = try engine.lookUp(arguments[1], in: arguments[0], at: arguments.place)
      if value.isUnknown { return value }
      guard case .string = value else {
        throw engine.failure(
          "the value \(engine.describe(value)) is not a string", at: arguments.place)
      }
      return value
    },
    NativeFunction(
      name: "std::contains", parameters: [.init("dct", .dictionary), .init("key", .string)],
      replacement: "the operator `in`"
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try engine.apply(.contains, arguments[1], arguments[0], at: arguments.place)
    },
    NativeFunction(
      name: "std::select", parameters: [.init("objects", .list), .init("attr", .string)],
      replacement: "a comprehension"
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .string(let name) = arguments[1] else { return .null }
      var result: [Datum] = []
      for item in engine.items(arguments[0]) {
        guard case .instance(let object) = item else {
          throw engine.failure("\(engine.describe(item)) has no attributes", at: arguments.place)
        }
        result.append(try engine.attributeValue(name, of: object, at: arguments.place))
      }
      return engine.datum(result)
    },
    NativeFunction(
      name: "std::filter", parameters: [.init("values", .list), .init("not_item")],
      replacement: "a comprehension"
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard case .instance = arguments[1] else {
        throw .failed(
          Problem(
            .wrongArguments, "`not_item` must be an instance, not \(engine.describe(arguments[1]))",
            at: arguments.place))
      }
      return engine.datum(engine.items(arguments[0]).filter { $0 != arguments[1] })
    },
  ]
}

extension Engine {
  /// The instances of a list in the order of one attribute, or of several; equal ones keep theirs.
  mutating func sorted(
    _ list: Datum, by key: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    var names: [StringID] = []
    for name in key.isList ? items(key) : [key] {
      guard case .string(let id) = name else {
        throw failure("a key to sort by is the name of an attribute", at: place)
      }
      names.append(id)
    }
    var keyed: [(keys: [Datum], index: Int, value: Datum)] = []
    for (index, item) in items(list).enumerated() {
      guard case .instance(let object) = item else {
        throw failure("only instances are sorted by attributes", at: place)
      }
      var keys: [Datum] = []
      for name in names { keys.append(try attributeValue(name, of: object, at: place)) }
      keyed.append((keys, index, item))
    }
    var isComparable = true
    let heap = program.heap
    keyed.sort { first, second in
      for (left, right) in zip(first.keys, second.keys) {
        guard let order = Self.order(left, right, heap) else {
          isComparable = false
          return first.index < second.index
        }
        if order != 0 { return order < 0 }
      }
      return first.index < second.index
    }
    guard isComparable else { throw failure("the values to sort by do not compare", at: place) }
    return datum(keyed.map(\.value))
  }

  private static func order(_ left: Datum, _ right: Datum, _ heap: Heap) -> Int? {
    if case .string(let first) = left, case .string(let second) = right {
      if first == second { return 0 }
      let precedes = heap.strings.utf8(first).lexicographicallyPrecedes(heap.strings.utf8(second))
      return precedes ? -1 : 1
    }
    guard let first = heap.number(left), let second = heap.number(right) else { return nil }
    return first.compare(to: second)
  }
}

extension Datum {
  var isList: Bool {
    if case .list = self { return true }
    return false
  }
}
