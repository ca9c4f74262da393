/// A key of an index: the values of its attributes in order.
struct IndexKey: Hashable {
  var entity: EntityID
  var index: Int32
  var first: Datum = .null
  var second: Datum = .null
  var others: [Datum] = []

  /// How many values there are.
  private(set) var count = 0

  init(entity: EntityID, index: Int) {
    self.entity = entity
    self.index = Int32(index)
  }

  mutating func append(_ value: Datum) {
    switch count {
    case 0: first = value
    case 1: second = value
    default: others.append(value)
    }
    count += 1
  }

  var values: [Datum] { Array(([first, second] + others).prefix(count)) }
}

extension IndexKey: TableKey {
  var tableHash: UInt64 {
    var hash = mixed(entity.tableHash, UInt64(UInt32(bitPattern: index)))
    hash = mixed(hash, first.tableHash)
    hash = mixed(hash, second.tableHash)
    for other in others { hash = mixed(hash, other.tableHash) }
    return hash
  }
}

/// The instances by index key, and the lookups that wait for one.
struct IndexTables {
  var objects = HashTable<IndexKey, ObjectID>()
  var waiting: [IndexKey: [(target: VariableID, place: PlaceID, scope: ScopeID)]] = [:]
  /// Keys with waiting lookups in the order of their first one.
  var waitingOrder: [IndexKey] = []
}
