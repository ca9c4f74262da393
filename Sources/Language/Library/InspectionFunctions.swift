enum InspectionFunctions {
  static let all: [NativeFunction] = []
}
