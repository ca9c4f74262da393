/// Finds what an author may have meant.
enum Suggestion {
  /// Returns the candidate with the smallest edit distance, if it is small for the length.
  static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, name.utf8.count / 3)
    var best: (distance: Int, name: String)?
    for candidate in candidates where candidate != name {
      guard abs(candidate.utf8.count - name.utf8.count) <= limit else { continue }
      let distance = editDistance(Array(name.utf8), Array(candidate.utf8))
      if distance <= limit, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.name
  }

  private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, first) in left.enumerated() {
      var current = [row + 1]
      for (column, second) in right.enumerated() {
        let replaced = previous[column] + (first == second ? 0 : 1)
        var best = min(replaced, previous[column + 1] + 1, current[column] + 1)
        // Two letters that changed places are one slip.
        if row > 0, column > 0, left[row - 1] == second, right[column - 1] == first {
          best = min(best, beforePrevious[column - 1] + 1)
        }
        current.append(best)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}
