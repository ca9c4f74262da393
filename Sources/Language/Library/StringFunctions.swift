enum StringFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::replace",
      parameters: [.init("string", .string), .init("old", .string), .init("new", .string)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let text = Array(engine.string(arguments[0]).utf8)
      let old = Array(engine.string(arguments[1]).utf8)
      let new = Array(engine.string(arguments[2]).utf8)
      guard !old.isEmpty else {
        let between = engine.string(arguments[2])
        let parts = engine.string(arguments[0]).unicodeScalars.map { String($0) }
        return engine.datum(([""] + parts + [""]).joined(separator: between))
      }
      return engine.datum(
        String(decoding: Bytes.replacing(old, in: text, with: new), as: UTF8.self))
    },
    NativeFunction(name: "std::upper", parameters: [.init("string", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.datum(engine.string(arguments[0]).uppercased())
    },
    NativeFunction(name: "std::lower", parameters: [.init("string", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.datum(engine.string(arguments[0]).lowercased())
    },
    NativeFunction(name: "std::capitalize", parameters: [.init("string", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let text = engine.string(arguments[0])
      return engine.datum(text.prefix(1).uppercased() + text.dropFirst().lowercased())
    },
    NativeFunction(
      name: "std::limit", parameters: [.init("string", .string), .init("length", .int)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let scalars = engine.string(arguments[0]).unicodeScalars
      let wanted = engine.integer(arguments[1])
      let count = wanted < 0 ? max(0, scalars.count + wanted) : wanted
      return engine.datum(String(String.UnicodeScalarView(scalars.prefix(count))))
    },
    NativeFunction(
      name: "std::split",
      parameters: [.init("string_list", .string), .init("delim", .string)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let separator = Array(engine.string(arguments[1]).utf8)
      guard !separator.isEmpty else {
        throw engine.failure("`std::split` needs a separator", at: arguments.place)
      }
      let parts = Bytes.split(Array(engine.string(arguments[0]).utf8), by: separator)
      var values: [Datum] = []
      for part in parts { values.append(engine.datum(String(decoding: part, as: UTF8.self))) }
      return engine.datum(values)
    },
    NativeFunction(name: "std::length", parameters: [.init("value", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .integer(engine.string(arguments[0]).unicodeScalars.count)
    },
    NativeFunction(
      name: "std::format", parameters: [.init("__string", .string)], takesMore: true,
      takesKeywords: true
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try engine.positionalFormat(engine.string(arguments[0]), arguments)
    },
    NativeFunction(name: "std::json_loads", parameters: [.init("s", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      try JSONText.parse(engine.string(arguments[0]), &engine, at: arguments.place)
    },
    NativeFunction(name: "std::json_dumps", parameters: [.init("obj")]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      if engine.hasUnknown(arguments[0]) { return engine.program.heap.unknown() }
      return engine.datum(try JSONText.write(arguments[0], &engine, at: arguments.place))
    },
    NativeFunction(name: "exec::in_shell", parameters: [.init("command", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let quoted = Bytes.replacing(
        [0x27], in: Array(engine.string(arguments[0]).utf8), with: Array("'\"'\"'".utf8))
      return engine.datum("sh -c '\(String(decoding: quoted, as: UTF8.self))'")
    },
  ]
}

extension Bytes {
  /// Splits at each occurrence of a separator that is not empty.
  static func split(_ text: [UInt8], by separator: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var index = 0
    while index < text.count {
      let end = index + separator.count
      if end <= text.count, text[index..<end].elementsEqual(separator) {
        parts.append([])
        index = end
      } else {
        parts[parts.count - 1].append(text[index])
        index += 1
      }
    }
    return parts
  }
}

extension Engine {
  /// `str.format` with positional and keyword fields: `{}`, `{0}`, `{name}`, `{0!r:>5}`.
  mutating func positionalFormat(
    _ text: String, _ arguments: BoundArguments
  ) throws(Interruption) -> Datum {
    var result = ""
    var rest = Substring(text)
    var next = 0
    while let index = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      result += rest[..<index]
      let brace = rest[index]
      rest = rest[rest.index(after: index)...]
      if rest.first == brace {
        result.append(brace)
        rest = rest.dropFirst()
        continue
      }
      guard brace == "{", let end = rest.firstIndex(of: "}") else {
        throw .failed(
          Problem(.invalidFormat, "a brace of the format has no partner", at: arguments.place))
      }
      result += try formatArgument(rest[..<end], arguments, &next)
      rest = rest[rest.index(after: end)...]
    }
    return datum(result + rest)
  }

  /// A step from a value of a format field to a part of it.
  private enum FieldStep {
    case attribute(String)
    case element(String)
  }

  /// Splits `0.name[key]` into the name and the steps.
  private func fieldPath(
    _ field: Substring, at place: PlaceID
  ) throws(Interruption) -> (name: String, path: [FieldStep]) {
    guard let start = field.firstIndex(where: { $0 == "." || $0 == "[" }) else {
      return (String(field), [])
    }
    var steps: [FieldStep] = []
    var rest = field[start...]
    while let mark = rest.first {
      rest = rest.dropFirst()
      if mark == "[", let end = rest.firstIndex(of: "]") {
        steps.append(.element(String(rest[..<end])))
        rest = rest[rest.index(after: end)...]
      } else if mark == "." {
        let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        steps.append(.attribute(String(rest[..<end])))
        rest = rest[end...]
      } else {
        throw .failed(
          Problem(.invalidFormat, "field `{\(field)}` of the format cannot be read", at: place))
      }
    }
    return (String(field[..<start]), steps)
  }

  private mutating func follow(
    _ step: FieldStep, from value: Datum, at place: PlaceID
  ) throws(Interruption) -> Datum {
    switch (step, value) {
    case (.attribute(let name), .instance(let object)):
      return try attributeValue(program.heap.strings.intern(name), of: object, at: place)
    case (.element(let key), .dictionary):
      return try lookUp(datum(key), in: value, at: place)
    case (.element(let index), .list(let list)):
      guard let index = Int(index), (0..<program.heap.count(list)).contains(index) else {
        throw failure("a list has no element `\(index)`", at: place)
      }
      return program.heap.element(list, index)
    case (.attribute(let name), _):
      throw failure("\(describe(value)) has no attribute `\(name)`", at: place)
    case (.element, _): throw failure("\(describe(value)) has no elements", at: place)
    }
  }

  private mutating func formatArgument(
    _ field: Substring, _ arguments: BoundArguments, _ next: inout Int
  ) throws(Interruption) -> String {
    let parts = field.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts[0].split(separator: "!", maxSplits: 1, omittingEmptySubsequences: false)
    let (name, path) = try fieldPath(names[0], at: arguments.place)
    let conversion = names.count > 1 ? names[1].unicodeScalars.first : nil
    var value: Datum?
    if name.isEmpty {
      value = next < arguments.more.count ? arguments.more[next] : nil
      next += 1
    } else if let position = Int(name) {
      value = arguments.more.indices.contains(position) ? arguments.more[position] : nil
    } else {
      value = arguments.keywords.first { program.name($0.name) == name }?.value
    }
    guard var value else {
      throw .failed(
        Problem(.invalidFormat, "field `{\(name)}` of the format has no value", at: arguments.place)
      )
    }
    for step in path { value = try follow(step, from: value, at: arguments.place) }
    if case .float(let number) = value, parts.count < 2, conversion == nil {
      return PythonText.float(number)
    }
    return try formatField(
      value, conversion: conversion, specification: parts.count > 1 ? String(parts[1]) : "",
      at: arguments.place)
  }
}
