internal import Diagnostics

/// A piece of a template.
indirect enum TemplateNode {
  case text(String)
  case output(TemplateExpression)
  case condition(
    branches: [(condition: TemplateExpression, body: [TemplateNode])], otherwise: [TemplateNode])
  case loop(TemplateLoop)
  case set(targets: [String], TemplateExpression, SourceSpan)
  case setBlock(name: String, filters: [TemplateFilter], body: [TemplateNode])
  case filtered(filters: [TemplateFilter], body: [TemplateNode])
  case with(assignments: [(name: String, value: TemplateExpression)], body: [TemplateNode])
}

/// `for targets in iterable if guard`.
struct TemplateLoop {
  var targets: [String]
  var iterable: TemplateExpression
  var condition: TemplateExpression?
  var body: [TemplateNode]
  var otherwise: [TemplateNode]
  var span: SourceSpan
}

/// `| name(arguments)`, or a test's `is name(arguments)`.
struct TemplateFilter {
  var name: String
  var arguments: [TemplateArgument]
  var span: SourceSpan
}

/// An argument of a call, filter or test.
struct TemplateArgument {
  var name: String?
  var value: TemplateExpression
}

/// An expression of a template.
struct TemplateExpression {
  indirect enum Kind {
    case constant(TemplateValue)
    case name(String)
    case list([TemplateExpression])
    case dictionary([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(
      TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
    case call(TemplateExpression, [TemplateArgument])
    case filter(TemplateExpression, TemplateFilter)
    case test(TemplateExpression, TemplateFilter)
    case not(TemplateExpression)
    case negate(TemplateExpression)
    case binary(String, TemplateExpression, TemplateExpression)
    case comparison(TemplateExpression, [(sign: String, value: TemplateExpression)])
    case concatenation([TemplateExpression])
    case conditional(TemplateExpression, TemplateExpression, TemplateExpression?)
  }

  var kind: Kind
  var span: SourceSpan
}
