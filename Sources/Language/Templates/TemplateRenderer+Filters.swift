internal import Diagnostics

/// `value | filter`.
extension TemplateRenderer {
  mutating func apply(_ filter: TemplateFilter, to value: TemplateValue) throws -> TemplateValue {
    let arguments = try evaluate(filter.arguments)
    if filter.name == "default" || filter.name == "d" {
      var isMissing = arguments.flag(1, "boolean") && !value.isTrue
      if case .undefined = value { isMissing = true }
      return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
    }
    if case .undefined(let name) = value {
      throw Diagnostic.templateValue("`\(name)` is undefined", at: filter.span)
    }
    if let result = try textFilter(filter, value, arguments) { return result }
    if let result = try numberFilter(filter, value, arguments) { return result }
    if let result = try listFilter(filter, value, arguments) { return result }
    if let result = try mapFilter(filter, value, arguments) { return result }
    if let result = try environment.filter(
      filter.name, value, arguments.positional, arguments.keywords)
    {
      return result
    }
    throw Diagnostic.templateUnsupported("the filter `\(filter.name)`", at: filter.span)
  }

  // MARK: - Texts

  private func textFilter(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    let text = value.text
    switch filter.name {
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "capitalize": return .string(TemplateText.capitalized(text))
    case "title": return .string(TemplateText.titled(text))
    case "string", "safe": return .string(text)
    case "trim":
      return .string(
        TemplateText.trimmed(text, arguments.value(0, "chars")?.text, start: true, end: true))
    case "replace":
      return .string(replaced(text, arguments))
    case "indent": return .string(indented(text, arguments))
    case "center":
      let width = min(arguments.integer(0, "width", default: 80), limits.rangeMax)
      let missing = max(0, width - text.unicodeScalars.count)
      let left = missing / 2 + (missing & width & 1)
      return .string(
        String(repeating: " ", count: left) + text + String(repeating: " ", count: missing - left))
    case "wordcount":
      return .integer(text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.count)
    case "truncate": return .string(truncated(text, arguments))
    case "escape", "e":
      return .string(
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;")]
          .reduce(text) { TemplateText.replaced($0, $1.0, $1.1) })
    case "format":
      return .string(try TemplateFormat.percent(text, arguments.positional, at: filter.span))
    case "tojson": return .string(try TemplateFormat.json(value, at: filter.span))
    default: return nil
    }
  }

  private func replaced(_ text: String, _ arguments: TemplateArguments) -> String {
    let (old, new) = (arguments.text(0, "old"), arguments.text(1, "new"))
    let count = arguments.integer(2, "count", default: -1)
    guard count >= 0, !old.isEmpty else { return TemplateText.replaced(text, old, new) }
    let parts = TemplateText.split(text, old)
    let head = parts.prefix(count + 1).joined(separator: new)
    return ([head] + parts.dropFirst(count + 1)).joined(separator: old)
  }

  private func indented(_ text: String, _ arguments: TemplateArguments) -> String {
    var indent = String(
      repeating: " ", count: max(0, min(arguments.integer(0, "width", default: 4), 1_000)))
    if case .string(let given) = arguments.value(0, "width") { indent = given }
    let first = arguments.flag(1, "first")
    let blank = arguments.flag(2, "blank")
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let result = lines.enumerated().map { index, line in
      index == 0 || (line.isEmpty && !blank) ? String(line) : indent + line
    }.joined(separator: "\n")
    return first ? indent + result : result
  }

  private func truncated(_ text: String, _ arguments: TemplateArguments) -> String {
    let length = max(0, arguments.integer(0, "length", default: 255))
    let end = arguments.text(2, "end", default: "...")
    let leeway = max(0, arguments.integer(3, "leeway", default: 5))
    let scalars = Array(text.unicodeScalars)
    guard scalars.count > length + leeway else { return text }
    var kept = String(
      String.UnicodeScalarView(scalars.prefix(max(0, length - end.unicodeScalars.count))))
    if !arguments.flag(1, "killwords"), let space = kept.lastIndex(of: " ") {
      kept = String(kept[..<space])
    }
    return kept + end
  }

  // MARK: - Numbers

