/// A value while a model is evaluated: sixteen bytes without references; what does not fit lives
/// in the `Heap` and is named by an id.
///
/// `==` is identity (and what index keys use: `1`, `1.0` and `true` differ). The equality of the
/// language is `Heap.areEqual`.
enum Datum: Hashable {
  case null
  case bool(Bool)
  case integer(Int)
  case bigInteger(BigIntegerID)
  case float(Double)
  case string(StringID)
  case list(ListID)
  case dictionary(DictionaryID)
  case instance(ObjectID)
  case unknown(UnknownID)
  /// A value that the agent resolves.
  case reference(ReferenceID)
  /// What a comprehension's guard leaves out; never seen by a model.
  case filtered

  var isUnknown: Bool {
    if case .unknown = self { return true }
    return false
  }
}

extension Datum: TableKey {
  var tableHash: UInt64 {
    switch self {
    case .null: mixed(0, 0)
    case .filtered: mixed(0, 1)
    case .bool(let flag): mixed(1, flag ? 1 : 0)
    case .integer(let number): mixed(2, UInt64(bitPattern: Int64(number)))
    case .bigInteger(let id): mixed(3, id.tableHash)
    // The two zeros are equal.
    case .float(let number): mixed(4, number == 0 ? 0 : number.bitPattern)
    case .string(let id): mixed(5, id.tableHash)
    case .list(let id): mixed(6, id.tableHash)
    case .dictionary(let id): mixed(7, id.tableHash)
    case .instance(let id): mixed(8, id.tableHash)
    case .unknown(let id): mixed(9, id.tableHash)
    case .reference(let id): mixed(10, id.tableHash)
    }
  }
}

/// The values that do not fit into a `Datum`: immutable, kept until the compile ends.
struct Heap {
  var strings = StringTable()
  private var items: ContiguousArray<Datum> = []
  private var listEnds: ContiguousArray<Int> = [0]
  private var keys: ContiguousArray<StringID> = []
  private var values: ContiguousArray<Datum> = []
  private var dictionaryEnds: ContiguousArray<Int> = [0]
  private var positions: [DictionaryID: [StringID: Int]] = [:]
  private var bigIntegers: Table<BigIntegerTag, BigInteger> = Table()
  private var unknownCount = 0
  private var references: Table<ReferenceTag, HeapReference> = Table()
  private var referenceIDs: [String: ReferenceID] = [:]
  /// How deep dictionaries and lists stand in each other; lists without any are not listed.
  private var dictionaryDepths: ContiguousArray<UInt16> = []
  private var listDepths: [ListID: UInt16] = [:]
  /// The deepest value so far.
  private(set) var nestingDepth = 0

  // MARK: Lists

  mutating func list(_ elements: some Sequence<Datum>) -> ListID {
    let start = items.count
    items.append(contentsOf: elements)
    listEnds.append(items.count)
    let id = ListID(listEnds.count - 2)
    var depth = 0
    for index in start..<items.count { depth = max(depth, self.depth(of: items[index])) }
    if depth > 0 {
      listDepths[id] = UInt16(clamping: depth + 1)
      nestingDepth = max(nestingDepth, depth + 1)
    }
    return id
  }

  private func depth(of value: Datum) -> Int {
    switch value {
    case .list(let list): Int(listDepths[list] ?? 1)
    case .dictionary(let dictionary): Int(dictionaryDepths[dictionary.index])
    case .reference(let id): Int(dictionaryDepths[references[id].arguments.index])
    default: 0
    }
  }

  func elements(_ id: ListID) -> ArraySlice<Datum> {
    ArraySlice(items[listEnds[id.index]..<listEnds[id.index + 1]])
  }

  func count(_ id: ListID) -> Int { listEnds[id.index + 1] - listEnds[id.index] }

  func element(_ id: ListID, _ index: Int) -> Datum { items[listEnds[id.index] + index] }

  /// The number of elements that all lists hold together.
  var listElementCount: Int { items.count }

  // MARK: Dictionaries

