internal import Diagnostics
internal import Language

/// Expressions: their words, and what their values are.
extension FileIndexReader {
  /// What a variable's name means where the reader is.
  func meaning(of name: QualifiedName) -> WordTarget {
    let name = written(name)
    guard name.path == nil else { return .variable(name, around: nil) }
    for scope in scopes.reversed() {
      if let local = scope.names[name.name] { return .local(local) }
      if let entity = scope.entity {
        return name.name == "self" ? .instance(entity) : .variable(name, around: entity)
      }
    }
    return .variable(name, around: nil)
  }

  /// What the values of an expression are.
  func type(of expression: Expression) -> ValueType {
    switch expression.kind {
    case .integer, .bigInteger: .plain("int")
    case .float: .plain("float")
    case .string, .interpolation, .format: .plain("string")
    case .boolean, .not, .isDefined, .regex: .plain("bool")
    case .dictionary: .plain("dict")
    case .null: .plain("null")
    case .variable(let name):
      switch meaning(of: name) {
      case .local(let local): .local(local)
      case .instance(let entity): .entity(entity)
      case .variable(let name, let around): .variable(name, around: around)
      default: .unknown
      }
    case .attribute(let owner, let name): .attribute(type(of: owner), text(name.name))
    case .list(let elements): elements.first.map { type(of: $0) } ?? .plain("list")
    case .comprehension: .unknown
    case .call(let function, _): .result(written(function))
    case .constructor(let type, _), .indexLookup(let type, _): .entity(written(type))
    case .shortIndexLookup(let relation, _): type(of: relation)
    case .lookup: .unknown
    case .binary(let sign, let left, _): type(of: sign, left)
    case .conditional(_, let then, let otherwise):
      if case .null = then.kind { type(of: otherwise) } else { type(of: then) }
    }
  }

  private func type(of sign: BinaryOperator, _ left: Expression) -> ValueType {
    switch sign {
    case .or, .and, .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual, .in:
      .plain("bool")
    default: type(of: left)
    }
  }

  /// Notes the words of an expression.
  mutating func read(_ expression: Expression) {
    switch expression.kind {
    case .integer, .bigInteger, .float, .string, .boolean, .null, .regex: return
    case .variable(let name): add(name, meaning(of: name))
    case .attribute(let owner, let name):
      read(owner)
      add(name.span, .attribute(type(of: owner), text(name.name)))
    case .list(let elements): for element in elements { read(element) }
    case .comprehension(let comprehension): read(comprehension, in: expression.span)
    case .dictionary(let entries): for entry in entries { read(entry.value) }
    case .call(let function, let arguments):
      addDefinition(function)
      for argument in arguments { read(argument.value) }
    case .constructor(let type, let arguments), .indexLookup(let type, let arguments):
      let entity = addDefinition(type)
      read(arguments, of: .entity(entity))
    case .shortIndexLookup(let relation, let arguments):
      read(relation)
      read(arguments, of: type(of: relation))
    case .lookup(let first, let second), .binary(_, let first, let second):
      read(first)
      read(second)
    case .isDefined(let operand), .not(let operand): read(operand)
    case .conditional(let first, let second, let third):
      read(first)
      read(second)
      read(third)
    case .interpolation(let string):
      for part in string.parts {
        if case .placeholder(_, let value) = part { readPath(value) }
      }
    case .format(let format): read(format.parts)
    }
  }

  /// Notes the words of a dotted path inside a string, whose parts all have the place of the whole.
  private mutating func readPath(_ path: Expression) {
    var parts: [(text: String, target: WordTarget)] = []
    var next = path
    while case .attribute(let owner, let name) = next.kind {
      parts.append((text(name.name), .attribute(type(of: owner), text(name.name))))
      next = owner
    }
    guard case .variable(let name) = next.kind else { return }
    parts.append((text(name.name), meaning(of: name)))
    var start = path.span.start
    for part in parts.reversed() {
      let end = start + UInt32(part.text.utf8.count)
      add(SourceSpan(file: path.span.file, start: start, end: end), part.target)
      start = end + 1
    }
  }

  private mutating func read(_ parts: [FormatString.Part]) {
    for part in parts {
      guard case .field(let field) = part else { continue }
      if let value = field.value { readPath(value) }
      read(field.specification)
    }
  }

  private mutating func read(_ arguments: [Argument], of owner: ValueType) {
    for argument in arguments {
      if let name = argument.name { add(name.span, .attribute(owner, text(name.name))) }
      read(argument.value)
    }
  }

  private mutating func read(_ comprehension: Comprehension, in range: SourceSpan) {
    scopes.append(Scope())
    for loop in comprehension.loops {
      read(loop.iterable)
      declare(
        text(loop.variable.name), at: loop.variable.span, in: range,
        type: type(of: loop.iterable))
      add(loop.variable.span, .local(locals.count - 1), isDefinition: true)
    }
    for condition in comprehension.guards { read(condition) }
    read(comprehension.value)
    scopes.removeLast()
  }
}
