/// Prints diagnostics with the source line and carets under the place.
public struct DiagnosticRenderer: Sendable {
  /// Whether the output has ANSI colours.
  public var usesColor: Bool
  /// The most characters of a source line that are shown; longer lines are cut around the place.
  public static let lineCharactersMax = 160

  private let map: SourceMap

  /// Makes a renderer for diagnostics about the files of `map`.
  public init(map: SourceMap, usesColor: Bool = false) {
    self.map = map
    self.usesColor = usesColor
  }

  /// Returns the diagnostics one after the other, with an empty line between them.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { render($0) }.joined(separator: "\n")
  }

  /// Returns one diagnostic; the text ends with a line end.
  public func render(_ diagnostic: Diagnostic) -> String {
    let style: Style = diagnostic.severity == .error ? .error : .warning
    var text = paint("\(diagnostic.severity.rawValue)[\(diagnostic.id)]", style)
    text += paint(": \(Self.printable(diagnostic.title))", .bold) + "\n"
    let excerpts = excerpts(of: diagnostic)
    let width = excerpts.map { String($0.position.line).count }.max() ?? 1
    let gutter = String(repeating: " ", count: width)
    var previousFile: String?
    for excerpt in excerpts {
      if previousFile != excerpt.file {
        let arrow = previousFile == nil ? "-->" : ":::"
        text += "\(gutter)\(paint(arrow, .frame)) \(Self.printable(excerpt.file))"
        text += ":\(excerpt.position.line):\(excerpt.position.column)\n"
        text += "\(gutter) \(paint("|", .frame))\n"
        previousFile = excerpt.file
      }
      text += render(excerpt, gutter: gutter, style: style)
    }
    for note in diagnostic.notes { text += remark("note", note, gutter: gutter) }
    for help in diagnostic.help { text += remark("help", help, gutter: gutter) }
    return text
  }

  // MARK: - Parts

  private struct Excerpt {
    var file: String
    var position: (line: Int, column: Int)
    var line: String
    /// Number of characters before the mark, and of the mark itself.
    var indent: Int
    var length: Int
    var label: String
    var isPrimary: Bool
  }

  private func excerpts(of diagnostic: Diagnostic) -> [Excerpt] {
    var result: [Excerpt] = []
    if let span = diagnostic.span,
      let excerpt = excerpt(at: span, label: diagnostic.label, isPrimary: true)
    {
      result.append(excerpt)
    }
    for label in diagnostic.labels {
      guard let excerpt = excerpt(at: label.span, label: label.text, isPrimary: false) else {
        continue
      }
      result.append(excerpt)
    }
    return result
  }

  private func excerpt(at span: SourceSpan, label: String, isPrimary: Bool) -> Excerpt? {
    guard let file = map[span.file] else { return nil }
    let position = file.position(at: span.start)
    let beyond = UInt32(file.bytes.count)
    let range = file.range(ofLine: position.line) ?? beyond..<beyond
    var characters = Array(file.text(from: range.lowerBound, to: range.upperBound).unicodeScalars)
    let end = max(min(span.end, range.upperBound), min(span.start, range.upperBound))
    let marked = file.text(from: min(span.start, end), to: end).unicodeScalars.count
    var indent = position.column - 1
    let limit = Self.lineCharactersMax
    if characters.count > limit {
      let from = max(0, min(indent - limit / 4, characters.count - limit))
      characters = Array(characters[from..<min(from + limit, characters.count)])
      indent -= from
    }
    var line = String.UnicodeScalarView()
    for scalar in characters { line.append(Self.isPrintable(scalar) ? scalar : " ") }
    return Excerpt(
      file: file.path, position: position, line: String(line), indent: indent,
      length: max(1, min(marked, limit - min(indent, limit - 1))), label: label,
      isPrimary: isPrimary)
  }

  private func render(_ excerpt: Excerpt, gutter: String, style: Style) -> String {
    let number = String(excerpt.position.line)
    let padding = String(repeating: " ", count: gutter.count - number.count)
    let bar = paint("|", .frame)
    let line = excerpt.line.isEmpty ? bar : "\(bar) \(excerpt.line)"
    let mark = String(repeating: excerpt.isPrimary ? "^" : "-", count: excerpt.length)
    let label = excerpt.label.isEmpty ? "" : " " + Self.printable(excerpt.label)
    let under =
      String(repeating: " ", count: excerpt.indent)
      + paint(mark + label, excerpt.isPrimary ? style : .frame)
    return "\(padding)\(paint(number, .frame)) \(line)\n\(gutter) \(bar) \(under)\n"
  }

  private func remark(_ kind: String, _ text: String, gutter: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let indent = "\n\(gutter)   " + String(repeating: " ", count: kind.count + 2)
    let body = lines.map { Self.printable(String($0)) }.joined(separator: indent)
    return "\(gutter) \(paint("=", .frame)) \(paint(kind, .bold)): \(body)\n"
  }

  // MARK: - Characters

  private enum Style: String {
    case error = "\u{1B}[1;31m"
    case warning = "\u{1B}[1;33m"
    case frame = "\u{1B}[34m"
    case bold = "\u{1B}[1m"
  }

  private func paint(_ text: String, _ style: Style) -> String {
    usesColor ? style.rawValue + text + "\u{1B}[0m" : text
  }

  /// Whether a scalar may go to a terminal: no control characters, no marks that change direction.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return false
    case .format: return scalar == "\u{200D}"
    default: return true
    }
  }

  private static func printable(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isPrintable(scalar) {
        result.append(scalar)
      } else {
        result.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
      }
    }
    return String(result)
  }
}
