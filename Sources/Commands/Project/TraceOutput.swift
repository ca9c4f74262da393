internal import Diagnostics
internal import Language
internal import Resources

/// Prints where the values of an attribute came from.
struct TraceOutput {
  let trace: ValueTrace
  let sources: SourceMap

  // MARK: Text

  /// The whole trace as text, each place with its line of the model.
  var text: String {
    let count = trace.subjects.count
    var lines = [
      "`\(trace.attribute)` of `\(trace.entity)`: \(count) \(count == 1 ? "instance" : "instances")"
    ]
    for subject in trace.subjects {
      let places = subject.constructors.map { "\(sources.location(of: $0))" }
      lines.append("")
      lines.append("\(subject.entity), constructed at \(places.joined(separator: " and "))")
      lines += subject.origins.map { "  by \($0.text), constructed at \(place($0))" }
      for step in subject.steps { lines += describe(step) }
      lines.append("  \(subject.value.map { "value: \($0)" } ?? "no value")")
    }
    return lines.map { Console.printable($0) + "\n" }.joined()
  }

  private func describe(_ step: ValueTrace.Step) -> [String] {
    var title = "  " + Self.title(step)
    if step.isDefault { title += ", the default" }
    if step.isOtherEnd { title += ", through the other end of the relation" }
    guard let span = step.span else { return [title] }
    let location = sources.location(of: span)
    var lines = ["\(title), at \(location)"]
    let line = sourceLine(span).filter { $0 != "\r" }
    lines.append("      \(location.line) | \(line.drop { $0 == " " || $0 == "\t" })")
    return lines + step.origins.map { "      by \($0.text), constructed at \(place($0))" }
  }

  private static func title(_ step: ValueTrace.Step) -> String {
    switch step.action {
    case .set: "set to \(step.value)"
    case .added: "gets \(step.value)"
    case .repeated: "gets \(step.value) again"
    case .emptied: "set to null: no values"
    case .refused: "refuses \(step.value)"
    case .completed: "complete with \(step.value)"
    case .found: "its instance is found by an index look-up"
    }
  }

  private func place(_ origin: ValueTrace.Origin) -> String {
    "\(sources.location(of: origin.span))"
  }

  private func sourceLine(_ span: SourceSpan) -> String {
    guard let file = sources[span.file], let range = file.range(ofLine: file.line(at: span.start))
    else { return "" }
    return file.text(from: range.lowerBound, to: range.upperBound)
  }

  // MARK: JSON

  /// The trace as the field `trace` of the document of `--json`.
  var json: Value {
    [
      "entity": .string(trace.entity), "attribute": .string(trace.attribute),
      "instances": .list(
        trace.subjects.map { subject in
          [
            "entity": .string(subject.entity),
            "constructed": .list(subject.constructors.map { .map(position($0)) }),
            "origins": origins(subject.origins),
            "value": subject.value.map { .string($0) } ?? .null,
            "steps": .list(subject.steps.map { json($0) }),
          ]
        }),
    ]
  }

  private func json(_ step: ValueTrace.Step) -> Value {
    var fields = step.span.map { position($0) } ?? [:]
    if let span = step.span { fields["source"] = .string(sourceLine(span)) }
    fields["action"] = .string(step.action.rawValue)
    fields["value"] = .string(step.value)
    fields["default"] = .bool(step.isDefault)
    fields["otherEnd"] = .bool(step.isOtherEnd)
    fields["origins"] = origins(step.origins)
    return .map(fields)
  }

  private func origins(_ origins: [ValueTrace.Origin]) -> Value {
    .list(
      origins.map { origin in
        var fields = position(origin.span)
        fields["text"] = .string(origin.text)
        return .map(fields)
      })
  }

  private func position(_ span: SourceSpan) -> [String: Value] {
    let location = sources.location(of: span)
    return [
      "file": .string(location.file), "line": .int(Int64(location.line)),
      "column": .int(Int64(location.column)),
    ]
  }
}
