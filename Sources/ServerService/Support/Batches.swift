internal import Resources

extension Collection {
  /// The elements in order, so many at a time.
  func batches(of size: Int) -> [[Element]] {
    var batches: [[Element]] = []
    var rest = self[...]
    while !rest.isEmpty {
      batches.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return batches
  }

  /// The elements in order, as many as fit into one message.
  ///
  /// - Parameters:
  ///   - count: Most elements in a batch.
  ///   - bytes: About so many bytes does an element take.
  /// - Returns: Batches of at most ``ServerLimits/batchBytes``, or of one element.
  func batches(of count: Int, by bytes: (Element) -> Int) -> [[Element]] {
    var batches: [[Element]] = []
    var batch: [Element] = []
    var total = 0
    for element in self {
      let size = bytes(element)
      if !batch.isEmpty, total + size > ServerLimits.batchBytes || batch.count == count {
        batches.append(batch)
        batch = []
        total = 0
      }
      batch.append(element)
      total += size
    }
    if !batch.isEmpty { batches.append(batch) }
    return batches
  }
}

extension Collection<Resource> {
  /// The resources in order, as many as fit into one message.
  func batchesBySize() -> [[Resource]] {
    batches(of: ServerLimits.batchResources) { resource in
      resource.fields.values.reduce(200) { $0 + $1.roughByteCount }
        + resource.requires.reduce(0) { $0 + $1.description.utf8.count }
    }
  }
}

extension LogEntry {
  /// About so many bytes does the entry take in a message.
  var roughByteCount: Int {
    let texts = template.utf8.count + text.utf8.count + (error?.message.utf8.count ?? 0)
    let causes = error?.causes.reduce(0) { $0 + $1.utf8.count } ?? 0
    return arguments.values.reduce(200 + texts + causes) { $0 + $1.roughByteCount }
  }
}

extension Value {
  /// About so many bytes does the value take in a message.
  var roughByteCount: Int {
    switch self {
    case .null, .bool, .int, .double: 16
    case .string(let text), .unknown(let text): 16 + text.utf8.count
    case .bytes(let bytes): 16 + bytes.count
    case .list(let values): values.reduce(16) { $0 + $1.roughByteCount }
    case .map(let entries), .reference(_, let entries):
      entries.reduce(32) { $0 + $1.key.utf8.count + $1.value.roughByteCount }
    case .secret(let value): 16 + value.roughByteCount
    }
  }
}

extension Resource {
  /// The resource as people may see it: secrets are replaced by a mark.
  var redacted: Resource {
    var shown = self
    shown.fields = fields.mapValues(\.redacted)
    return shown
  }
}
