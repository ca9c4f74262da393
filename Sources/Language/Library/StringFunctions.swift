enum StringFunctions {
  static let all: [NativeFunction] = []
}