  private func numberFilter(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch filter.name {
    case "int":
      switch value {
      case .float(let number):
        return number.isFinite && number.magnitude < 9e18 ? .integer(Int(number)) : .integer(0)
      case .boolean(let flag): return .integer(flag ? 1 : 0)
      case .integer: return value
      default:
        let text = TemplateText.trimmed(value.text, nil, start: true, end: true)
        let base = arguments.integer(1, "base", default: 10)
        if (2...36).contains(base), let number = Int(text, radix: base) { return .integer(number) }
        if let number = Double(text), number.isFinite, number.magnitude < 9e18 {
          return .integer(Int(number))
        }
        return arguments.value(0, "default") ?? .integer(0)
      }
    case "float":
      if let number = value.number { return .float(number.double) }
      let text = TemplateText.trimmed(value.text, nil, start: true, end: true)
      return Double(text).map { .float($0) } ?? arguments.value(0, "default") ?? .float(0)
    case "abs":
      switch value.number {
      case .integer(let number) where number != .min: return .integer(Swift.abs(number))
      case .float(let number): return .float(Swift.abs(number))
      default: throw Diagnostic.templateValue("`abs` needs a number", at: filter.span)
      }
    case "round":
      guard let number = value.number else {
        throw Diagnostic.templateValue("`round` needs a number", at: filter.span)
      }
      let rule: FloatingPointRoundingRule
      switch arguments.text(1, "method", default: "common") {
      case "ceil": rule = .up
      case "floor": rule = .down
      default: rule = .toNearestOrEven
      }
      let precision = max(-18, min(arguments.integer(0, "precision", default: 0), 18))
      var factor = 1.0
      for _ in 0..<precision.magnitude { factor *= 10 }
      if precision < 0 { factor = 1 / factor }
      return .float((number.double * factor).rounded(rule) / factor)
    default: return nil
    }
  }

  // MARK: - Lists

