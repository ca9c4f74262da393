/// The functions that models may call, written in Swift.
struct FunctionLibrary: Sendable {
  var functions: [NativeFunction]

  /// All functions that are part of the product.
  static let standard = FunctionLibrary(
    functions: PrintFunctions.all + StringFunctions.all + ListFunctions.all
      + InspectionFunctions.all + EnvironmentFunctions.all + AddressFunctions.all
      + ValidationFunctions.all + FileFunctions.all + TemplateFunctions.all
      + ReferenceFunctions.all)
}

/// What functions keep during one compile.
struct FunctionState {
  /// Files that were read, by path.
  var contents: [String: StringID] = [:]
  /// Templates that were parsed, by path.
  var templates: [String: Template] = [:]
  /// Calls of deprecated functions that were warned of.
  var deprecatedCalls: Set<PlaceID> = []
}

extension Engine {
  mutating func datum(_ text: String) -> Datum { .string(program.heap.strings.intern(text)) }

  mutating func datum(_ values: [Datum]) -> Datum { .list(program.heap.list(values)) }

  /// The elements of a list argument.
  func items(_ value: Datum) -> [Datum] {
    guard case .list(let list) = value else { return [] }
    return Array(program.heap.elements(list))
  }

  /// Whether a value, or one inside of it, is unknown.
  func hasUnknown(_ value: Datum) -> Bool {
    switch value {
    case .unknown: true
    case .list(let list): program.heap.elements(list).contains { hasUnknown($0) }
    case .dictionary(let dictionary):
      program.heap.pairs(dictionary).contains { hasUnknown($0.value) }
    default: false
    }
  }

  func string(_ value: Datum) -> String {
    guard case .string(let id) = value else { return "" }
    return program.heap.strings.string(id)
  }

  func integer(_ value: Datum) -> Int {
    switch value {
    case .integer(let number): number
    case .bool(let flag): flag ? 1 : 0
    case .bigInteger(let id): program.heap.bigInteger(id).isNegative ? Int.min : Int.max
    default: 0
    }
  }

  func failure(_ message: String, at place: PlaceID) -> Interruption {
    .failed(Problem(.functionFailed, message, at: place))
  }
}
