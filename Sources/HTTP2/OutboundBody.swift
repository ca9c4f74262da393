/// The bytes that wait to go out on one stream, and what follows them.
///
/// The owner of the stream appends; the session takes as the windows of the peer allow. Both are on
/// one thread.
public final class OutboundBody {
  enum Ending {
    case open
    case endStream
    case trailers(FieldList)
  }

  var bytes: [UInt8] = []
  var head = 0
  var ending = Ending.open
  /// Whether the session has asked and got nothing: it must be told when there is more.
  var isDeferred = false
  private var account: UnsentAccount?
  /// The bytes that have gone out so far.
  public private(set) var sentBytes = 0
  private let replayBytesMax: Int
  /// Whether ``replay()`` can bring back everything that was appended.
  public private(set) var isReplayable: Bool

  /// Creates an empty body.
  ///
  /// - Parameter replayBytesMax: The bytes up to which sent ones are kept for ``replay()``; zero keeps
  ///   none.
  public init(replayBytesMax: Int = 0) {
    self.replayBytesMax = replayBytesMax
    isReplayable = replayBytesMax > 0
  }

  /// Returns a body that starts again with everything that was appended to this one, which is empty
  /// then. Only while ``isReplayable``.
  ///
  /// - Returns: The body.
  public func replay() -> OutboundBody {
    precondition(isReplayable, "bytes of the body are gone")
    let copy = OutboundBody(replayBytesMax: replayBytesMax)
    copy.bytes = bytes
    copy.ending = ending
    removeAll()
    return copy
  }

  /// Lets bytes go that have been sent: the body is not needed from its start any more.
  public func stopKeeping() {
    isReplayable = false
  }

  /// The number of bytes that wait.
  public var unsentBytes: Int { bytes.count - head }

  /// Whether something waits while all bodies of the connection together hold too much.
  public var isOverAccount: Bool {
    guard let account, account.bytes > account.limit else { return false }
    return unsentBytes > 0
  }

  func open(_ account: UnsentAccount) {
    self.account = account
    account.bytes += unsentBytes
  }

  func closeAccount() {
    account?.bytes -= unsentBytes
    account = nil
  }

  /// Whether the end has been said.
  public var isFinished: Bool {
    if case .open = ending { false } else { true }
  }

  /// Appends to the body.
  ///
  /// - Parameter fill: Appends to the buffer; it must not change what the buffer holds already.
  public func append(_ fill: (inout [UInt8]) -> Void) {
    assert(!isFinished, "a finished body grows")
    if isReplayable {
      // Kept from the start, until there is too much of it.
    } else if head == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      head = 0
    } else if head > Self.compactionBytesMin, head > bytes.count / 2 {
      bytes.removeSubrange(0..<head)
      head = 0
    }
    let count = bytes.count
    // Outside of the object while others write to it, which spares every use of it a check.
    var buffer: [UInt8] = []
    swap(&buffer, &bytes)
    fill(&buffer)
    swap(&buffer, &bytes)
    account?.bytes += bytes.count - count
    if isReplayable, bytes.count > replayBytesMax { isReplayable = false }
  }

  /// Ends the body with END_STREAM on its last frame.
  public func finish() {
    ending = .endStream
  }

  /// Ends the body with trailers.
  ///
  /// - Parameter trailers: The fields.
  public func finish(trailers: FieldList) {
    ending = .trailers(trailers)
  }

  /// Drops what waits.
  public func removeAll() {
    isReplayable = false
    account?.bytes -= unsentBytes
    bytes = []
    head = 0
  }

  /// More memory than this is given back once a burst is over. Less is what a body takes that is filled
  /// and emptied all the time.
  private static let capacityKeptBytesMax = 520 << 10
  private static let compactionBytesMin = 64 << 10

  func consume(_ count: Int) {
    head += count
    sentBytes += count
    account?.bytes -= count
    assert(head <= bytes.count, "more was sent than there was")
    if head == bytes.count, !isReplayable, bytes.capacity > Self.capacityKeptBytesMax {
      removeAll()
    }
  }
}

/// The unsent bytes of all bodies of one connection.
final class UnsentAccount {
  let limit: Int
  var bytes = 0

  init(limit: Int) {
    self.limit = limit
  }
}