  mutating func dictionary(_ pairs: some Sequence<(StringID, Datum)>) -> DictionaryID {
    var depth = 0
    for (key, value) in pairs {
      keys.append(key)
      values.append(value)
      depth = max(depth, self.depth(of: value))
    }
    dictionaryDepths.append(UInt16(clamping: depth + 1))
    nestingDepth = max(nestingDepth, depth + 1)
    dictionaryEnds.append(keys.count)
    return DictionaryID(dictionaryEnds.count - 2)
  }

  func count(_ id: DictionaryID) -> Int {
    dictionaryEnds[id.index + 1] - dictionaryEnds[id.index]
  }

  func pair(_ id: DictionaryID, _ index: Int) -> (key: StringID, value: Datum) {
    let position = dictionaryEnds[id.index] + index
    return (keys[position], values[position])
  }

  func pairs(_ id: DictionaryID) -> [(key: StringID, value: Datum)] {
    (0..<count(id)).map { pair(id, $0) }
  }

  mutating func lookUp(_ key: StringID, in id: DictionaryID) -> Datum? {
    let start = dictionaryEnds[id.index]
    let end = dictionaryEnds[id.index + 1]
    guard end - start > 16 else {
      return (start..<end).first { keys[$0] == key }.map { values[$0] }
    }
    if positions[id] == nil {
      var map: [StringID: Int] = [:]
      for position in start..<end { map[keys[position]] = position }
      positions[id] = map
    }
    return positions[id]?[key].map { values[$0] }
  }

  // MARK: Numbers and unknowns

  mutating func integer(_ value: BigInteger) -> Datum {
    if let small = Int(exactly: value) { return .integer(small) }
    return .bigInteger(bigIntegers.append(value))
  }

  /// Whether there was ever a whole number beyond 64 bits.
  var hasBigIntegers: Bool { bigIntegers.count > 0 }

  func bigInteger(_ id: BigIntegerID) -> BigInteger { bigIntegers[id] }

  /// The reference with a key, which is the same for equal ones.
  mutating func reference(_ reference: @autoclosure () -> HeapReference, key: String) -> Datum {
    if let known = referenceIDs[key] { return .reference(known) }
    let id = references.append(reference())
    referenceIDs[key] = id
    return .reference(id)
  }

  func reference(_ id: ReferenceID) -> HeapReference { references[id] }

  /// A new unknown value; each is equal to itself only.
  mutating func unknown() -> Datum {
    unknownCount += 1
    return .unknown(UnknownID(unknownCount))
  }

  /// The unknown value of a number that was given before; a new one for any other number.
  mutating func unknown(numbered number: Int) -> Datum {
    number > 0 && number <= unknownCount ? .unknown(UnknownID(number)) : unknown()
  }

  // MARK: Equality

  /// The language's `==`: numbers and booleans by value across kinds, lists in order,
  /// dictionaries without order, instances and unknowns by identity.
  mutating func areEqual(_ left: Datum, _ right: Datum) -> Bool {
    switch (left, right) {
    case (.list(let first), .list(let second)):
      if first == second { return true }
      guard count(first) == count(second) else { return false }
      for index in 0..<count(first) {
        guard areEqual(element(first, index), element(second, index)) else { return false }
      }
      return true
    case (.dictionary(let first), .dictionary(let second)):
      guard count(first) == count(second) else { return false }
      for index in 0..<count(first) {
        let (key, value) = pair(first, index)
        guard let other = lookUp(key, in: second), areEqual(value, other) else { return false }
      }
      return true
    case (.null, .null), (.string, .string), (.instance, .instance), (.unknown, .unknown),
      (.reference, .reference):
      return left == right
    default:
      guard let first = number(left), let second = number(right) else { return false }
      return first.isEqual(to: second)
    }
  }

  /// The value as a number; booleans count, as they do in the language.
  func number(_ value: Datum) -> Number? {
    switch value {
    case .bool(let flag): .integer(flag ? 1 : 0)
    case .integer(let small): .integer(small)
    case .bigInteger(let id): .big(bigIntegers[id])
    case .float(let double): .float(double)
    default: nil
    }
  }
}
