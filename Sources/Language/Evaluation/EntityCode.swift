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
  var lineage: Set<EntityID> = []
  /// The attributes declared in this entity, by name in order.
  var own: [AttributeCode] = []
  /// All attributes in the order of an instance's variables.
  var attributes: [AttributeCode] = []
  var slots: [StringID: Int] = [:]
  /// Own defaults; nil removes an inherited one.
  var ownDefaults: [(name: StringID, value: ExpressionID?, place: PlaceID)] = []
  /// The defaults in force, in order.
  var defaults: [(name: StringID, value: ExpressionID)] = []
  /// Attribute names, each index sorted by name.
  var indices: [IndexCode] = []
  var ownImplements: [ImplementID] = []
  var inheritsImplements = false
  /// Own and, if it uses `parents`, inherited ones.
  var implements: [ImplementID] = []
  /// The variables of a new instance.
  var template: ContiguousArray<Variable> = []
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
