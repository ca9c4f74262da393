internal import Diagnostics

/// The dataflow engine: runs the statements of a program as their values become available.
///
/// The order of everything follows the language's scheduler (reference, section 4): ready work
/// first in first out; then the oldest relation that may be complete and that somebody waits for
/// is frozen. Nothing here recurses on the depth of the model; all state is in flat tables.
struct Engine: ~Copyable {
  var program: Program
  let limits: CompilerLimits
  let environment: EvaluationEnvironment

  var variables: Table<VariableTag, Variable> = Table()
  var collections: ContiguousArray<Collection> = []
  var waiters: Table<WaiterTag, Waiter> = Table()
  var freeWaiters: ContiguousArray<WaiterID> = []
  var waiterSequence: UInt32 = 0
  var liveWaiterCount = 0
  var links: ContiguousArray<WaitLink> = []
  var freeLink: Int32 = -1
  var slots: ContiguousArray<Int32> = []
  var scopes: Table<ScopeTag, Scope> = Table()
  var collectors: Table<CollectorTag, Collector> = Table()
  var promises: ContiguousArray<EagerPromise> = []
  var comprehensionStates: ContiguousArray<ComprehensionState> = []
  var objects: Table<ObjectTag, Object> = Table()
  var furtherPlaces: [ObjectID: [PlaceID]] = [:]
  var implementationLinks: ContiguousArray<(ImplementationID, next: Int32)> = []
  var indexes = IndexTables()
  /// The index attributes of the constructors that are being evaluated, innermost last.
  var keyValues: ContiguousArray<(name: StringID, value: Datum)> = []
  /// Function calls that met an unset value, with what they wait for beside their arguments.
  var callStates: [WaiterID: CallState] = [:]
  /// Values that are known to fulfil a type constraint.
  var constraintResults: Set<ConstraintResult> = []
  var annotationVariables: [(VariableID, PlaceID)] = []

  var ready: FirstInFirstOut<ReadyWork> = FirstInFirstOut()
  var freezeQueue: FreezeQueue
  /// Delayed variables that nobody waited for when it was their turn to be frozen.
  var setAside: ContiguousArray<VariableID> = []
  var setAsideCount = 0
  /// Places in `setAside` of variables that got a waiter since.
  var touched: [Int32] = []
  var proxies: ContiguousArray<Proxy> = []
  var functionState = FunctionState()
  var printed: [UInt8] = []
  var warnings: [Diagnostic] = []
  var stepCount = 0
  /// What went wrong so far; after the first failure nothing is frozen, printed or called any more.
  var failures: [Problem] = []
  private var stepsAfterFailure = 0
  /// Notes what happens to the variables that are traced.
  var tracer: Tracer?
  /// How deep relations are filling each other right now.
  var propagationDepth = 0

  init(program: consuming Program, limits: CompilerLimits, environment: EvaluationEnvironment) {
    self.program = program
    self.limits = limits
    self.environment = environment
    freezeQueue = FreezeQueue(ruleCount: environment.precedenceRuleCount)
    reserveTables()
    for _ in self.program.globalNames { _ = variables.append(Variable(kind: .plain)) }
  }

  /// Most models run each constructor once: tables of that size need not grow, and what stays unused of them is
  /// never touched.
  private mutating func reserveTables() {
    var variableCount = program.globalNames.count
    var collectionCount = 0
    for constructor in program.constructors.elements {
      variableCount += program.entities[constructor.entity].template.count
      collectionCount += program.entities[constructor.entity].slotsByKind.delayed.count
    }
    variables.reserve(variableCount)
    collections.reserveCapacity(collectionCount)
    objects.reserve(program.constructors.count)
    scopes.reserve(program.constructors.count)
  }

  /// Runs the program to its end, or as far as it goes without what `failures` says.
  mutating func run() throws(Interruption) {
    for (file, block) in program.files.enumerated() {
      for (value, place) in program.annotations[file] {
        let target = makeVariable(.plain)
        annotationVariables.append((target, place))
        try scheduleEvaluation(of: value, into: target, in: .absent, place: place)
      }
      for statement in program.blocks[block].statements {
        do {
          try emit(statement, in: .absent)
        } catch {
          try record(error)
        }
      }
    }
    try settle()
  }

  /// Keeps a failure, so that independent ones are found too; rethrows what must end the compile.
  private mutating func record(_ interruption: Interruption) throws(Interruption) {
    let problem = problem(interruption)
    if problem.code.endsCompile { throw interruption }
    let twin = failures.first {
      $0.code == problem.code && program.areSame($0.place, problem.place)
    }
    if let twin {
      twin.repetitions += 1
    } else if failures.count < limits.diagnosticsMax {
      failures.append(problem)
    }
  }

  /// Runs what is ready. After a failure nothing is frozen any more: what comes next could be its
  /// consequence.
  private mutating func drain() throws(Interruption) {
    while let work = ready.popFirst() {
      stepCount += 1
      if stepCount & 0x3FF == 0 { try checkLimits() }
      if !failures.isEmpty {
        stepsAfterFailure += 1
        if stepsAfterFailure > limits.stepsAfterFailureMax { return }
      }
      do {
        try perform(work)
      } catch {
        try record(error)
      }
    }
  }

