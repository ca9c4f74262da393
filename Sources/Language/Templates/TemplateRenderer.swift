internal import Diagnostics

/// What `loop` is inside a loop.
final class TemplateLoopObject: TemplateObject {
  var index = 0
  let elements: [TemplateValue]
  let depth: Int
  var lastChanged: [TemplateValue]?

  init(elements: [TemplateValue], depth: Int) {
    self.elements = elements
    self.depth = depth
  }

  var description: String { "<loop \(index + 1)/\(elements.count)>" }

  func isIdentical(to other: any TemplateObject) -> Bool {
    other as? TemplateLoopObject === self
  }

  func attribute(_ name: String) throws -> TemplateValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(elements.count - index)
    case "revindex0": .integer(elements.count - index - 1)
    case "first": .boolean(index == 0)
    case "last": .boolean(index == elements.count - 1)
    case "length": .integer(elements.count)
    case "depth": .integer(depth)
    case "depth0": .integer(depth - 1)
    case "previtem": index > 0 ? elements[index - 1] : nil
    case "nextitem": index + 1 < elements.count ? elements[index + 1] : nil
    default: nil
    }
  }
}

/// Renders nodes. Extensions hold expressions, filters and tests.
struct TemplateRenderer<Environment: TemplateEnvironment> {
  let environment: Environment
  let limits: Template.Limits
  private(set) var output = ""
  private var scopes: [[String: TemplateValue]] = [[:]]
  private var loopDepth = 0
  private var steps = 0

  init(environment: Environment, limits: Template.Limits) {
    self.environment = environment
    self.limits = limits
  }

  mutating func countStep(at span: SourceSpan) throws {
    steps += 1
    if steps > limits.stepsMax {
      throw Diagnostic.templateValue("more than \(limits.stepsMax) steps", at: span)
    }
  }

  private mutating func write(_ text: String, at span: SourceSpan?) throws {
    output += text
    if output.utf8.count > limits.outputBytesMax {
      throw Diagnostic(
        "template-value",
        title: "in the template: the result is larger than \(limits.outputBytesMax) bytes", at: span
      )
    }
  }

  /// Returns a variable of the template, or else of the environment.
  func lookUp(_ name: String) throws -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return try environment.variable(name) ?? .undefined(name: name)
  }

  mutating func assign(_ name: String, _ value: TemplateValue) {
    scopes[scopes.count - 1][name] = value
  }

  // MARK: - Nodes

  mutating func render(_ nodes: [TemplateNode]) throws {
    for node in nodes { try render(node) }
  }

  private mutating func render(_ node: TemplateNode) throws {
    switch node {
    case .text(let text): try write(text, at: nil)
    case .output(let expression):
      let value = try defined(expression)
      try write(value.text, at: expression.span)
    case .condition(let branches, let otherwise):
      for branch in branches where try isTrue(branch.condition) {
        try render(branch.body)
        return
      }
      try render(otherwise)
    case .loop(let loop): try render(loop)
    case .set(let targets, let expression, let span):
      let value = try evaluate(expression)
      try bind(targets, to: value, at: span)
    case .setBlock(let name, let filters, let body):
      let text = try captured { renderer in try renderer.render(body) }
      assign(name, try apply(filters, to: .string(text)))
    case .filtered(let filters, let body):
      let text = try captured { renderer in
        try renderer.scoped { renderer in try renderer.render(body) }
      }
      try write(try apply(filters, to: .string(text)).text, at: filters.first?.span)
    case .with(let assignments, let body):
      let values = try assignments.map { ($0.name, try evaluate($0.value)) }
      try scoped { renderer in
        for (name, value) in values { renderer.assign(name, value) }
        try renderer.render(body)
      }
    }
  }

  private mutating func scoped(_ body: (inout TemplateRenderer) throws -> Void) throws {
    scopes.append([:])
    defer { scopes.removeLast() }
    try body(&self)
  }

  /// Renders into a text of its own.
  private mutating func captured(
    _ body: (inout TemplateRenderer) throws -> Void
  ) throws -> String {
    let outer = output
    output = ""
    defer { output = outer }
    try body(&self)
    return output
  }

  private mutating func apply(
    _ filters: [TemplateFilter], to value: TemplateValue
  ) throws -> TemplateValue {
    var value = value
    for filter in filters { value = try apply(filter, to: value) }
    return value
  }

  private mutating func render(_ loop: TemplateLoop) throws {
    let iterable = try defined(loop.iterable)
    var elements = try self.elements(of: iterable, at: loop.span)
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for element in elements {
        try scoped { renderer in
          try renderer.bind(loop.targets, to: element, at: loop.span)
          if try renderer.isTrue(condition) { kept.append(element) }
        }
      }
      elements = kept
    }
    if elements.isEmpty {
      try scoped { renderer in try renderer.render(loop.otherwise) }
      return
    }
    loopDepth += 1
    defer { loopDepth -= 1 }
    let state = TemplateLoopObject(elements: elements, depth: loopDepth)
    for (index, element) in elements.enumerated() {
      try countStep(at: loop.span)
      state.index = index
      try scoped { renderer in
        renderer.assign("loop", .object(state))
        try renderer.bind(loop.targets, to: element, at: loop.span)
        try renderer.render(loop.body)
      }
    }
  }

  private mutating func bind(
    _ targets: [String], to value: TemplateValue, at span: SourceSpan
  ) throws {
    if targets.count == 1 {
      assign(targets[0], value)
      return
    }
    let parts = try elements(of: value, at: span)
    guard parts.count == targets.count else {
      throw Diagnostic.templateValue(
        "\(parts.count) values cannot be given to \(targets.count) names", at: span)
    }
    for (name, part) in zip(targets, parts) { assign(name, part) }
  }

  /// Returns what a loop runs over.
  func elements(of value: TemplateValue, at span: SourceSpan) throws -> [TemplateValue] {
    switch value {
    case .list(let elements): return elements
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let entries): return entries.map { .string($0.key) }
    case .undefined(let name):
      throw Diagnostic.templateValue("`\(name)` is undefined", at: span)
    default: throw Diagnostic.templateValue("a \(value.typeName) is not iterable", at: span)
    }
  }
}
