public import Resources
public import Schema

extension ValueV1.Value {
  /// Creates the message for any value.
  ///
  /// It never fails, so that a log line or a fact of a handler always gets through: what the wire
  /// cannot carry is replaced. A double that is not finite becomes its text, and what lies deeper
  /// than `Value.depthMax` levels becomes "…". Where that would be wrong, as in the desired state,
  /// ``Resources/Value/checkForWire()`` tells beforehand.
  public init(_ value: Resources.Value) {
    self.init(value, levels: Resources.Value.depthMax)
  }

  private init(_ value: Resources.Value, levels: Int) {
    switch value {
    case .null: self.init(kind: .nullValue(.unspecified))
    case .bool(let flag): self.init(kind: .boolValue(flag))
    case .int(let number): self.init(kind: .intValue(number))
    case .double(let number):
      self.init(kind: number.isFinite ? .doubleValue(number) : .stringValue("\(number)"))
    case .string(let text): self.init(kind: .stringValue(text))
    case .bytes(let bytes): self.init(kind: .bytesValue(bytes))
    case .unknown(let source): self.init(kind: .unknownValue(.init(source: source)))
    case .list, .map, .secret, .reference:
      guard levels > 0 else {
        self.init(kind: .stringValue("…"))
        return
      }
      self.init(container: value, levels: levels - 1)
    }
  }

  private init(container value: Resources.Value, levels: Int) {
    switch value {
    case .list(let values):
      let values = values.map { ValueV1.Value($0, levels: levels) }
      self.init(kind: .listValue(.init(values: values)))
    case .map(let entries):
      let entries = entries.mapValues { ValueV1.Value($0, levels: levels) }
      self.init(kind: .mapValue(.init(entries: entries)))
    case .secret(let value):
      self.init(kind: .secretValue(.init(value: ValueV1.Value(value, levels: levels))))
    case .reference(let type, let arguments):
      let arguments = arguments.mapValues { ValueV1.Value($0, levels: levels) }
      self.init(kind: .referenceValue(.init(type: type, arguments: arguments)))
    case .null, .bool, .int, .double, .string, .bytes, .unknown:
      self.init(value)
    }
  }
}

extension Resources.Value {
  /// Creates the value that a message stands for.
  ///
  /// - Parameter message: The message.
  /// - Throws: `MappingError` if it has no kind, a number is not finite, or more than `depthMax`
  ///   levels are nested.
  public init(_ message: ValueV1.Value) throws(MappingError) {
    try self.init(message, levels: Resources.Value.depthMax)
  }

  private init(_ message: ValueV1.Value, levels: Int) throws(MappingError) {
    switch message.kind {
    case nil: throw MappingError(reason: "the value has no kind")
    case .nullValue?: self = .null
    case .boolValue(let flag)?: self = .bool(flag)
    case .intValue(let number)?: self = .int(number)
    case .doubleValue(let number)?:
      guard number.isFinite else { throw MappingError(reason: "\(number) is not finite") }
      self = .double(number)
    case .stringValue(let text)?: self = .string(text)
    case .bytesValue(let bytes)?: self = .bytes(bytes)
    case .unknownValue(let unknown)?: self = .unknown(source: unknown.source)
    case .listValue, .mapValue, .secretValue, .referenceValue:
      guard levels > 0 else {
        throw MappingError(reason: "more than \(Resources.Value.depthMax) levels of values")
      }
      try self.init(container: message, levels: levels - 1)
    }
  }

  private init(container message: ValueV1.Value, levels: Int) throws(MappingError) {
    func entries(
      _ field: String, _ messages: [String: ValueV1.Value]
    ) throws(MappingError) -> [String: Resources.Value] {
      var result: [String: Resources.Value] = [:]
      result.reserveCapacity(messages.count)
      for (key, message) in messages {
        result[key] = try at("\(field)[\"\(key)\"]") { () throws(MappingError) in
          try Resources.Value(message, levels: levels)
        }
      }
      return result
    }
    switch message.kind {
    case .listValue(let message)?:
      self = .list(
        try mappedList("list_value.values", message.values) { message throws(MappingError) in
          try Resources.Value(message, levels: levels)
        })
    case .mapValue(let message)?:
      self = .map(try entries("map_value.entries", message.entries))
    case .secretValue(let secret)?:
      let value = try at("secret_value.value") { () throws(MappingError) in
        try Resources.Value(secret.value ?? ValueV1.Value(), levels: levels)
      }
      self = .secret(value)
    case .referenceValue(let reference)?:
      let arguments = try entries("reference_value.arguments", reference.arguments)
      self = .reference(type: reference.type, arguments: arguments)
    default: try self.init(message, levels: levels)
    }
  }

  /// Checks that the wire carries this value unchanged.
  ///
  /// - Throws: `MappingError` naming the first part that is not: text with a NUL character, a double
  ///   that is not finite, more than `depthMax` levels.
  public func checkForWire() throws(MappingError) {
    try checkForWire(levels: Resources.Value.depthMax)
  }

  private func checkForWire(levels: Int) throws(MappingError) {
    func inner(_ step: String, _ value: Resources.Value) throws(MappingError) {
      guard levels > 0 else {
        throw MappingError(reason: "more than \(Resources.Value.depthMax) levels of values")
      }
      try at(step) { () throws(MappingError) in try value.checkForWire(levels: levels - 1) }
    }
    switch self {
    case .null, .bool, .int, .bytes: return
    case .double(let number):
      guard number.isFinite else { throw MappingError(reason: "\(number) is not finite") }
    case .string(let text), .unknown(let text): try Resources.Value.check(text)
    case .list(let values):
      for (index, value) in values.enumerated() { try inner("[\(index)]", value) }
    case .secret(let value): try inner("secret", value)
    case .reference(let type, let entries):
      try Resources.Value.check(type)
      for (key, value) in entries { try inner("[\"\(key)\"]", value) }
    case .map(let entries):
      for (key, value) in entries {
        try Resources.Value.check(key)
        try inner("[\"\(key)\"]", value)
      }
    }
  }

  static func check(_ text: String) throws(MappingError) {
    guard !text.utf8.contains(0) else {
      throw MappingError(reason: "the text holds a NUL character")
    }
  }
}

extension Dictionary where Key == String, Value == Resources.Value {
  /// Creates values by name from their messages.
  ///
  /// - Parameter messages: The messages of a map field.
  /// - Throws: `MappingError` as ``Resources/Value`` does; its path begins with the key.
  public init(_ messages: [String: ValueV1.Value]) throws(MappingError) {
    self.init(minimumCapacity: messages.count)
    for (key, message) in messages {
      self[key] = try at("[\"\(key)\"]") { () throws(MappingError) in
        try Resources.Value(message)
      }
    }
  }
}

extension Dictionary where Key == String, Value == ValueV1.Value {
  /// Creates the messages of values by name.
  public init(_ values: [String: Resources.Value]) {
    self = values.mapValues { ValueV1.Value($0) }
  }
}
