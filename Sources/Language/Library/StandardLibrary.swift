/// The model files that are part of the product.
enum StandardLibrary {
  /// The modules that are found without configuration.
  static var moduleNames: [String] { ["exec", "std"] }

  /// Returns the file of a namespace of the library, or nil.
  static func file(of namespace: [String]) -> ModelFile? {
    guard let text = LibraryModels.texts[namespace.joined(separator: "::")] else { return nil }
    let path =
      namespace.count == 1
      ? "\(namespace[0])/_init.cf" : namespace.joined(separator: "/") + ".cf"
    return ModelFile(path: path, bytes: Array(text.utf8))
  }
}
