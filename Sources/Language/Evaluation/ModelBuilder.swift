internal import Diagnostics

/// Turns the files of a project into a `Program`: loads them, processes all definitions, resolves
/// names and flattens expressions and statements.
///
/// Findings are collected; each phase runs to its end, and the next one starts only without errors.
struct ModelBuilder: ~Copyable {
  /// What a name of a namespace defines.
  enum Definition {
    case entity(EntityID)
    case type(TypeID)
    case implementation(ImplementationID)
    case function(FunctionID)
  }

  /// The content of one file.
  struct Namespace {
    var name: String
    var parent: Int?
    var file: SyntaxFile
    /// The string of each name of the file.
    var symbols: [StringID]
    var definitions = HashTable<StringID, Definition>()
    var definitionPlaces: [StringID: PlaceID] = [:]
    var imports: [String: Int] = [:]
    var importPlaces: [String: PlaceID] = [:]
    var variables = HashTable<StringID, VariableID>()
  }

  /// Names that a block declares.
  struct LexicalScope {
    var names: [StringID: Int32]
    /// Whether bare names may be attributes of an instance here.
    var isObject = false
  }

  /// The left side that a constructor's value goes to.
  enum Receiver {
    case none
    case assignment(owner: Expression, attribute: StringID)
    case constructor(ConstructorID, attribute: StringID, hint: EntityID)

    /// Whether what goes there is taken apart: the elements of a list for a relation of a constructor are
    /// read by its statement, one by one.
    func takesApart(_ expression: Expression) -> Bool {
      guard case .list = expression.kind, case .constructor(_, _, let target) = self else {
        return false
      }
      return target.isPresent
    }
  }

  var program = Program()
  var namespaces: [Namespace] = []
  var namespaceIndices: [String: Int] = [:]
  var sources = SourceMap()
  var diagnostics: [Diagnostic] = []
  var primitives: [StringID: TypeID] = [:]
  var entityTypes: [EntityID: TypeID] = [:]
  let moduleSource: any ModuleSource
  let limits: CompilerLimits
  let library: FunctionLibrary
  let functions: FunctionSession?
  /// Files that were parsed before; nil when each is parsed here. Its ids of files are used then.
  var cache: SyntaxCache?
  /// The modules whose code was loaded, with what failed.
  var loadFailures: [String: [FunctionFailure]] = [:]
  /// The functions of code that was loaded.
  var functionDescriptions: [FunctionDescription] = []
  /// What code printed while it was loaded.
  var printedByModules = ""

  // The place that is being lowered.
  var current = 0
  var scopes: [LexicalScope] = []
  /// The keywords of the constructors that are being lowered, innermost last.
  var keywords: ContiguousArray<ConstructorKeyword> = []
  var nextSlot: Int32 = 0
  var isConstraint = false
  /// What reports a name that does not exist: the innermost operator, call or literal that reads it, or the
  /// statement. Absent where names are looked up later, by what they are for.
  var reader = PlaceID.absent

  init(
    source: any ModuleSource, limits: CompilerLimits, library: FunctionLibrary,
    functions: FunctionSession? = nil
  ) {
    moduleSource = source
    self.functions = functions
    self.limits = limits
    self.library = library
    program.wellKnown.selfName = program.heap.strings.intern("self")
    let kinds: [(String, TypeCode)] = [
      ("string", .string), ("int", .int), ("float", .float), ("number", .number),
      ("bool", .bool), ("list", .list), ("dict", .dictionary),
    ]
    for (name, kind) in kinds {
      primitives[program.heap.strings.intern(name)] = program.types.append(kind)
    }
    program.wellKnown.bool =
      primitives[program.heap.strings.intern("bool")] ?? .absent
  }

  var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  // MARK: Helpers

  mutating func place(_ span: SourceSpan) -> PlaceID { program.places.append(span) }

  func symbol(_ name: Name) -> StringID { namespaces[current].symbols[Int(name.index)] }

  func text(_ name: QualifiedName) -> String { namespaces[current].file.text(of: name) }

  mutating func intern(_ text: String) -> StringID { program.heap.strings.intern(text) }

  mutating func report(_ problem: Problem) {
    diagnostics.append(problem.diagnostic(program.places))
  }

  mutating func report(_ interruption: Interruption) {
    if case .failed(let problem) = interruption { report(problem) }
  }

  mutating func warn(_ code: DiagnosticCode, _ title: String, at span: SourceSpan) {
    diagnostics.append(Diagnostic(code.id, .warning, title: title, at: span))
  }

  // MARK: Loading

