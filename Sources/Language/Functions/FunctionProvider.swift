/// Runs functions that modules define in another language than the compiler's.
///
/// A provider serves one compile, on the thread that compiles: its methods block. It starts what it
/// needs at the first request.
public protocol FunctionProvider: Sendable {
  /// Whether a module, such as `net`, has code.
  func hasCode(_ module: String) -> Bool

  /// Sends a request.
  ///
  /// - Throws: ``FunctionProviderError`` when the code cannot be reached; then every later request
  ///   fails too.
  func send(_ request: FunctionRequest) throws(FunctionProviderError)

  /// Waits for the next response.
  ///
  /// - Parameter isCancelled: Asked now and then; true ends the wait and the session.
  /// - Returns: The response.
  /// - Throws: ``FunctionProviderError`` when none comes.
  func receive(
    isCancelled: @Sendable () -> Bool
  ) throws(FunctionProviderError) -> FunctionResponse

  /// Ends the session: what was registered for the end runs, if anything was started.
  ///
  /// - Returns: What went wrong there.
  func end() -> [FunctionFailure]
}

/// Why functions cannot be run.
public struct FunctionProviderError: Error, Sendable, Hashable {
  /// One line for people.
  public var message: String
  /// More, such as what the process said last.
  public var notes: [String]
  /// Whether the compile was cancelled.
  public var isCancelled: Bool

  /// Makes an error.
  public init(_ message: String, notes: [String] = [], isCancelled: Bool = false) {
    self.message = message
    self.notes = notes
    self.isCancelled = isCancelled
  }
}

/// A value on its way to or from a function.
public indirect enum FunctionValue: Sendable, Hashable {
  /// No value.
  case null
  /// A boolean.
  case bool(Bool)
  /// A whole number of 64 bits.
  case int(Int64)
  /// Any other whole number, in decimal digits.
  case bigInt(String)
  /// A floating point number.
  case double(Double)
  /// Text.
  case string(String)
  /// A list.
  case list([FunctionValue])
  /// A dictionary, in order.
  case dictionary([FunctionArgument])
  /// An instance by its handle.
  case instance(UInt32, entity: String)
  /// A value that is not known yet.
  case unknown(UInt32)
  /// A value that the agent resolves: its class, and the type of the value or an empty text.
  case reference(String, [FunctionArgument], valueType: String)
  /// An instance that does not exist yet; in results alone.
  case construction(String, [FunctionArgument])
  /// What the compiler cannot take, for people.
  case unsupported(String)
}

/// A value with a name.
public struct FunctionArgument: Sendable, Hashable {
  /// The name.
  public var name: String
  /// The value.
  public var value: FunctionValue

  /// Makes an argument.
  public init(_ name: String, _ value: FunctionValue) {
    self.name = name
    self.value = value
  }
}

/// What a parameter or a result may be, by name.
public indirect enum FunctionType: Sendable, Hashable {
  /// Any value.
  case any
  /// A name of the modelling language, in the namespace of the function.
  case named(String)
  /// A list of elements of one type.
  case list(FunctionType)
  /// A dictionary of values of one type.
  case dictionary(FunctionType)
  /// One of several types.
  case oneOf([FunctionType])
  /// A reference to a value of a type.
  case reference(FunctionType)
}

/// A function as its code describes it.
public struct FunctionDescription: Sendable, Hashable {
  /// How a parameter takes its argument.
  public enum Form: Sendable, Hashable {
    /// By position or by name.
    case plain
    /// By name alone.
    case named
    /// All further positional arguments.
    case more
    /// All further named arguments.
    case moreNamed
  }

  /// A parameter.
  public struct Parameter: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// How it takes its argument.
    public var form: Form
    /// What it takes.
    public var type: FunctionType
    /// Whether a call may leave it out.
    public var isOptional: Bool

    /// Makes a parameter.
    public init(_ name: String, _ form: Form, _ type: FunctionType, isOptional: Bool) {
      self.name = name
      self.form = form
      self.type = type
      self.isOptional = isOptional
    }
  }

  /// Full name.
  public var name: String
  /// Its parameters.
  public var parameters: [Parameter]
  /// What it returns.
  public var result: FunctionType
  /// Whether it runs when an argument is unknown.
  public var takesUnknown: Bool
  /// What to use instead: nil unless it is deprecated, empty when there is nothing.
  public var replacement: String?

  /// Makes a description.
  public init(
    name: String, parameters: [Parameter], result: FunctionType, takesUnknown: Bool,
    replacement: String? = nil
  ) {
    self.replacement = replacement
    self.name = name
    self.parameters = parameters
    self.result = result
    self.takesUnknown = takesUnknown
  }
}