  private func listFilter(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch filter.name {
    case "length", "count":
      if case .string(let text) = value { return .integer(text.unicodeScalars.count) }
      return .integer(try elements(of: value, at: filter.span).count)
    case "join":
      var parts = try elements(of: value, at: filter.span)
      if let name = arguments.value(1, "attribute")?.text {
        parts = try parts.map { try path(name, of: $0) }
      }
      return .string(
        try parts.map { try defined($0, at: filter.span).text }
          .joined(separator: arguments.text(0, "d")))
    case "first":
      return try elements(of: value, at: filter.span).first ?? .undefined(name: "the first element")
    case "last":
      return try elements(of: value, at: filter.span).last ?? .undefined(name: "the last element")
    case "list": return .list(try elements(of: value, at: filter.span))
    case "reverse":
      if case .string(let text) = value {
        return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      return .list(try elements(of: value, at: filter.span).reversed())
    case "sort", "min", "max", "unique": return try ordered(filter, value, arguments)
    case "sum":
      var total = arguments.value(1, "start")?.number ?? .integer(0)
      for element in try elements(of: value, at: filter.span) {
        let part =
          try arguments.value(0, "attribute").map { try path($0.text, of: element) } ?? element
        guard let number = part.number else {
          throw Diagnostic.templateValue("`sum` cannot add a \(part.typeName)", at: filter.span)
        }
        total = try TemplateArithmetic.apply("+", total, number, at: filter.span)
      }
      return total.value
    case "batch":
      let size = arguments.integer(0, "linecount", default: 0)
      guard size > 0 else {
        throw Diagnostic.templateValue("`batch` needs a positive number", at: filter.span)
      }
      let all = try elements(of: value, at: filter.span)
      return .list(
        stride(from: 0, to: all.count, by: size).map { start in
          var row = Array(all[start..<min(start + size, all.count)])
          if let filler = arguments.value(1, "fill_with"), size <= limits.rangeMax {
            row += Array(repeating: filler, count: size - row.count)
          }
          return .list(row)
        })
    default: return nil
    }
  }

  private func defined(_ value: TemplateValue, at span: SourceSpan) throws -> TemplateValue {
    if case .undefined(let name) = value {
      throw Diagnostic.templateValue("`\(name)` is undefined", at: span)
    }
    return value
  }

  /// Follows a dotted path; numbers are places in lists.
  private func path(_ text: String, of value: TemplateValue) throws -> TemplateValue {
    var result = value
    for part in text.split(separator: ".") {
      if let index = Int(part), case .list(let elements) = result {
        result = elements.indices.contains(index) ? elements[index] : .undefined(name: String(part))
      } else {
        result = try attribute(String(part), of: result)
      }
    }
    return result
  }

  /// What sorting looks at: the attribute, without case when it is a text.
  private func key(
    _ value: TemplateValue, _ attribute: String?, isCaseSensitive: Bool, at span: SourceSpan
  ) throws -> TemplateValue {
    let part = try defined(try attribute.map { try path($0, of: value) } ?? value, at: span)
    if case .string(let text) = part, !isCaseSensitive { return .string(text.lowercased()) }
    return part
  }

  private func ordered(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let isSort = filter.name == "sort"
    let isCaseSensitive = arguments.flag(isSort ? 1 : 0, "case_sensitive")
    let attribute = arguments.value(isSort ? 2 : 1, "attribute")?.text
    let keyed = try elements(of: value, at: filter.span).enumerated().map { index, element in
      (
        index: index, element: element,
        key: try key(element, attribute, isCaseSensitive: isCaseSensitive, at: filter.span)
      )
    }
    if filter.name == "unique" {
      var seen: [TemplateValue] = []
      var result: [TemplateValue] = []
      for entry in keyed where !seen.contains(where: { TemplateValue.areEqual($0, entry.key) }) {
        seen.append(entry.key)
        result.append(entry.element)
      }
      return .list(result)
    }
    let isDescending = isSort ? arguments.flag(0, "reverse") : filter.name == "max"
    let sorted = try keyed.sorted { left, right in
      let order = try self.order(left.key, right.key, at: filter.span) ?? 0
      return order == 0 ? left.index < right.index : (order < 0) != isDescending
    }
    if isSort { return .list(sorted.map(\.element)) }
    return sorted.first?.element ?? .undefined(name: "the \(filter.name) of no elements")
  }

  // MARK: - Maps

  private mutating func mapFilter(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue? {
    switch filter.name {
    case "items", "dictsort":
      guard case .dictionary(var entries) = value else {
        throw Diagnostic.templateValue("`\(filter.name)` needs a dict", at: filter.span)
      }
      if filter.name == "dictsort" {
        let byValue = arguments.text(1, "by") == "value"
        entries = try entries.sorted { left, right in
          let first = byValue ? left.value : .string(left.key.lowercased())
          let second = byValue ? right.value : .string(right.key.lowercased())
          let order = try self.order(first, second, at: filter.span) ?? 0
          return (order < 0) != arguments.flag(2, "reverse") && order != 0
        }
      }
      return .list(entries.map { .list([.string($0.key), $0.value]) })
    case "attr": return try attribute(arguments.text(0, "name"), of: value)
    case "map": return try mapped(filter, value, arguments)
    case "select", "reject", "selectattr", "rejectattr":
      return try selected(filter, value, arguments)
    default: return nil
    }
  }

  private mutating func mapped(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let elements = try elements(of: value, at: filter.span)
    if let name = arguments.keywords.first(where: { $0.name == "attribute" })?.value.text {
      let fallback = arguments.keywords.first { $0.name == "default" }?.value
      return .list(
        try elements.map { element in
          let part = try path(name, of: element)
          if case .undefined = part, let fallback { return fallback }
          return part
        })
    }
    let inner = TemplateFilter(
      name: arguments.text(0, ""), arguments: constant(filter.arguments.dropFirst()),
      span: filter.span)
    return .list(try elements.map { try apply(inner, to: $0) })
  }

  private func constant(_ arguments: ArraySlice<TemplateArgument>) -> [TemplateArgument] {
    Array(arguments)
  }

  private mutating func selected(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let usesAttribute = filter.name.hasSuffix("attr")
    let wanted = filter.name.hasPrefix("select")
    let used = usesAttribute ? 1 : 0
    let test = arguments.positional.count > used ? arguments.positional[used].text : nil
    var kept: [TemplateValue] = []
    for element in try elements(of: value, at: filter.span) {
      let subject = usesAttribute ? try path(arguments.text(0, ""), of: element) : element
      let isKept: Bool
      if let test {
        isKept = try holds(
          TemplateFilter(
            name: test, arguments: Array(filter.arguments.dropFirst(used + 1)), span: filter.span),
          for: subject)
      } else {
        isKept = try defined(subject, at: filter.span).isTrue
      }
      if isKept == wanted { kept.append(element) }
    }
    return .list(kept)
  }
}
