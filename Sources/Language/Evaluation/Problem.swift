/// What went wrong while a model was evaluated, before it becomes a `Diagnostic`.
///
/// A problem is thrown where it is found; the statement that ran gives it a place if it has none.
// A problem stays on the thread that compiles; Sendable only because errors must be.
final class Problem: @unchecked Sendable {
  let code: DiagnosticCode
  var title: String
  var place: PlaceID
  /// Whether `place` is that of the expression that raised it, so that the work unit which
  /// evaluates the expression may put its own place instead.
  var isPlaceOfExpression = false
  /// Whether the problem already says which attribute could not be set.
  var isAttributeFailure = false
  var labels: [(place: PlaceID, text: String)] = []
  var notes: [String] = []
  var help: String?
  /// The attribute that has no value, of a problem found at the end.
  var unset = VariableID.absent
  /// The instance that is not complete.
  var instance = ObjectID.absent
  /// How often the same problem came again at its place.
  var repetitions = 0
  /// Smaller is more important; orders problems that are reported together.
  var importance: Int

  init(
    _ code: DiagnosticCode, _ title: String, at place: PlaceID = .absent, help: String? = nil
  ) {
    self.code = code
    self.title = title
    self.place = place
    self.help = help
    importance = code.importance
    isPlaceOfExpression = place.isPresent
  }

  /// Gives the problem a place unless it has one.
  func claim(_ place: PlaceID, replacing: Bool = false) -> Problem {
    if !self.place.isPresent || (replacing && isPlaceOfExpression) { self.place = place }
    return self
  }

  func label(_ place: PlaceID, _ text: String) -> Problem {
    if place.isPresent { labels.append((place, text)) }
    return self
  }

  /// Says more about a place: joined to what is said there already.
  func explain(_ place: PlaceID, _ text: String) {
    guard place.isPresent else { return }
    if let index = labels.firstIndex(where: { $0.place == place }) {
      if !labels[index].text.contains(text) { labels[index].text += "; \(text)" }
    } else {
      labels.append((place, text))
    }
  }

  func note(_ text: String) -> Problem {
    notes.append(text)
    return self
  }
}

/// Why the evaluation of one expression stopped.
enum Interruption: Error {
  /// It needs a value that does not exist yet; the work runs again when it does.
  case unset(VariableID)
  /// It read an optional relation that turned out to have no value.
  case noValue(VariableID)
  case failed(Problem)
}
