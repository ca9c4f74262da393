import Diagnostics
import Language

/// Prints syntax as S-expressions, so that tests compare structure at a glance.
struct SyntaxText {
  let file: SyntaxFile

  /// Parses one expression statement and prints it.
  static func expression(_ text: String) -> String {
    var map = SourceMap()
    let (file, diagnostics) = Parser.parse(map.add(path: "main.cf", text: text))
    if let first = diagnostics.first(where: { $0.severity == .error }) {
      return "error \(first.id)"
    }
    return file.statements.map { SyntaxText(file: file).text($0) }.joined(separator: " ; ")
  }

  func text(_ statement: Statement) -> String {
    switch statement.kind {
    case .assignVariable(let target, let value): "(= \(file.text(of: target)) \(text(value)))"
    case .assignAttribute(let owner, let name, let value, let isAddition):
      "(\(isAddition ? "+=" : "=") \(text(owner)).\(file.names[name.name]) \(text(value)))"
    case .for(let variable, let iterable, let body):
      "(for \(file.names[variable.name]) \(text(iterable)) \(text(body)))"
    case .if(let branches, let otherwise):
      "(if \(branches.map { "\(text($0.condition)) \(text($0.body))" }.joined(separator: " "))"
        + " else \(text(otherwise)))"
    case .expression(let expression): text(expression)
    }
  }

  func text(_ statements: [Statement]) -> String {
    "{" + statements.map { text($0) }.joined(separator: " ; ") + "}"
  }

  func text(_ expression: Expression) -> String {
    switch expression.kind {
    case .integer(let value): "\(value)"
    case .bigInteger(let digits): "big \(digits)"
    case .float(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .boolean(let value): "\(value)"
    case .null: "null"
    case .regex(let literal): "/\(literal.pattern)/"
    case .interpolation(let string): "(text \(text(string)))"
    case .format(let string): "(format \(text(string.parts)))"
    case .variable(let name): file.text(of: name)
    case .attribute(let owner, let name): "\(text(owner)).\(file.names[name.name])"
    case .list(let elements): "[" + elements.map { text($0) }.joined(separator: " ") + "]"
    case .comprehension(let value): text(value)
    case .dictionary(let entries):
      "{" + entries.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + "}"
    case .call(let function, let arguments): "\(file.text(of: function))(\(text(arguments)))"
    case .constructor(let type, let arguments): "new \(file.text(of: type))(\(text(arguments)))"
    case .indexLookup(let type, let arguments): "\(file.text(of: type))[\(text(arguments))]"
    case .shortIndexLookup(let relation, let arguments): "\(text(relation))<\(text(arguments))>"
    case .lookup(let map, let key): "\(text(map))[\(text(key))]"
    case .isDefined(let operand): "(defined \(text(operand)))"
    case .not(let operand): "(not \(text(operand)))"
    case .binary(let binary, let left, let right):
      "(\(binary.rawValue) \(text(left)) \(text(right)))"
    case .conditional(let condition, let then, let otherwise):
      "(? \(text(condition)) \(text(then)) \(text(otherwise)))"
    }
  }

  private func text(_ value: Comprehension) -> String {
    let loops = value.loops.map { " for \(file.names[$0.variable.name]) \(text($0.iterable))" }
    let guards = value.guards.map { " if \(text($0))" }
    return "[\(text(value.value))\(loops.joined())\(guards.joined())]"
  }

  private func text(_ arguments: [Argument]) -> String {
    arguments.map { argument in
      if argument.isUnpacked { return "**" + text(argument.value) }
      let name = argument.name.map { file.names[$0.name] + "=" } ?? ""
      return name + text(argument.value)
    }.joined(separator: " ")
  }

  private func text(_ string: InterpolatedString) -> String {
    string.parts.map { part in
      switch part {
      case .literal(let literal): "\"\(literal)\""
      case .placeholder(_, let value): text(value)
      }
    }.joined(separator: " ")
  }

  private func text(_ parts: [FormatString.Part]) -> String {
    parts.map { part in
      switch part {
      case .literal(let literal): "\"\(literal)\""
      case .field(let field):
        "{\(field.value.map { text($0) } ?? "?\(field.name)")"
          + (field.conversion.map { "!\($0)" } ?? "")
          + (field.specification.isEmpty ? "" : ":\(text(field.specification))") + "}"
      }
    }.joined(separator: " ")
  }
}

/// A text parsed, with its first error.
struct Parsed {
  let file: SyntaxFile
  let diagnostics: [Diagnostic]
  let map: SourceMap

  init(_ text: String) {
    self.init(bytes: Array(text.utf8))
  }

  init(bytes: [UInt8]) {
    var map = SourceMap()
    (file, diagnostics) = Parser.parse(map.add(path: "main.cf", bytes: bytes))
    self.map = map
  }

  /// `line id` of each error.
  var errors: [String] {
    diagnostics.filter { $0.severity == .error }.map { diagnostic in
      "\(diagnostic.span.map { map.line(of: $0) } ?? 0) \(diagnostic.id)"
    }
  }

  var isAccepted: Bool { errors.isEmpty }
}