  /// Loads the main file and everything that it imports.
  ///
  /// The list of open imports is a stack: the import that was met last is loaded first. Files are
  /// executed after the main file, grouped by top module in the order of first load.
  mutating func load() -> Bool {
    let main: ModelFile
    do {
      main = try moduleSource.mainFile()
    } catch {
      diagnostics.append(error)
      return false
    }
    makeRootNamespace()
    add(main, as: "__config__")
    var pending: [(name: String, place: PlaceID)] = imports(of: 0)
    var groups: [String: [Int]] = [:]
    var order: [String] = []
    while let (name, place) = pending.popLast() {
      guard namespaceIndices[name] == nil else { continue }
      let parts = name.components
      for count in 1...parts.count {
        let part = parts.prefix(count).joined(separator: "::")
        guard namespaceIndices[part] == nil else { continue }
        guard let file = find(Array(parts.prefix(count)), importing: name, at: place) else { break }
        add(file, as: part)
        let index = namespaces.count - 1
        if groups[parts[0]] == nil { order.append(parts[0]) }
        groups[parts[0], default: []].append(index)
        pending += imports(of: index)
      }
    }
    if namespaceIndices["std"] == nil {
      // `std::Entity` has its name in any case.
      add(ModelFile(path: "std", bytes: []), as: "std")
      hasStandardLibrary = false
    }
    executionOrder = [0] + order.flatMap { groups[$0] ?? [] }
    return !hasErrors
  }

  /// Whether `std` was imported; else it has `std::Entity` alone.
  var hasStandardLibrary = true
  /// The namespaces in the order in which their statements are emitted.
  var executionOrder: [Int] = []
  /// How many relations the precedence policy names.
  var precedenceRuleCount = 0
  /// The conditions of implement statements, lowered once all names are known.
  var pendingConditions: [(ImplementID, namespace: Int, Expression?)] = []

  private mutating func add(_ file: ModelFile, as name: String) {
    let (syntax, found) = parse(file)
    diagnostics += found
    let symbols = syntax.names.texts.map { program.heap.strings.intern($0) }
    let parent =
      name.components.count > 1
      ? namespaceIndices[name.components.dropLast().joined(separator: "::")] : nil
    namespaceIndices[name] = namespaces.count
    namespaces.append(Namespace(name: name, parent: parent, file: syntax, symbols: symbols))
  }

  private mutating func parse(_ file: ModelFile) -> (file: SyntaxFile, diagnostics: [Diagnostic]) {
    guard let layout = cache?.layout(of: file) else {
      return Parser.parse(
        sources.add(path: file.path, bytes: file.bytes), limits: limits.syntax)
    }
    return (layout.file, layout.diagnostics)
  }

  private mutating func imports(of index: Int) -> [(name: String, place: PlaceID)] {
    current = index
    var result: [(name: String, place: PlaceID)] = []
    if limits.importsStandardLibrary, namespaces[index].name != "std" {
      result.append(("std", .absent))
    }
    for declaration in namespaces[index].file.imports {
      result.append((text(declaration.namespace), place(declaration.span)))
    }
    return result
  }

  private mutating func find(
    _ parts: [String], importing name: String, at place: PlaceID
  ) -> ModelFile? {
    let full = parts.joined(separator: "::")
    if full.contains("-") {
      report(
        Problem(
          .invalidModuleName, "`\(full)` is no module name: hyphens are not allowed", at: place))
      return nil
    }
    if parts[0] == "std", let file = StandardLibrary.file(of: parts) { return file }
    do {
      if let file = try moduleSource.modelFile(of: parts) { return file }
    } catch {
      diagnostics.append(error)
      return nil
    }
    if let file = StandardLibrary.file(of: parts) { return file }
    let known = moduleSource.moduleNames() + StandardLibrary.moduleNames
    let problem = Problem(
      .moduleNotFound,
      parts.count == 1 ? "module `\(full)` is not found" : "namespace `\(full)` is not found",
      at: place,
      help: Suggestion.closest(to: parts[0], among: known).map { "did you mean `\($0)`?" })
    if full != name { _ = problem.note("it is needed by `import \(name)`") }
    report(problem)
    return nil
  }
}

extension String {
  /// The parts between `::`.
  var components: [String] {
    var parts: [String] = []
    var rest = Substring(self)
    while let range = rest.firstSeparator {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}

extension Substring {
  fileprivate var firstSeparator: Range<Index>? {
    var index = startIndex
    while index < endIndex {
      let next = self.index(after: index)
      if self[index] == ":", next < endIndex, self[next] == ":" {
        return index..<self.index(after: next)
      }
      index = next
    }
    return nil
  }
}
