internal import Resources
internal import Schema

// Fields that several messages have.

func mappedResourceID(_ field: String, _ text: String) throws(MappingError) -> ResourceID {
  do {
    return try ResourceID(parsing: text)
  } catch {
    throw MappingError(path: field, reason: "\(error)")
  }
}

/// The digest in a field; nil if it is empty.
func mappedDigest(_ field: String, _ bytes: [UInt8]) throws(MappingError) -> ContentDigest? {
  guard !bytes.isEmpty else { return nil }
  guard let digest = ContentDigest(bytes: bytes) else {
    throw MappingError(
      path: field, reason: "\(bytes.count) bytes are no digest of \(ContentDigest.byteCount)")
  }
  return digest
}

/// The id in a field; nil if it is empty.
func mappedActionID(_ field: String, _ bytes: [UInt8]) throws(MappingError) -> ActionID? {
  guard !bytes.isEmpty else { return nil }
  guard let id = ActionID(bytes: bytes) else {
    throw MappingError(path: field, reason: "\(bytes.count) bytes are no action id of 16")
  }
  return id
}

/// The time in a field; nil for 0.
func timestamp(_ unixNanos: Int64) -> Timestamp? {
  unixNanos == 0 ? nil : Timestamp(unixNanos: unixNanos)
}

func required<Part>(_ field: String, _ part: Part?) throws(MappingError) -> Part {
  guard let part else { throw MappingError(path: field, reason: "not set") }
  return part
}

func optionalValue(
  _ field: String, _ message: ValueV1.Value?
) throws(MappingError) -> Resources.Value? {
  guard let message else { return nil }
  return try at(field) { () throws(MappingError) in try Resources.Value(message) }
}

func mappedFields(
  _ field: String, _ messages: [String: ValueV1.Value]
) throws(MappingError) -> [String: Resources.Value] {
  var result: [String: Resources.Value] = [:]
  result.reserveCapacity(messages.count)
  for (key, message) in messages {
    result[key] = try at("\(field)[\"\(key)\"]") { () throws(MappingError) in
      try Resources.Value(message)
    }
  }
  return result
}

/// The Swift case for an enum of the wire.
func mappedCase<Wire: RawRepresentable<Int32>, Case>(
  _ field: String, _ value: Wire, _ map: (Wire) -> Case?
) throws(MappingError) -> Case {
  guard let mapped = map(value) else {
    throw MappingError(path: field, reason: "\(value.rawValue) is no \(Wire.self)")
  }
  return mapped
}