/// A data class in the code of a module.
public struct DataClassDescription: Sendable, Hashable {
  /// A field.
  public struct Field: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The type of its values.
    public var type: FunctionType

    /// Makes a field.
    public init(_ name: String, _ type: FunctionType) {
      self.name = name
      self.type = type
    }
  }

  /// Full name of the entity that it stands for, whether there is one or not.
  public var entity: String
  /// Whether its objects cannot be changed.
  public var isFrozen: Bool
  /// Its fields, inherited ones too.
  public var fields: [Field]

  /// Makes a description.
  public init(entity: String, isFrozen: Bool, fields: [Field]) {
    self.entity = entity
    self.isFrozen = isFrozen
    self.fields = fields
  }
}

/// An exception in the code of a module.
public struct FunctionFailure: Sendable, Hashable {
  /// Whether the code said so on purpose.
  public var isDeliberate: Bool
  /// What happened, in one line.
  public var message: String
  /// Where it came from; several lines, or empty.
  public var traceback: String
  /// The Python package that is missing, if that is the reason; or empty.
  public var missingPackage: String

  /// Makes a failure.
  public init(
    _ message: String, isDeliberate: Bool = false, traceback: String = "",
    missingPackage: String = ""
  ) {
    self.missingPackage = missingPackage
    self.message = message
    self.isDeliberate = isDeliberate
    self.traceback = traceback
  }
}

/// What the compiler asks of a provider.
public enum FunctionRequest: Sendable, Hashable {
  /// Loads the code of a module; answered by `loaded`.
  case load(module: String)
  /// Calls a function; answered by `result`, after questions.
  case call(FunctionCall)
  /// Answers a question.
  case answer(FunctionAnswer)
}

/// A call.
public struct FunctionCall: Sendable, Hashable {
  /// Full name of the function.
  public var function: String
  /// Positional arguments.
  public var positional: [FunctionValue]
  /// Named arguments.
  public var named: [FunctionArgument]
  /// File of the call.
  public var file: String
  /// Line of the call.
  public var line: Int
}

/// What a provider says.
public enum FunctionResponse: Sendable, Hashable {
  /// The functions and data classes of a module, and what could not be loaded.
  case loaded(
    [FunctionDescription], dataClasses: [DataClassDescription], failures: [FunctionFailure])
  /// The end of a call.
  case result(FunctionResult)
  /// A question while a function runs.
  case question(FunctionQuestion)
  /// Text that the code printed.
  case printed(String)
  /// A warning or an error that the code logged.
  case logged(String)
}

/// How a call ended. Tokens are those of answers.
public enum FunctionResult: Sendable, Hashable {
  /// With a value.
  case value(FunctionValue)
  /// It needs a value that is not set yet.
  case unset(UInt32)
  /// It read an optional relation without a value.
  case absent(UInt32)
  /// It read an unknown value.
  case unknown(UInt32)
  /// It failed.
  case failure(FunctionFailure)
}

/// What a function asks while it runs.
public enum FunctionQuestion: Sendable, Hashable {
  /// For an attribute of an instance.
  case attribute(instance: UInt32, name: String)
  /// For a variable that is visible at the call.
  case variable(String)
  /// For a type.
  case type(String)
  /// Whether a value is of a type.
  case check(FunctionValue, type: String)
  /// For all instances of an entity.
  case instances(entity: String)
}

/// The answer to a question.
public enum FunctionAnswer: Sendable, Hashable {
  /// The value.
  case value(FunctionValue)
  /// There is no value yet.
  case unset(UInt32)
  /// An optional relation that stays without a value.
  case absent(UInt32)
  /// Why there is none.
  case refused(String)
  /// A type.
  case type(FunctionTypeDescription)
}

/// A type of the model.
public struct FunctionTypeDescription: Sendable, Hashable {
  /// An attribute or relation.
  public struct Attribute: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its type as a model writes it.
    public var type: String
    /// Whether it is a relation.
    public var isRelation: Bool
    /// The fewest values of a relation.
    public var lower: UInt32
    /// The most values of a relation; 0 for any number.
    public var upper: UInt32
    /// Name of the other end; empty if there is none.
    public var inverse: String
  }

  /// Full name.
  public var name: String
  /// Whether it is an entity.
  public var isEntity = false
  /// Full names of the direct parents.
  public var parents: [String] = []
  /// Full names of all entities above.
  public var ancestors: [String] = []
  /// Own and inherited attributes.
  public var attributes: [Attribute] = []
}
