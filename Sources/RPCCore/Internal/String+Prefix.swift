extension String {
  /// Returns the longest prefix of whole characters that fits into a number of UTF-8 bytes.
  package func prefix(utf8BytesMax: Int) -> String {
    guard utf8.count > utf8BytesMax else { return self }
    var kept = ""
    for character in self {
      guard kept.utf8.count + character.utf8.count <= utf8BytesMax else { break }
      kept.append(character)
    }
    return kept
  }
}
