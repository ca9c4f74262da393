/// The texts of the library's model files.
enum LibraryModels {
  static let texts: [String: String] = [
    "std": "implementation none for Entity:\nend\n"
  ]
}
