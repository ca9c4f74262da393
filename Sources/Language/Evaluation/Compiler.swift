public import Diagnostics
public import Model
public import Resources

/// Compiles a project: parses its files, checks its definitions and evaluates it.
///
/// A compile is synchronous, deterministic and keeps nothing; run it on a thread that may block.
public struct Compiler: Sendable {
  /// What a caller may show while a compile runs.
  public enum Progress: Sendable, Hashable {
    /// All files were read and parsed.
    case parsed(files: Int)
    /// The definitions were processed; evaluation starts.
    case defined(entities: Int)
    /// The model printed text.
    case printed(String)
    /// Evaluation ended.
    case evaluated(instances: Int)
  }

  private let source: any ModuleSource
  let limits: CompilerLimits
  private let processEnvironment: [String: String]
  let functions: (any FunctionProvider)?
  private let progress: @Sendable (Progress) -> Void
  private let isCancelled: @Sendable () -> Bool

  /// Makes a compiler.
  ///
  /// - Parameters:
  ///   - source: Where the project's files are.
  ///   - limits: The bounds of the compile.
  ///   - environment: The environment variables that `std::get_env` reads.
  ///   - functions: Runs functions of modules in other languages; it serves one compile. Nil if there
  ///     is nothing that can.
  ///   - progress: Called on the compiling thread as the work goes on.
  ///   - isCancelled: Asked now and then; true ends the compile with the diagnostic `cancelled`.
  public init(
    files source: any ModuleSource, limits: CompilerLimits = CompilerLimits(),
    environment: [String: String] = [:], functions: (any FunctionProvider)? = nil,
    progress: @escaping @Sendable (Progress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.source = source
    self.limits = limits
    processEnvironment = environment
    self.functions = functions
    self.progress = progress
    self.isCancelled = isCancelled
  }

  /// Parses the project's files and returns what the parser found.
  public func parse() -> CompileResult {
    var builder = ModelBuilder(source: source, limits: limits, library: .standard)
    _ = builder.load()
    return CompileResult(
      model: Model(), variables: [], diagnostics: builder.diagnostics, sources: builder.sources)
  }

  /// Compiles the project.
  ///
  /// - Parameter target: An attribute whose values are followed: `CompileResult.trace` says where
  ///   they came from, also when the model has errors. A name that does not exist is a diagnostic.
  /// - Returns: The model and what was found on the way; with an error the model is empty but for
  ///   what it printed.
  public func compile(tracing target: TracedAttribute? = nil) -> CompileResult {
    var result = compileModel(tracing: target)
    for failure in functions?.end() ?? [] {
      let problem = Problem(.functionFailed, "code for the end failed: \(failure.message)")
        .note(failure)
      result.diagnostics.append(problem.diagnostic(Table()))
      result.model = Model(printed: result.printed)
      result.variables = []
    }
    return result
  }

  /// A builder with everything that this compiler was given.
  func makeBuilder() -> ModelBuilder {
    let isCancelled = isCancelled
    return ModelBuilder(
      source: source, limits: limits, library: .standard,
      functions: functions.map { FunctionSession(provider: $0, isCancelled: isCancelled) })
  }

  private func compileModel(tracing target: TracedAttribute?) -> CompileResult {
    let isCancelled = isCancelled
    var builder = makeBuilder()
    let session = builder.functions
    let isLoaded = builder.load()
    progress(.parsed(files: builder.sources.files.count))
    if isLoaded { builder.processDefinitions() }
    var tracer: Tracer?
    if isLoaded, !builder.hasErrors, let target {
      tracer = builder.prepareTracing(of: target)
    }
    guard isLoaded, !builder.hasErrors else {
      return CompileResult(
        model: Model(), variables: [],
        diagnostics: Array(builder.diagnostics.prefix(limits.diagnosticsMax)),
        sources: builder.sources)
    }
    progress(.defined(entities: builder.program.entities.count))
    let notify = progress
    let environment = EvaluationEnvironment(
      precedenceRuleCount: builder.precedenceRuleCount, sources: builder.sources,
      fileNamespaces: builder.namespaces.map(\.name),
      fileVariables: builder.namespaces.map(\.variables), moduleSource: source,
      processEnvironment: processEnvironment, functions: session,
      isCancelled: isCancelled, print: { notify(.printed($0)) })
    let mainVariables = builder.mainVariables()
    let warnings = builder.diagnostics
    let printedByModules = builder.printedByModules
    var engine = Engine(
      program: builder.takeProgram(), limits: limits, environment: environment)
    engine.tracer = tracer
    engine.printPart(printedByModules)
    return evaluate(&engine, warnings: warnings, variables: mainVariables)
  }

  private func evaluate(
    _ engine: inout Engine, warnings: [Diagnostic], variables: [(String, VariableID)]
  ) -> CompileResult {
    var diagnostics = warnings
    do {
      try engine.checkDefaults()
      try engine.run()
      diagnostics += engine.warnings
      for problem in engine.failures.isEmpty ? engine.finish() : engine.failures {
        diagnostics.append(problem.diagnostic(engine.program.places))
      }
    } catch {
      diagnostics += engine.warnings
      diagnostics += engine.failures.map { $0.diagnostic(engine.program.places) }
      diagnostics.append(engine.problem(error).diagnostic(engine.program.places))
    }
    progress(.evaluated(instances: engine.objects.count))
    let isComplete = !diagnostics.contains { $0.severity == .error }
    let model =
      isComplete
      ? engine.makeModel() : Model(printed: String(decoding: engine.printed, as: UTF8.self))
    var result = CompileResult(
      model: model, variables: isComplete ? engine.variableValues(variables) : [],
      diagnostics: Array(diagnostics.prefix(limits.diagnosticsMax)),
      sources: engine.environment.sources)
    result.trace = engine.tracer.map { engine.makeTrace($0) }
    return result
  }
}

/// What a compile gives.
public struct CompileResult: Sendable {
  /// A value of a variable of the main file.
  public enum VariableValue: Sendable, Hashable {
    /// A value without instances.
    case value(Value)
    /// An instance, with the full name of its entity.
    case instance(InstanceID, entity: String)
    /// A list that holds instances.
    case list([VariableValue])
    /// A dictionary that holds instances.
    case dictionary([String: VariableValue])
    /// An integer that does not fit 64 bits, in decimal digits.
    case bigInteger(String)
  }

  /// The model; empty but for the printed text when there are errors.
  public var model: Model
  /// The variables of the main file by name; empty when there are errors.
  public var variables: [(name: String, value: VariableValue)]
  /// What was found, most important first.
  public var diagnostics: [Diagnostic]
  /// The files of the compile, for rendering.
  public var sources: SourceMap
  /// Where the values of the traced attribute came from, if one is traced and evaluation began.
  public var trace: ValueTrace?

  /// Makes a result.
  public init(
    model: Model, variables: [(name: String, value: VariableValue)], diagnostics: [Diagnostic],
    sources: SourceMap
  ) {
    self.model = model
    self.variables = variables
    self.diagnostics = diagnostics
    self.sources = sources
  }

  /// Whether the model is complete.
  public var succeeded: Bool { !diagnostics.contains { $0.severity == .error } }

  /// What the model printed.
  public var printed: String { model.printed }
}
