/// The functions that models may call, written in Swift.
struct FunctionLibrary: Sendable {
  var functions: [NativeFunction]

  /// All functions that are part of the product.
  static let standard = FunctionLibrary(
    functions: PrintFunctions.all + StringFunctions.all + ListFunctions.all
      + InspectionFunctions.all)
}

/// What functions keep during one compile.
struct FunctionState {
  /// Passwords by id, so that a repeated call gives the same.
  var passwords: [String: String] = [:]
}
