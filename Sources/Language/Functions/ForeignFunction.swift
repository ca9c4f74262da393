/// A function in another language, with its types resolved.
struct ForeignFunction: Sendable {
  /// What an argument or a result may be.
  indirect enum Kind: Sendable {
    case any, null, list, dictionary
    case type(TypeID)
    case listOf(Kind)
    case dictionaryOf(Kind)
    case oneOf([Kind])
    case reference(Kind)

    /// The kind of the value of a reference that this takes; nil if it takes none.
    var referred: Kind? {
      switch self {
      case .reference(let kind): kind
      case .oneOf(let kinds): kinds.lazy.compactMap(\.referred).first
      default: nil
      }
    }
  }

  struct Parameter: Sendable {
    var name: String
    var form: FunctionDescription.Form
    var kind: Kind
    var isOptional: Bool
  }

  var parameters: [Parameter]
  var result: Kind
  /// The namespace in which its code names types.
  var namespace: String
}

/// Functions in other languages, for one compile.
struct FunctionSession: Sendable {
  let provider: any FunctionProvider
  let isCancelled: @Sendable () -> Bool

  func send(_ request: FunctionRequest, at place: PlaceID) throws(Interruption) {
    do {
      try provider.send(request)
    } catch {
      throw .failed(Problem(error, at: place))
    }
  }

  func receive(at place: PlaceID) throws(Interruption) -> FunctionResponse {
    do {
      return try provider.receive(isCancelled: isCancelled)
    } catch {
      throw .failed(Problem(error, at: place))
    }
  }
}

extension Problem {
  convenience init(_ error: FunctionProviderError, at place: PlaceID) {
    self.init(error.isCancelled ? .cancelled : .functionFailed, error.message, at: place)
    notes = error.notes
  }

  func note(_ failure: FunctionFailure) -> Problem {
    failure.traceback.isEmpty ? self : note(failure.traceback)
  }
}
