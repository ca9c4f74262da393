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
}

extension Collection<ResourceState> {
  /// The states in order, as many as fit into one message.
  func batchesBySize() -> [SubSequence] {
    batches(
      of: ServerLimits.batchResources, bytesMax: ServerLimits.batchBytes, by: \.wireBytes)
  }
}

extension Collection<Resource> {
  /// The resources in order, as many as fit into one message.
  func batchesBySize() -> [SubSequence] {
    batches(
      of: ServerLimits.batchResources, bytesMax: ServerLimits.batchBytes, by: \.wireBytes)
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
