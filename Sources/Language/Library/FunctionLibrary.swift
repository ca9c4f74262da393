/// The functions that models may call, written in Swift.
struct FunctionLibrary: Sendable {
  var functions: [NativeFunction]

  /// All functions that are part of the product.
  static let standard = FunctionLibrary(
    functions: PrintFunctions.all + StringFunctions.all + ListFunctions.all
      + InspectionFunctions.all + EnvironmentFunctions.all + AddressFunctions.all
      + ValidationFunctions.all + FileFunctions.all + TemplateFunctions.all)
}

/// What functions keep during one compile.
struct FunctionState {
  /// Files that were read, by path.
  var contents: [String: StringID] = [:]
  /// Templates that were parsed, by path.
  var templates: [String: Template] = [:]
}

extension Engine {
  mutating func datum(_ text: String) -> Datum { .string(program.heap.strings.intern(text)) }

  mutating func datum(_ values: [Datum]) -> Datum { .list(program.heap.list(values)) }

  /// The elements of a list argument.
  func items(_ value: Datum) -> [Datum] {
    guard case .list(let list) = value else { return [] }
    return Array(program.heap.elements(list))
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
