/// An IPv4 or IPv6 address, optionally with a network mask.
struct IPAddress: Hashable {
  var isVersion4: Bool
  var bits: UInt128

  var bitCount: Int { isVersion4 ? 32 : 128 }

  /// Reads an address without mask.
  init?(_ text: some StringProtocol) {
    if let value = Self.version4(text) {
      isVersion4 = true
      bits = UInt128(value)
    } else if let value = Self.version6(String(text)) {
      isVersion4 = false
      bits = value
    } else {
      return nil
    }
  }

  init(isVersion4: Bool, bits: UInt128) {
    self.isVersion4 = isVersion4
    self.bits = bits
  }

  private static func version4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      let hasLeadingZero = part.utf8.count > 1 && part.hasPrefix("0")
      guard (1...3).contains(part.utf8.count), !hasLeadingZero,
        part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let octet = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(octet)
    }
    return value
  }

  private static func version6(_ text: String) -> UInt128? {
    var text = text
    if let dot = text.lastIndex(of: ":"), text.contains("."),
      let tail = version4(text[text.index(after: dot)...])
    {
      text = text[...dot] + String(tail >> 16, radix: 16) + ":" + String(tail & 0xFFFF, radix: 16)
    }
    let halves = text.components(around: "::")
    guard halves.count <= 2, let first = groups(halves[0]) else { return nil }
    var all = first
    if halves.count == 2 {
      guard let last = groups(halves[1]), first.count + last.count < 8 else { return nil }
      all += Array(repeating: 0, count: 8 - first.count - last.count) + last
    }
    guard all.count == 8 else { return nil }
    return all.reduce(0) { $0 << 16 | UInt128($1) }
  }

  private static func groups(_ text: String) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var result: [UInt16] = []
    for part in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(part.utf8.count), !part.hasPrefix("+"),
        let group = UInt16(part, radix: 16)
      else { return nil }
      result.append(group)
    }
    return result
  }

  /// The usual text; IPv6 with the longest run of zeros left out.
  var text: String {
    if isVersion4 {
      return (0..<4).map { String(UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt128($0)))) }
        .joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * UInt128($0))) }
    var best = 0..<0
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, groups[end] == 0 { end += 1 }
      if end - index > max(1, best.count) { best = index..<end }
      index = max(end, index + 1)
    }
    func shown(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard !best.isEmpty else { return shown(groups[...]) }
    return shown(groups[..<best.lowerBound]) + "::" + shown(groups[best.upperBound...])
  }

  /// The bits of a mask with a prefix length.
  static func mask(prefix: Int, bitCount: Int) -> UInt128 {
    let all: UInt128 = bitCount == 128 ? .max : (1 << UInt128(bitCount)) - 1
    return prefix == 0 ? 0 : all & (all << UInt128(bitCount - prefix))
  }
}

/// An address with a prefix length.
struct IPInterface: Hashable {
  var address: IPAddress
  var prefix: Int

  /// Reads `address`, `address/prefix` or, for IPv4, `address/mask`.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    self.address = address
    guard parts.count > 1 else {
      prefix = address.bitCount
      return
    }
    if parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]) {
      guard length <= address.bitCount else { return nil }
      prefix = length
      return
    }
    guard address.isVersion4, let mask = IPAddress(parts[1]), mask.isVersion4,
      let length = Self.prefix(ofMask: UInt32(mask.bits))
    else { return nil }
    prefix = length
  }

  private static func prefix(ofMask mask: UInt32) -> Int? {
    if mask.leadingZeroBitCount == 0 || mask == 0 {
      let ones = (~mask).leadingZeroBitCount
      return mask == UInt32(IPAddress.mask(prefix: ones, bitCount: 32)) ? ones : nil
    }
    // A host mask such as 0.0.0.255.
    let zeros = mask.leadingZeroBitCount
    return ~mask == UInt32(IPAddress.mask(prefix: zeros, bitCount: 32)) ? zeros : nil
  }

  var mask: UInt128 { IPAddress.mask(prefix: prefix, bitCount: address.bitCount) }
  var network: IPAddress {
    IPAddress(isVersion4: address.isVersion4, bits: address.bits & mask)
  }
  var isNetwork: Bool { network == address }
}

extension String {
  /// The parts around each occurrence of a separator.
  fileprivate func components(around separator: String) -> [String] {
    Bytes.split(Array(utf8), by: Array(separator.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}
