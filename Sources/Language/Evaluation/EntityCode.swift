/// A place for a value in every instance of an entity.
struct AttributeCode {
  enum Kind: UInt8 {
    /// An attribute.
    case plain
    /// A relation of exactly one.
    case single
    /// A relation of at most one.
    case optional
    /// Any other relation.
    case list
  }

  var name: StringID
  var kind: Kind
  var type: TypeID
  /// The entity that declares it.
  var owner: EntityID
  var place: PlaceID
  var lower: Int32 = 1
  /// -1 when unbounded.
  var upper: Int32 = 1
  /// The entity on the other side of a relation.
  var target: EntityID = .absent
  /// The name of the other end, if the relation has one.
  var inverse: StringID = .absent
  /// The entity that declares the other end.
  var inverseOwner: EntityID = .absent
  var isList = false
  var isNullable = false
  /// The place in the relation precedence policy, or -1.
  var precedence: Int32 = -1
  /// Whether a rule says that this relation is frozen before another one.
  var hasFreezeDependents = false

  var isRelation: Bool { kind != .plain }
  /// Whether it may hold several values.
  var isMulti: Bool { kind == .plain ? isList : upper != 1 }
}

/// An entity.
struct EntityCode {
  var name: String
  var shortName: StringID
  var namespace: Int
  var place: PlaceID
  var parents: [EntityID] = []
  var children: [EntityID] = []
  /// Itself and everything above.
  var lineage: Set<EntityID> = [] {
    didSet { lineageInRow = ContiguousArray(lineage) }
  }
  /// The same, side by side for a quick search.
  private(set) var lineageInRow: ContiguousArray<EntityID> = []
  /// The attributes declared in this entity, by name in order.
  var own: [AttributeCode] = []
  /// All attributes in the order of an instance's variables.
  var attributes: [AttributeCode] = []
  var slots: [StringID: Int] = [:]
  /// The names of `attributes`, side by side for a quick search.
  var attributeNames: ContiguousArray<StringID> = []
  /// Own defaults; nil removes an inherited one.
  var ownDefaults: [(name: StringID, value: ExpressionID?, place: PlaceID)] = []
  /// The defaults in force, in order.
  var defaults: [(name: StringID, value: ExpressionID)] = []
  /// Attribute names, each index sorted by name.
  var indices: [IndexCode] = []
  /// Whether an entity above has an index.
  var inheritsIndices = false
  var ownImplements: [ImplementID] = []
  var inheritsImplements = false
  /// Own and, if it uses `parents`, inherited ones.
  var implements: [ImplementID] = []
  var slotsByKind = SlotsByKind()
  /// The variables of a new instance.
  var template: ContiguousArray<Variable> = []
  var plan = ConstructorPlan.empty

  /// Whether it is an entity or below it.
  func isKind(of entity: EntityID) -> Bool {
    lineageInRow.count <= 16 ? lineageInRow.contains(entity) : lineage.contains(entity)
  }

  /// The place of an attribute in an instance. Few names are searched faster than hashed.
  func slot(of name: StringID) -> Int? {
    attributeNames.count <= 16 ? attributeNames.firstIndex(of: name) : slots[name]
  }
}

/// The places of the attributes of an entity in its instances, by what they are.
struct SlotsByKind {
  var plain: [Int32] = []
  var relations: [Int32] = []
  /// The relations that are frozen.
  var delayed: [Int32] = []

  init() {}

  init(_ attributes: [AttributeCode]) {
    for (slot, attribute) in attributes.enumerated() {
      if attribute.isRelation { relations.append(Int32(slot)) } else { plain.append(Int32(slot)) }
      if attribute.kind == .optional || attribute.kind == .list { delayed.append(Int32(slot)) }
    }
  }
}

/// What all constructors of an entity have in common.
final class ConstructorPlan: Sendable {
  static let empty = ConstructorPlan()

  typealias Default = (name: StringID, slot: Int, value: ExpressionID)

  /// The defaults in force of attributes that indexes need, in order.
  let indexedDefaults: [Default]
  /// Those of all other attributes.
  let otherDefaults: [Default]
  var defaults: [Default] { indexedDefaults + otherDefaults }
  /// By attribute.
  let hasDefault: [Bool]
  /// By attribute: whether an index needs it.
  let isIndexed: [Bool]
  /// What indexes need and no default gives; once for each index.
  let required: [(name: StringID, slot: Int)]

  private init() {
    indexedDefaults = []
    otherDefaults = []
    hasDefault = []
    isIndexed = []
    required = []
  }

  init(of entity: EntityCode) {
    var defaults: [Default] = []
    var hasDefault = Array(repeating: false, count: entity.attributes.count)
    var isIndexed = hasDefault
    var required: [(name: StringID, slot: Int)] = []
    for (name, value) in entity.defaults {
      guard let slot = entity.slots[name] else { continue }
      defaults.append((name, slot, value))
      hasDefault[slot] = true
    }
    for index in entity.indices {
      for (name, slot) in zip(index.attributes, index.slots) {
        isIndexed[slot] = true
        if !hasDefault[slot] { required.append((name, slot)) }
      }
    }
    indexedDefaults = defaults.filter { isIndexed[$0.slot] }
    otherDefaults = defaults.filter { !isIndexed[$0.slot] }
    self.hasDefault = hasDefault
    self.isIndexed = isIndexed
    self.required = required
  }
}

struct IndexCode {
  var attributes: [StringID]
  var place: PlaceID
  /// The attributes' places in the entity's instances.
  var slots: [Int] = []
}

/// `implementation name for E`.
struct ImplementationCode {
  var name: String
  var entity: EntityID
  var body: BlockID
  var place: PlaceID
}

/// `implement E using …`.
struct ImplementCode {
  var entity: EntityID
  var implementations: [ImplementationID]
  /// Absent when there is no condition.
  var condition: ExpressionID
  var place: PlaceID
}

/// A type that values are checked against.
enum TypeCode {
  case any
  case string
  case int
  case float
  case number
  case bool
  case list
  case dictionary
  case listOf(TypeID)
  case nullable(TypeID)
  case constrained(ConstraintCode)
  case entity(EntityID)
}

/// `typedef name as base matching constraint`.
struct ConstraintCode {
  var name: String
  var base: TypeID
  var constraint: ExpressionID
  var place: PlaceID
  /// The constraint as written.
  var text: String
}
