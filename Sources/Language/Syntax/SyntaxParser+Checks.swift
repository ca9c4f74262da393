internal import Diagnostics

/// What the grammar allows and a file alone shows to be wrong.
extension SyntaxParser {
  /// Reports keywords that are given twice in a call or a constructor.
  mutating func checkKeywords(_ arguments: [Argument], at place: SourceSpan) {
    guard let (earlier, name) = repeatedKeyword(arguments) else { return }
    report(
      Diagnostic(
        DiagnosticCode.repeatedKeyword.id,
        title: "the keyword `\(names[name.name])` is given twice", at: place,
        labels: [
          .init(span: earlier, text: "given here"),
          .init(span: name.span, text: "and here again"),
        ], help: ["remove one of them"]))
  }

  /// The first keyword that is given again, and where it stands before. A few are compared, many
  /// are hashed.
  private func repeatedKeyword(_ arguments: [Argument]) -> (SourceSpan, Identifier)? {
    var first: [Name: SourceSpan] = [:]
    for index in arguments.indices {
      guard let name = arguments[index].name else { continue }
      if arguments.count <= 16 {
        for earlier in 0..<index {
          if let other = arguments[earlier].name, other.name == name.name {
            return (other.span, name)
          }
        }
      } else if let earlier = first.updateValue(name.span, forKey: name.name) {
        return (earlier, name)
      }
    }
    return nil
  }

  /// Reports a condition on `using parents`, which is inherited as it is.
  mutating func checkParentsCondition(
    _ uses: [ImplementDeclaration.Use], _ condition: Expression?, at place: SourceSpan
  ) {
    guard let condition else { return }
    if case .boolean(true) = condition.kind { return }
    for case .parents(let span) in uses {
      report(
        Diagnostic(
          DiagnosticCode.invalidImplementation.id,
          title: "`using parents` cannot have a condition", at: place,
          labels: [.init(span: span, text: "the implementations of the parents")],
          help: ["give `parents` an `implement` statement of its own, without `when`"]))
      return
    }
  }

  /// Reports a constraint that does not look at the value.
  mutating func checkConstraint(_ constraint: Expression, of type: Identifier) {
    if mentions(constraint, "self") || mentions(constraint, names[type.name]) { return }
    report(
      Diagnostic(
        DiagnosticCode.invalidTypedef.id,
        title: "the constraint of the type `\(names[type.name])` does not use `self`",
        at: type.span, labels: [.init(span: constraint.span, text: "the same for all values")],
        help: ["`self` is the value that is checked"]))
  }

  /// Whether an expression uses a variable.
  private func mentions(_ expression: Expression, _ name: String) -> Bool {
    switch expression.kind {
    case .regex: return name == "self"
    case .variable(let variable): return variable.isBare && names[variable.name] == name
    case .attribute(let owner, _): return mentions(owner, name)
    case .list(let items): return items.contains { mentions($0, name) }
    case .comprehension(let comprehension): return mentions(comprehension, name)
    case .dictionary(let entries): return entries.contains { mentions($0.value, name) }
    case .call(_, let arguments), .constructor(_, let arguments), .indexLookup(_, let arguments):
      return arguments.contains { mentions($0.value, name) }
    case .shortIndexLookup(let relation, let arguments):
      return mentions(relation, name) || arguments.contains { mentions($0.value, name) }
    case .lookup(let first, let second), .binary(_, let first, let second):
      return mentions(first, name) || mentions(second, name)
    case .isDefined(let operand):
      // The name before `is defined` is not read.
      switch operand.kind {
      case .variable: return false
      case .attribute(let owner, _): return mentions(owner, name)
      default: return mentions(operand, name)
      }
    case .not(let operand): return mentions(operand, name)
    case .conditional(let first, let second, let third):
      return mentions(first, name) || mentions(second, name) || mentions(third, name)
    case .interpolation(let string):
      return string.parts.contains { part in
        if case .placeholder(_, let value) = part { return mentions(value, name) }
        return false
      }
    case .format(let format):
      return format.parts.contains { part in
        if case .field(let field) = part, let value = field.value { return mentions(value, name) }
        return false
      }
    default: return false
    }
  }

  /// A loop variable of that name hides it.
  private func mentions(_ comprehension: Comprehension, _ name: String) -> Bool {
    for loop in comprehension.loops {
      if mentions(loop.iterable, name) { return true }
      if names[loop.variable.name] == name { return false }
    }
    return mentions(comprehension.value, name)
      || comprehension.guards.contains { mentions($0, name) }
  }
}
