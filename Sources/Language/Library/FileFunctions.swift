internal import Diagnostics

enum FileFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(name: "std::source", parameters: [.init("path", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .string(try engine.content(.file, arguments))
    },
    NativeFunction(name: "std::file", parameters: [.init("path", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .string(try engine.content(.file, arguments))
    },
    NativeFunction(name: "std::list_files", parameters: [.init("path", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let (module, path) = engine.modulePath(engine.string(arguments[0]), arguments)
      let names: [String]?
      do throws(Diagnostic) {
        names = try engine.environment.moduleSource.listFiles(path: path, module: module)
      } catch {
        throw engine.failure(error.title, at: arguments.place)
      }
      guard let names else {
        throw engine.failure(
          "there is no folder \(engine.describe(arguments[0])) in the files of the module",
          at: arguments.place)
      }
      var values: [Datum] = []
      for name in names { values.append(engine.datum(name)) }
      return engine.datum(values)
    },
  ]
}

extension Engine {
  /// Splits `module/rest`, `./rest` (the module of the calling file) and `/rest` (the project).
  func modulePath(
    _ path: String, _ arguments: BoundArguments
  ) -> (module: String?, path: String) {
    if path.hasPrefix("/") { return (nil, String(path.drop { $0 == "/" })) }
    let slash = path.firstIndex(of: "/") ?? path.endIndex
    let rest = String(path[slash...].drop { $0 == "/" })
    guard path[..<slash] == "." else { return (String(path[..<slash]), rest) }
    return (moduleOfCaller(arguments), rest)
  }

  private func moduleOfCaller(_ arguments: BoundArguments) -> String? {
    guard arguments.place.isPresent else { return nil }
    let file = Int(program.places[arguments.place].file.index)
    let namespace =
      environment.fileNamespaces.indices.contains(file)
      ? environment.fileNamespaces[file] : "__config__"
    return namespace == "__config__" ? nil : namespace.components.first
  }

  /// Reads a file of a module, once.
  mutating func content(
    _ kind: ModuleContentKind, _ arguments: BoundArguments
  ) throws(Interruption) -> StringID {
    let path = string(arguments[0])
    let (module, rest) = modulePath(path, arguments)
    let key = "\(kind.rawValue):\(module ?? ""):\(rest)"
    if let known = functionState.contents[key] { return known }
    let file: ModelFile?
    do throws(Diagnostic) {
      file = try environment.moduleSource.content(kind, path: rest, module: module)
    } catch {
      throw failure(error.title, at: arguments.place)
    }
    guard let file else {
      let owner = module.map { "module `\($0)`" } ?? "the project"
      throw failure(
        "there is no `\(rest)` in the \(kind.rawValue) of \(owner)", at: arguments.place)
    }
    let id = program.heap.strings.intern(file.bytes[...])
    functionState.contents[key] = id
    return id
  }
}
