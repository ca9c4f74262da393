internal import Diagnostics

/// A template in a subset of Jinja2, parsed once and rendered as often as needed.
///
/// A name without value is an error wherever its value is needed; `is defined` and `default` may ask for it.
struct Template {
  /// Bounds of what a rendering may do.
  struct Limits {
    /// The most UTF-8 bytes of the result.
    var outputBytesMax = 64 << 20
    /// The most expressions and nodes that one rendering evaluates.
    var stepsMax = 10_000_000
    /// The most elements that `range` makes.
    var rangeMax = 1_000_000
  }

  private let nodes: [TemplateNode]

  /// Parses a template; throws a diagnostic with its file and line.
  static func parse(_ source: SourceFile) throws(Diagnostic) -> Template {
    var parser = try TemplateParser(source: source)
    return Template(nodes: try parser.parse())
  }

  private init(nodes: [TemplateNode]) {
    self.nodes = nodes
  }

  /// Renders the template.
  ///
  /// Throws a ``Diagnostic`` for mistakes of the template, and passes on what the environment and its objects throw.
  func render(_ environment: some TemplateEnvironment, limits: Limits = Limits()) throws -> String {
    var renderer = TemplateRenderer(environment: environment, limits: limits)
    try renderer.render(nodes)
    return renderer.output
  }
}
