internal import Diagnostics

/// A model after its definitions were processed: what the engine runs.
struct Program {
  var heap = Heap()
  var places: Table<PlaceTag, SourceSpan> = Table()
  var expressions: Table<ExpressionTag, ExpressionCode> = Table()
  var operands: ContiguousArray<Int32> = []
  var constants: ContiguousArray<Datum> = []
  var comprehensions: [ComprehensionCode] = []
  var calls: [CallCode] = []
  var indexLookups: [IndexLookupCode] = []
  var interpolations: [InterpolationCode] = []
  var formats: [FormatCode] = []
  var regexes: [RegexLiteral] = []
  var constructors: Table<ConstructorTag, ConstructorCode> = Table()
  /// The attributes of all constructors, those of each in a row.
  var assignments: ContiguousArray<ConstructorCode.Assignment> = []
  var constructorExtras: [ConstructorExtras] = []
  var statements: Table<StatementTag, StatementCode> = Table()
  var blocks: Table<BlockTag, BlockCode> = Table()
  var entities: Table<EntityTag, EntityCode> = Table()
  var types: Table<TypeTag, TypeCode> = Table()
  var implementations: Table<ImplementationTag, ImplementationCode> = Table()
  var implements: Table<ImplementTag, ImplementCode> = Table()
  var functions: Table<FunctionTag, NativeFunction> = Table()
  /// Where names that may not exist are reported if they do not, by the place of the name.
  var readers: [PlaceID: PlaceID] = [:]
  /// The `**` of the expressions that are unpacked.
  var unpackPlaces: [ExpressionID: PlaceID] = [:]
  /// Relation annotations: evaluated when their file is emitted.
  var annotations: [[(value: ExpressionID, place: PlaceID)]] = []
  /// The blocks of the files, in the order of emission.
  var files: [BlockID] = []
  /// The names of the variables of all files; these come first in the engine's table.
  var globalNames: ContiguousArray<StringID> = []
  /// Defaults to check against their types before the model runs.
  var defaultChecks: [(ExpressionID, TypeID, PlaceID)] = []
  var wellKnown = WellKnownNames()

  /// Whether two places are the same text.
  func areSame(_ first: PlaceID, _ second: PlaceID) -> Bool {
    guard first.isPresent, second.isPresent else { return first == second }
    return places[first] == places[second]
  }

  /// Makes room for the code of so much text. Generated models, the largest ones, need a place for every eight bytes
  /// and the rest in proportion; what stays unused is never touched.
  mutating func reserveCode(bytes: Int) {
    places.reserve(places.count + bytes / 8)
    expressions.reserve(expressions.count + bytes / 14)
    assignments.reserveCapacity(bytes / 16)
    constants.reserveCapacity(bytes / 24)
    constructors.reserve(bytes / 40)
    statements.reserve(bytes / 40)
  }

  func name(_ id: StringID) -> String { heap.strings.string(id) }
}

/// Names and entities that the engine itself refers to.
struct WellKnownNames {
  var selfName = StringID.absent
  var entity = EntityID.absent
  var bool = TypeID.absent
}
