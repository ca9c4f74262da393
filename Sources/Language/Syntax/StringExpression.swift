/// Text with `{{name}}` placeholders.
///
/// The language replaces each placeholder's text in order of occurrence in the whole intermediate result, so a value that
/// contains a later placeholder's text is replaced again. Where no value contains `{{`, joining the parts is the same.
public struct InterpolatedString: Sendable {
  /// A piece of the text.
  public enum Part: Sendable {
    /// Text that stays.
    case literal(String)
    /// A placeholder as written, `{{ a.b }}`, and the variable or attribute it names.
    case placeholder(text: String, value: Expression)
  }

  /// The pieces, in text order.
  public var parts: [Part]

  /// Makes an interpolated string.
  public init(parts: [Part]) {
    self.parts = parts
  }

  /// The text as written, escapes resolved.
  public var template: String {
    var text = ""
    for part in parts {
      switch part {
      case .literal(let literal): text += literal
      case .placeholder(let placeholder, _): text += placeholder
      }
    }
    return text
  }
}

/// A format string with fields in the mini-language of Python's `str.format`.
public struct FormatString: Sendable {
  /// A piece of the text.
  public enum Part: Sendable {
    /// Text that stays; doubled braces are already single.
    case literal(String)
    /// A field.
    case field(Field)
  }

  /// `{name!conversion:spec}`.
  public struct Field: Sendable {
    /// The name between the braces, without white space around it; empty for `{}`.
    public var name: String
    /// The variable or attribute that the name says. It is nil when there is no name to resolve: for `{}`, for names that
    /// are no dotted path, and for fields behind a doubled brace, which the language does not collect. Each of these is
    /// an error when the string is evaluated.
    public var value: Expression?
    /// The letter after `!`, if any (`r`, `s` and `a` are the valid ones).
    public var conversion: Unicode.Scalar?
    /// The text after `:`, which may hold fields again; empty when there is none.
    public var specification: [Part]

    /// Makes a field.
    public init(
      name: String, value: Expression?, conversion: Unicode.Scalar?, specification: [Part]
    ) {
      self.name = name
      self.value = value
      self.conversion = conversion
      self.specification = specification
    }
  }

  /// The text between the quotes, escapes resolved.
  public var template: String
  /// The pieces, in text order.
  public var parts: [Part]

  /// Makes a format string.
  public init(template: String, parts: [Part]) {
    self.template = template
    self.parts = parts
  }
}
