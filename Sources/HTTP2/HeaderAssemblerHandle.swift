internal import Glibc

/// Puts the fields of one header block together while they arrive: HTTP/2 never mixes two blocks.
///
/// Most blocks of a connection are the same as the one before, which is seen by their bytes: then the
/// earlier block itself is given out again, and whoever made something of it knows it by its identity.
@safe
final class HeaderAssembler {
  private let listBytesMax: Int
  private var stream: Int32 = 0
  private var listBytes = 0
  private var isOverLimit = false
  /// Names and values behind each other, each pair behind its two lengths.
  private var memory = UnsafeMutableRawPointer.allocate(byteCount: 512, alignment: 8)
  private var capacity = 512
  private var count = 0
  /// The last block with pseudo-headers, and the last one without: trailers.
  private var head: Known?
  private var trailers: Known?

  private struct Known {
    let bytes: [UInt8]
    let block: HeaderBlock
  }

  private static let lengthsBytes = 8

  init(listBytesMax: Int) {
    self.listBytesMax = listBytesMax
  }

  deinit { unsafe memory.deallocate() }

  func begin(_ stream: Int32) {
    self.stream = stream
    listBytes = 0
    isOverLimit = false
    count = 0
  }

  /// A stream is gone, perhaps in the middle of its block.
  func close(_ stream: Int32) {
    if stream == self.stream { self.stream = 0 }
  }

  /// Takes one field.
  ///
  /// RFC 9113 §10.5.1: a field counts its name, its value and 32. nghttp2 has no limit of its own:
  /// 8 KB of references to its table become 16 MB of fields.
  @unsafe
  func add(
    _ stream: Int32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer
  ) {
    guard stream == self.stream else { return }
    listBytes += name.count + value.count + 32
    guard listBytes <= listBytesMax else {
      isOverLimit = true
      return
    }
    let end = count + Self.lengthsBytes + name.count + value.count
    if end > capacity { grow(to: end) }
    let lengths = UInt64(name.count) << 32 | UInt64(value.count)
    var target = unsafe memory + count
    unsafe target.storeBytes(of: lengths, as: UInt64.self)
    unsafe target += Self.lengthsBytes
    if let source = name.baseAddress { unsafe memcpy(target, source, name.count) }
    if let source = value.baseAddress { unsafe memcpy(target + name.count, source, value.count) }
    count = end
  }

  private func grow(to size: Int) {
    capacity = max(size, 2 * capacity)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
    unsafe larger.copyMemory(from: memory, byteCount: count)
    unsafe memory.deallocate()
    unsafe memory = unsafe larger
  }

  /// Ends the block.
  ///
  /// - Returns: The block; `nil` for a stream that is gone.
  func end(_ stream: Int32) -> HeaderBlock? {
    guard stream == self.stream else { return nil }
    self.stream = 0
    let isHead = startsWithPseudoHeader
    let known = isHead ? head : trailers
    if let known, !isOverLimit, isSame(as: known.bytes) { return known.block }
    let block = HeaderBlock(fields(like: known?.block.fields ?? []), isOverLimit: isOverLimit)
    guard !isOverLimit else { return block }
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: memory, count: count))
    if isHead {
      head = Known(bytes: bytes, block: block)
    } else {
      trailers = Known(bytes: bytes, block: block)
    }
    return block
  }

  private var startsWithPseudoHeader: Bool {
    guard count > Self.lengthsBytes else { return false }
    return unsafe memory.load(fromByteOffset: Self.lengthsBytes, as: UInt8.self)
      == UInt8(ascii: ":")
  }

  private func isSame(as bytes: [UInt8]) -> Bool {
    guard count == bytes.count else { return false }
    return unsafe bytes.withUnsafeBytes { other in
      guard let other = other.baseAddress else { return true }
      return unsafe memcmp(memory, other, count) == 0
    }
  }

  /// The fields; they share the strings of others at the same places.
  private func fields(like others: [HeaderField]) -> [HeaderField] {
    var fields: [HeaderField] = []
    fields.reserveCapacity(others.count)
    var offset = 0
    while offset < count {
      let lengths = unsafe memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      offset += Self.lengthsBytes
      let other = fields.count < others.count ? others[fields.count] : nil
      let name = text(offset, Int(lengths >> 32), like: other?.name)
      offset += Int(lengths >> 32)
      let value = text(offset, Int(UInt32(truncatingIfNeeded: lengths)), like: other?.value)
      offset += Int(UInt32(truncatingIfNeeded: lengths))
      fields.append(HeaderField(name, value))
    }
    return fields
  }

  private func text(_ start: Int, _ count: Int, like other: String?) -> String {
    let bytes = unsafe UnsafeRawBufferPointer(start: memory + start, count: count)
    if let other, unsafe other.utf8.elementsEqual(bytes) { return other }
    return unsafe String(decoding: bytes, as: UTF8.self)
  }
}
