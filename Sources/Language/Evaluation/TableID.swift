/// An index into one of the evaluator's tables, typed by what the table holds.
///
/// Thirty-two bits keep the tables dense: a model of 50,000 instances has millions of them.
struct TableID<Tag>: Hashable {
  let raw: Int32

  init(_ index: Int) { raw = Int32(truncatingIfNeeded: index) }
  init(raw: Int32) { self.raw = raw }

  /// The value of a field that refers to nothing.
  static var absent: TableID { TableID(raw: -1) }

  var isPresent: Bool { raw >= 0 }
  var index: Int { Int(raw) }
}

enum StringTag {}
enum ListTag {}
enum DictionaryTag {}
enum BigIntegerTag {}
enum UnknownTag {}
enum ObjectTag {}
enum VariableTag {}
enum WaiterTag {}
enum ScopeTag {}
enum CollectorTag {}
enum ConstructorTag {}
enum EntityTag {}
enum TypeTag {}
enum ReferenceTag {}
enum ImplementationTag {}
enum PlaceTag {}

typealias StringID = TableID<StringTag>
typealias ListID = TableID<ListTag>
typealias DictionaryID = TableID<DictionaryTag>
typealias BigIntegerID = TableID<BigIntegerTag>
typealias UnknownID = TableID<UnknownTag>
typealias ReferenceID = TableID<ReferenceTag>
typealias ObjectID = TableID<ObjectTag>
typealias VariableID = TableID<VariableTag>
typealias WaiterID = TableID<WaiterTag>
typealias ScopeID = TableID<ScopeTag>
typealias CollectorID = TableID<CollectorTag>
typealias ConstructorID = TableID<ConstructorTag>
typealias EntityID = TableID<EntityTag>
typealias TypeID = TableID<TypeTag>
typealias ImplementationID = TableID<ImplementationTag>
typealias PlaceID = TableID<PlaceTag>

/// A growing array that is subscripted by its own kind of identifier only.
struct Table<Tag, Element> {
  private(set) var elements: ContiguousArray<Element> = []

  var count: Int { elements.count }
  var indices: Range<Int> { elements.indices }

  @inline(__always)
  mutating func append(_ element: Element) -> TableID<Tag> {
    let id = TableID<Tag>(elements.count)
    elements.append(element)
    return id
  }

  /// Appends copies of elements, each changed by `change`.
  @inline(__always)
  mutating func append(
    contentsOf more: ContiguousArray<Element>, changing change: (inout Element) -> Void
  ) {
    let start = elements.count
    elements.append(contentsOf: more)
    var span = elements.mutableSpan
    for index in start..<span.count { change(&span[index]) }
  }

  mutating func reserve(_ capacity: Int) { elements.reserveCapacity(capacity) }

  @inline(__always)
  subscript(id: TableID<Tag>) -> Element {
    _read { yield elements[Int(id.raw)] }
    _modify { yield &elements[Int(id.raw)] }
  }
}

enum ExpressionTag {}
enum StatementTag {}
enum BlockTag {}
enum FunctionTag {}
enum ImplementTag {}

typealias ExpressionID = TableID<ExpressionTag>
typealias StatementID = TableID<StatementTag>
typealias BlockID = TableID<BlockTag>
typealias FunctionID = TableID<FunctionTag>
typealias ImplementID = TableID<ImplementTag>