  /// The outer loop: ready work, then one freeze, until nothing is left.
  private mutating func settle() throws(Interruption) {
    var iterations = 0
    while !ready.isEmpty || !freezeQueue.isEmpty || setAsideCount > 0 {
      iterations += 1
      if iterations > limits.iterationsMax {
        throw .failed(
          Problem(.iterationLimit, "the model does not settle: \(limits.iterationsMax) rounds"))
      }
      try drain()
      guard failures.isEmpty else { return }
      if try freezeOldest() { continue }
      if try freezeSetAsideWithPotential() { continue }
      if try breakWaitCycle() { continue }
      while let variable = popSetAside() { try freeze(variable) }
    }
  }

  private mutating func freezeOldest() throws(Interruption) -> Bool {
    while let variable = freezeQueue.popFirst() {
      if variables[variable].isSet { continue }
      if progressPotential(of: variable) <= 0 {
        variables[variable].asidePosition = Int32(setAside.count)
        setAside.append(variable)
        setAsideCount += 1
        continue
      }
      if variables[variable].promiseCount > 0 {
        variables[variable].isQueued = false
        continue
      }
      try freeze(variable)
      return true
    }
    return false
  }

  private mutating func freezeSetAsideWithPotential() throws(Interruption) -> Bool {
    // Upstream looks through all of them; only those that got a waiter can have potential.
    touched.sort()
    for position in touched {
      let variable = setAside[Int(position)]
      guard variable.isPresent, variables[variable].asidePosition == position else { continue }
      let isSet = variables[variable].isSet
      guard isSet || progressPotential(of: variable) > 0 else { continue }
      setAside[Int(position)] = .absent
      setAsideCount -= 1
      variables[variable].asidePosition = -1
      if !isSet { freezeQueue.append(variable, precedence: precedence(of: variable)) }
    }
    touched.removeAll(keepingCapacity: true)
    while let variable = freezeQueue.popFirst() {
      guard variables[variable].promiseCount == 0 else {
        variables[variable].isQueued = false
        continue
      }
      try freeze(variable)
      return true
    }
    return false
  }

  private mutating func popSetAside() -> VariableID? {
    while let variable = setAside.popLast() {
      guard variable.isPresent else { continue }
      setAsideCount -= 1
      variables[variable].asidePosition = -1
      return variable
    }
    return nil
  }

  private mutating func breakWaitCycle() throws(Interruption) -> Bool {
    var candidates = FreezeQueue(ruleCount: environment.precedenceRuleCount)
    for id in waitersInOrder() {
      for variable in requirements(of: id) {
        let actual = resolved(variable)
        guard actual.isPresent, variables[actual].isDelayed, !variables[actual].isSet else {
          continue
        }
        if variables[actual].promiseCount > 0, progressPotential(of: actual) > 0 {
          let precedence = precedence(of: actual)
          if precedence < 0 {
            try freeze(actual)
            return true
          }
          candidates.append(actual, precedence: precedence)
        }
      }
    }
    guard let chosen = candidates.popFirst() else { return false }
    try freeze(chosen)
    return true
  }

  /// The waiters that have not run, oldest first.
  func waitersInOrder() -> [WaiterID] {
    var result: [WaiterID] = []
    for index in waiters.indices where !waiters.elements[index].isFree {
      result.append(WaiterID(index))
    }
    result.sort { waiters[$0].sequence < waiters[$1].sequence }
    return result
  }

  /// The variables that a waiter needs.
  func requirements(of id: WaiterID) -> [VariableID] {
    let waiter = waiters[id]
    var result: [VariableID] = []
    for slot in (waiter.base + waiter.low)..<(waiter.base + waiter.high)
    where slots[Int(slot)] >= 0 {
      result.append(VariableID(raw: slots[Int(slot)]))
    }
    if waiter.kind == .decideDefined || waiter.kind == .copyElement {
      result.append(VariableID(raw: waiter.detail))
    }
    if let state = callStates[id] { result += state.additional }
    return result
  }

  private mutating func checkLimits() throws(Interruption) {
    if stepCount > limits.stepsMax {
      throw .failed(
        Problem(
          .stepLimit, "the model needs more than \(limits.stepsMax) steps",
          help: "look for an implementation or a loop that feeds itself"))
    }
    if program.heap.strings.byteCount > limits.stringBytesMax {
      throw .failed(
        Problem(.stringLimit, "the strings of the model exceed \(limits.stringBytesMax) bytes"))
    }
    if program.heap.listElementCount > limits.listElementsMax {
      throw .failed(
        Problem(.listLimit, "the lists of the model exceed \(limits.listElementsMax) elements"))
    }
    try checkNesting(at: .absent)
    if environment.isCancelled() {
      throw .failed(Problem(.cancelled, "the compile was cancelled"))
    }
  }
}

/// Links a waiter into the list of those that wait for a variable.
struct WaitLink {
  var waiter: WaiterID
  var next: Int32
}

/// An entry of the queue of work that can run now.
enum ReadyWork {
  case waiter(WaiterID)
  /// Sets the constant attributes `range` of a constructor's deferred assignments.
  case constants(ConstructorID, object: ObjectID, first: Int32, end: Int32)
}
