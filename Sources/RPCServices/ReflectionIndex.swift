internal import RPCCore

/// What server reflection looks up: files by name and by symbol.
struct ReflectionIndex: Sendable {
  /// The full names of the services, sorted.
  let services: [String]
  private var files: [String: FileDescriptorBlob] = [:]
  private var fileOfSymbol: [String: String] = [:]

  init(_ descriptors: [ServiceDescriptor]) {
    services = descriptors.map(\.fullName).sorted()
    for file in descriptors.flatMap(\.fileDescriptors) {
      files[file.name] = file
      for symbol in file.symbols { fileOfSymbol[symbol] = file.name }
    }
  }

  /// The serialized file of a name, then everything that it imports; `nil` for an unknown name.
  func file(named name: String) -> [[UInt8]]? {
    guard files[name] != nil else { return nil }
    var found: [[UInt8]] = []
    var seen: Set<String> = [name]
    var pending = [name]
    while !pending.isEmpty {
      guard let file = files[pending.removeFirst()] else { continue }
      found.append(file.serialized)
      for dependency in file.dependencies where seen.insert(dependency).inserted {
        pending.append(dependency)
      }
    }
    return found
  }

  /// The file that declares a symbol, then everything that it imports.
  func file(declaring symbol: String) -> [[UInt8]]? {
    var symbol = symbol[...]
    if symbol.first == "." { symbol = symbol.dropFirst() }
    return fileOfSymbol[String(symbol)].flatMap { file(named: $0) }
  }
}
