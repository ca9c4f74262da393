internal import CProtobufC
internal import Glibc
internal import Synchronization

/// Memory for the C structs of one message: taken from the front of large blocks, given back all at
/// once when the value ends its life. Not shared between threads.
@safe public struct Arena: ~Copyable {
  /// The state lies at the front of the first block, so that C callbacks find it at one address.
  @unsafe private struct State {
    var cursor: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    /// Later blocks: each begins with the address of the one before it.
    var lastBlock: UnsafeMutableRawPointer?
    var nextBlockBytes: Int
    var bytes: Int
    let bytesMax: Int
    var isExhausted: Bool
    var lastHeld: UnsafeMutablePointer<Held>?
  }

  /// An array that lives as long as the arena, and the one before it.
  @unsafe private struct Held {
    let bytes: [UInt8]
    let previous: UnsafeMutablePointer<Held>?
  }

  private static let blockBytesMax = 1 << 20

  private let state: UnsafeMutablePointer<State>
  private let firstBlockBytes: Int

  /// Creates an arena. `expectedBytes` sizes the first block; more than `bytesMax` bytes are never
  /// taken.
  public init(expectedBytes: Int, bytesMax: Int = .max) {
    let head = Self.rounded(unsafe MemoryLayout<State>.size)
    var size = head + max(Self.rounded(expectedBytes), 512)
    if SpareBlock.sizes.contains(size) { size = SpareBlock.bytes }
    let block = unsafe size == SpareBlock.bytes ? SpareBlock.take() : Self.systemAllocate(size)
    firstBlockBytes = size
    unsafe state = block.bindMemory(to: State.self, capacity: 1)
    unsafe state.initialize(
      to: State(
        cursor: block + head, end: block + size, lastBlock: nil,
        nextBlockBytes: min(max(size * 2, 4096), Self.blockBytesMax), bytes: size,
        bytesMax: bytesMax, isExhausted: false, lastHeld: nil))
  }

  deinit {
    var held = unsafe state.pointee.lastHeld
    while let current = unsafe held { unsafe held = current.move().previous }
    var block = unsafe state.pointee.lastBlock
    while let current = unsafe block {
      unsafe block = current.load(as: UnsafeMutableRawPointer?.self)
      unsafe free(current)
    }
    if firstBlockBytes == SpareBlock.bytes {
      unsafe SpareBlock.putBack(state)
    } else {
      unsafe free(state)
    }
  }

  /// Whether an allocation was refused because of the limit.
  var isExhausted: Bool { unsafe state.pointee.isExhausted }

  /// Bytes taken from the system.
  var bytes: Int { unsafe state.pointee.bytes }

  /// Returns `count` zeroed bytes, aligned for any message struct. The memory lives as long as the
  /// arena. For arenas without a limit.
  public func zeroed(_ count: Int) -> UnsafeMutableRawPointer {
    let memory = unsafe take(count)
    unsafe memset(memory, 0, count)
    return unsafe memory
  }

  /// Returns a copy of `bytes` that lives as long as the arena, or nil for none.
  public func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer? {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return nil }
    let memory = unsafe take(bytes.count)
    unsafe memcpy(memory, source, bytes.count)
    return unsafe memory
  }

  /// Holds `bytes` as long as the arena lives, and returns where they are: for those that are too many
  /// to copy. An array with a second owner is not changed in place, so it stays there.
  public func hold(_ bytes: [UInt8]) -> UnsafeMutableRawPointer? {
    let memory = unsafe take(MemoryLayout<Held>.size)
    let held = unsafe memory.bindMemory(to: Held.self, capacity: 1)
    unsafe held.initialize(to: Held(bytes: bytes, previous: state.pointee.lastHeld))
    unsafe state.pointee.lastHeld = held
    return unsafe held.pointee.bytes.withUnsafeBytes {
      unsafe UnsafeMutableRawPointer(mutating: $0.baseAddress)
    }
  }

  private func take(_ count: Int) -> UnsafeMutableRawPointer {
    guard let memory = unsafe Self.allocate(count, from: state) else {
      preconditionFailure("an arena for encoding has no limit")
    }
    return unsafe memory
  }

  /// Calls `body` with an allocator that takes from this arena and frees nothing.
  func withAllocator<R>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> R) -> R {
    var allocator = unsafe ProtobufCAllocator(
      alloc: { state, count in
        guard let state = unsafe state else { return nil }
        return unsafe Arena.allocate(count, from: state.assumingMemoryBound(to: State.self))
      },
      free: { _, _ in },
      allocator_data: UnsafeMutableRawPointer(state))
    return unsafe withUnsafeMutablePointer(to: &allocator, body)
  }

  private static func allocate(
    _ count: Int, from state: UnsafeMutablePointer<State>
  ) -> UnsafeMutableRawPointer? {
    let needed = rounded(count)
    let room = unsafe state.pointee.end - state.pointee.cursor
    guard needed > room else {
      let memory = unsafe state.pointee.cursor
      unsafe state.pointee.cursor = memory + needed
      return unsafe memory
    }
    let head = 16
    let size = max(unsafe state.pointee.nextBlockBytes, needed + head)
    guard count >= 0, unsafe state.pointee.bytesMax - state.pointee.bytes >= size else {
      unsafe state.pointee.isExhausted = true
      return nil
    }
    let block = unsafe systemAllocate(size)
    unsafe block.storeBytes(of: state.pointee.lastBlock, as: UnsafeMutableRawPointer?.self)
    unsafe state.pointee.lastBlock = block
    unsafe state.pointee.bytes += size
    unsafe state.pointee.nextBlockBytes = min(size * 2, blockBytesMax)
    unsafe state.pointee.cursor = block + head + needed
    unsafe state.pointee.end = block + size
    return unsafe block + head
  }

  fileprivate static func systemAllocate(_ count: Int) -> UnsafeMutableRawPointer {
    guard let block = unsafe malloc(count) else {
      preconditionFailure("the system has no memory for \(count) bytes")
    }
    return unsafe block
  }

  private static func rounded(_ count: Int) -> Int {
    (count + 15) & ~15
  }
}

/// One block that is kept for the next large message: the system would take it back and hand out new
/// pages for each message of a stream, which costs more than to decode it.
private enum SpareBlock {
  static let bytes = 512 << 10
  /// First blocks of these sizes are made large enough to be kept.
  static let sizes = (16 << 10)...bytes

  /// Address of the block; 0 if there is none.
  private static let address = Atomic<UInt>(0)

  static func take() -> UnsafeMutableRawPointer {
    let spare = address.exchange(0, ordering: .acquiring)
    return unsafe UnsafeMutableRawPointer(bitPattern: spare) ?? Arena.systemAllocate(bytes)
  }

  static func putBack(_ block: UnsafeMutableRawPointer) {
    let result = address.compareExchange(
      expected: 0, desired: UInt(bitPattern: block), ordering: .releasing)
    if !result.exchanged { unsafe free(block) }
  }
}
