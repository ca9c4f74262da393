/// About the bytes that things take in a message: for batches that stay below the limit of messages.

extension Value {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int {
    switch self {
    case .null, .bool, .int, .double: 12
    case .string(let text), .unknown(let text): 8 + text.utf8.count
    case .bytes(let bytes): 8 + bytes.count
    case .list(let values): values.reduce(8) { $0 + $1.wireBytes }
    case .map(let entries), .reference(_, let entries): entries.wireBytes
    case .secret(let value): 8 + value.wireBytes
    }
  }
}

extension [String: Value] {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int { reduce(8) { $0 + $1.key.utf8.count + $1.value.wireBytes } }
}

extension LogEntry {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int {
    var bytes = 200 + text.utf8.count + template.utf8.count + arguments.wireBytes
    if let error {
      bytes += error.type.utf8.count + error.message.utf8.count
      for cause in error.causes { bytes += cause.utf8.count }
    }
    return bytes
  }
}

extension Resource {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int {
    requires.reduce(200 + fields.wireBytes) { $0 + $1.description.utf8.count }
  }
}

extension ResourceState {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int { 100 + id.description.utf8.count + message.utf8.count }
}

extension ResourceAction {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int {
    let texts = resourceID.description.utf8.count + message.utf8.count
    let changed = changes.reduce(100 + texts) {
      $0 + $1.field.utf8.count + ($1.current?.wireBytes ?? 0) + ($1.desired?.wireBytes ?? 0)
    }
    return entries.reduce(changed) { $0 + $1.wireBytes }
  }
}

extension Fact {
  /// About the bytes that it takes in a message.
  public var wireBytes: Int {
    50 + resourceID.description.utf8.count + name.utf8.count + value.wireBytes
  }
}

extension Collection {
  /// The elements in order, as many as fit into one message.
  ///
  /// - Parameters:
  ///   - count: Most elements in a batch.
  ///   - bytesMax: Most bytes in a batch; a batch of one element may have more.
  ///   - bytes: About so many bytes does an element take.
  /// - Returns: Batches, none of them empty.
  @inlinable
  public func batches(
    of count: Int, bytesMax: Int, by bytes: (Element) -> Int
  ) -> [SubSequence] {
    var batches: [SubSequence] = []
    var rest = self[...]
    while !rest.isEmpty {
      let batch = rest.prefix(count, bytesMax: bytesMax, by: bytes)
      batches.append(batch)
      rest = rest[batch.endIndex...]
    }
    return batches
  }

  /// The first elements, as many as fit into one message; at least one, if there is any.
  ///
  /// - Parameters:
  ///   - count: Most elements.
  ///   - bytesMax: Most bytes; a single element may have more.
  ///   - bytes: About so many bytes does an element take.
  /// - Returns: The elements.
  @inlinable
  public func prefix(
    _ count: Int, bytesMax: Int, by bytes: (Element) -> Int
  ) -> SubSequence {
    var end = startIndex
    var total = 0
    var taken = 0
    while end != endIndex, taken < count {
      total += bytes(self[end])
      if taken > 0, total > bytesMax { break }
      taken += 1
      formIndex(after: &end)
    }
    return self[..<end]
  }
}
