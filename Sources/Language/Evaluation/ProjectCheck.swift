package import Diagnostics

/// What can be said of a project without evaluating it: syntax, definitions, names and types.
///
/// It is the first half of a compile, over files that may have been parsed before.
package struct ProjectCheck: Sendable {
  /// A file that the main file needs, or the main file itself.
  package struct File: Sendable {
    /// Its namespace; `__config__` for the main file.
    package var namespace: String
    /// The path as the source of modules gave it.
    package var path: String
  }

  /// The files, the main file first.
  package var files: [File]
  /// The findings. Their spans are of the cache's files.
  package var diagnostics: [Diagnostic]

  /// Checks a project.
  ///
  /// - Parameters:
  ///   - source: Where the files are.
  ///   - limits: The bounds of the check.
  ///   - modulesWithCode: The modules whose functions are written in another language. What they
  ///     are is not known here, so their functions count as defined.
  ///   - cache: The parsed files; it gets those that were not there.
  package init(
    files source: any ModuleSource, limits: CompilerLimits = CompilerLimits(),
    modulesWithCode: Set<String> = [], cache: inout SyntaxCache
  ) {
    var builder = ModelBuilder(source: source, limits: limits, library: .standard)
    builder.cache = cache
    cache = SyntaxCache()
    let isLoaded = builder.load()
    if isLoaded { builder.processDefinitions() }
    cache = builder.cache ?? SyntaxCache()
    files = builder.namespaces.map { File(namespace: $0.name, path: $0.file.source.path) }
    var namespaces: [FileID: String] = [:]
    for namespace in builder.namespaces {
      namespaces[namespace.file.source.id] = namespace.name
    }
    let sources = cache.sources
    let found = builder.diagnostics.prefix(limits.diagnosticsMax)
    diagnostics = found.filter { diagnostic in
      guard diagnostic.id == DiagnosticCode.unknownFunction.id, let span = diagnostic.span,
        let text = sources[span.file]?.text(from: span.start, to: span.end)
      else { return true }
      let written = text.components
      let module =
        written.count > 1 ? written[0] : (namespaces[span.file] ?? "").components[0]
      return !modulesWithCode.contains(module)
    }
  }

  /// The functions that are part of the product: full name, and the parameters as they are written.
  package static let nativeFunctions: [(name: String, parameters: [String])] =
    FunctionLibrary.standard.functions.map { function in
      var parameters = function.parameters.map { parameter in
        parameter.fallback == nil ? parameter.name : parameter.name + "?"
      }
      if function.takesMore { parameters.append("*more") }
      if function.takesKeywords { parameters.append("**keywords") }
      return (function.name, parameters)
    }

  /// The words that the lexer keeps for itself.
  package static let keywords: [String] = Lexer.keywordTexts

  /// The namespaces of the library that is part of the product, with their files.
  package static func libraryFile(of namespace: String) -> ModelFile? {
    StandardLibrary.file(of: namespace.components)
  }

  /// The modules that are part of the product.
  package static var libraryModules: [String] { StandardLibrary.moduleNames }
}
