public import Resources

/// The fields of one resource: as desired, or as found.
///
/// A value: a copy is independent at every depth. The typed readers see through secrets.
public struct Fields: Sendable, Hashable {
  /// The resource.
  public let id: ResourceID
  /// Values by field.
  public var values: [String: Value]

  /// Makes fields.
  public init(id: ResourceID, values: [String: Value]) {
    self.id = id
    self.values = values
  }

  /// Value of a field; null if there is none.
  public subscript(name: String) -> Value {
    get { values[name] ?? .null }
    set { values[name] = newValue }
  }

  /// Whether the resource is absent, or shall be.
  public var purged: Bool {
    get { Fields.revealed(self["purged"]).boolValue ?? false }
    set { values["purged"] = .bool(newValue) }
  }

  /// Text in a field.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The text.
  /// - Throws: ``FieldError`` if there is no text.
  public func string(_ name: String) throws(FieldError) -> String {
    guard let text = try optionalString(name) else {
      throw FieldError(id: id, field: name, expected: "text", found: .null)
    }
    return text
  }

  /// Text in a field that may be null or absent.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The text, or nil.
  /// - Throws: ``FieldError`` if there is something else.
  public func optionalString(_ name: String) throws(FieldError) -> String? {
    switch Fields.revealed(self[name]) {
    case .null: return nil
    case .string(let text): return text
    case let other: throw FieldError(id: id, field: name, expected: "text", found: other)
    }
  }

  /// Whole number in a field that may be null or absent.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The number, or nil.
  /// - Throws: ``FieldError`` if there is something else.
  public func optionalInt(_ name: String) throws(FieldError) -> Int64? {
    switch Fields.revealed(self[name]) {
    case .null: return nil
    case .int(let number): return number
    case let other: throw FieldError(id: id, field: name, expected: "a number", found: other)
    }
  }

  /// Whole number in a field.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The number.
  /// - Throws: ``FieldError`` if there is no whole number.
  public func int(_ name: String) throws(FieldError) -> Int64 {
    guard let number = try optionalInt(name) else {
      throw FieldError(id: id, field: name, expected: "a number", found: .null)
    }
    return number
  }

  /// Boolean in a field.
  ///
  /// - Parameters:
  ///   - name: Name of the field.
  ///   - fallback: What null or an absent field stands for.
  /// - Returns: The boolean.
  /// - Throws: ``FieldError`` if there is something else.
  public func bool(_ name: String, default fallback: Bool = false) throws(FieldError) -> Bool {
    switch Fields.revealed(self[name]) {
    case .null: return fallback
    case .bool(let flag): return flag
    case let other: throw FieldError(id: id, field: name, expected: "a boolean", found: other)
    }
  }

  /// List in a field; empty if the field is null or absent.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The elements.
  /// - Throws: ``FieldError`` if there is something else.
  public func list(_ name: String) throws(FieldError) -> [Value] {
    switch Fields.revealed(self[name]) {
    case .null: return []
    case .list(let values): return values
    case let other: throw FieldError(id: id, field: name, expected: "a list", found: other)
    }
  }

  /// Map in a field; empty if the field is null or absent.
  ///
  /// - Parameter name: Name of the field.
  /// - Returns: The entries.
  /// - Throws: ``FieldError`` if there is something else.
  public func map(_ name: String) throws(FieldError) -> [String: Value] {
    switch Fields.revealed(self[name]) {
    case .null: return [:]
    case .map(let entries): return entries
    case let other: throw FieldError(id: id, field: name, expected: "a map", found: other)
    }
  }

  private static func revealed(_ value: Value) -> Value {
    guard case .secret(let inner) = value else { return value }
    return revealed(inner)
  }
}

/// A field that does not hold what the handler needs.
public struct FieldError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The resource.
  public let id: ResourceID
  /// Name of the field.
  public let field: String
  /// What the handler needs, such as `text`.
  public let expected: String
  /// What is there, with secrets redacted.
  public let found: Value

  /// Makes the error.
  public init(id: ResourceID, field: String, expected: String, found: Value) {
    self.id = id
    self.field = field
    self.expected = expected
    self.found = found.redacted
  }

  /// One line for people.
  public var description: String {
    "the field `\(field)` of \(id) is \(found.json), not \(expected)"
  }
}
