/// Fetches a list page by page.
///
/// - Parameter page: Returns the elements after a place, and the place to go on from, empty at the
///   end.
/// - Returns: All elements.
/// - Throws: What `page` throws.
func pages<Element>(
  _ page: (_ after: String) async throws -> (elements: [Element], nextAfter: String)
) async throws -> [Element] {
  try await pages(limit: .max) { after, _ in try await page(after) }
}

/// Fetches the first elements of a list page by page.
///
/// - Parameters:
///   - limit: At most so many.
///   - page: Returns at most `rest` elements after a place, and the place to go on from, empty at
///     the end.
/// - Returns: The elements.
/// - Throws: What `page` throws.
func pages<Element>(
  limit: Int,
  _ page: (_ after: String, _ rest: Int) async throws -> (elements: [Element], nextAfter: String)
) async throws -> [Element] {
  var elements: [Element] = []
  var after = ""
  while elements.count < limit {
    let next = try await page(after, limit - elements.count)
    elements += next.elements
    after = next.nextAfter
    if after.isEmpty { break }
  }
  return elements
}
