/// Numbers that were seen, as ranges. Numbers that mostly rise take little room; when there are too
/// many ranges, the gap between the lowest two counts as seen.
struct SequenceSet: Sendable {
  /// Most ranges that are kept.
  static let rangesMax = 4_096

  private var ranges: [ClosedRange<UInt64>] = []

  /// Adds a number, and returns whether it is new.
  mutating func insert(_ number: UInt64) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
    }
    if low < ranges.count, ranges[low].contains(number) { return false }
    let joinsBefore = low > 0 && ranges[low - 1].upperBound + 1 == number
    let joinsAfter = low < ranges.count && number + 1 == ranges[low].lowerBound
    switch (joinsBefore, joinsAfter) {
    case (true, true):
      ranges[low - 1] = ranges[low - 1].lowerBound...ranges[low].upperBound
      ranges.remove(at: low)
    case (true, false): ranges[low - 1] = ranges[low - 1].lowerBound...number
    case (false, true): ranges[low] = number...ranges[low].upperBound
    case (false, false): ranges.insert(number...number, at: low)
    }
    if ranges.count > Self.rangesMax {
      ranges[0] = ranges[0].lowerBound...ranges[1].upperBound
      ranges.remove(at: 1)
    }
    return true
  }
}
