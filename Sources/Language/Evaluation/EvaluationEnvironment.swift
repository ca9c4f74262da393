internal import Diagnostics

/// What the engine knows of the world around the program.
struct EvaluationEnvironment: Sendable {
  var precedenceRuleCount = 0
  var sources = SourceMap()
  /// The namespace of each file, by file id.
  var fileNamespaces: [String] = []
  /// The variables of each file, by file id.
  var fileVariables: [HashTable<StringID, VariableID>] = []
  var moduleSource: any ModuleSource
  /// Environment variables of the process that compiles.
  var processEnvironment: [String: String] = [:]
  /// Runs functions of modules in other languages, if the caller of the compiler can.
  var functions: FunctionSession?
  var isCancelled: @Sendable () -> Bool
  /// Takes printed text as it comes.
  var print: @Sendable (String) -> Void

  func locate(_ span: SourceSpan) -> SourceLocation { sources.location(of: span) }
}
