internal import EventLoop
internal import HTTP2
internal import RPCCore

/// The timers of a connection: what ``ConnectionKeeper`` and ``StallWatch`` decide is done here.
extension ServerConnection {
  // MARK: - Keeper

  func noteReceived() {
    let session = io.session
    let phase = keeper.phase
    keeper.received(
      isReady: session.hasPeerSettings, isInsideFrame: session.isInsideFrame,
      now: session.receivedAt)
    if keeper.phase != phase { armKeeper() }
    // A frame has begun: what must follow has a time limit, which is nearer than other timers.
    guard session.isInsideFrame, let timer = keeperTimer else { return }
    if timer.at > session.receivedAt + options.connection.handshakeTimeout { armKeeper() }
  }

  /// The number of open calls has changed.
  func noteStreams() {
    // Only the first and the last one matter.
    guard streams.count <= 1 else { return }
    keeper.streamsChanged(
      open: streams.count, now: keeper.tracksIdleness ? .now : io.session.receivedAt)
    if streams.isEmpty, keeper.tracksIdleness { armKeeper() }
  }

  /// Sets the timer to the next deadline, unless it is early enough.
  func armKeeper() {
    guard io.isOpen, let next = keeper.nextDeadline else { return }
    if let timer = keeperTimer {
      guard next < timer.at else { return }
      loop.cancel(timer.id)
    }
    // Not weak, which would make every reference to the connection slow: closing stops the timers.
    let id = loop.setTimer(at: next) { self.keeperTimeCame() }
    keeperTimer = (id, next)
  }

  private func keeperTimeCame() {
    keeperTimer = nil
    perform(keeper.timeCame(now: .now))
    armKeeper()
  }

  func perform(_ action: ConnectionKeeper.Action) {
    guard io.isOpen else { return }
    switch action {
    case .none: return
    case .ping:
      keeper.pingSent()
      counters.pingsSent += 1
      io.session.submitPing()
    case .notice:
      // RFC 9113 §6.8: calls that are on their way here must not be lost, so the last id is named
      // only after a round trip.
      io.session.submitShutdownNotice()
      keeper.pingSent()
      counters.pingsSent += 1
      io.session.submitPing()
    case .goAway:
      io.session.submitGoAway(.noError)
    case .close(let code, let reason):
      io.session.submitGoAway(code, debug: reason)
      _ = io.flush()
      return close(reason)
    }
    scheduleFlush()
  }

  func stopTimers() {
    if let keeperTimer { loop.cancel(keeperTimer.id) }
    if let stallTimer { loop.cancel(stallTimer) }
    keeperTimer = nil
    stallTimer = nil
  }

  // MARK: - Stalls

  /// Looks at calls a few times in the time that they may stand still.
  private static let looksPerTimeout = 4

  /// Runs while there are calls or unwritten bytes.
  func armStallTimer() {
    guard stallTimer == nil, io.isOpen else { return }
    stallTimer = loop.setTimer(at: .now + options.stallTimeout / Self.looksPerTimeout) {
      self.lookForStalls()
    }
  }

  private func lookForStalls() {
    stallTimer = nil
    let now = ContinuousClock.now
    let limit = options.stallTimeout
    if !io.isFlushed,
      stalls.isSocketStalled(writtenBytes: io.writtenBytes, limit: limit, now: now)
    {
      return close("the client read nothing for \(limit)")
    }
    var waiting: Set<StreamID> = []
    var stalled: [ServerStream] = []
    for (id, stream) in streams.all {
      guard let progress = stream.progressIfClientIsDue else { continue }
      waiting.insert(id)
      if stalls.isStalled(id, progress, limit: limit, now: now) { stalled.append(stream) }
    }
    stalls.keepOnly(waiting, isSocketBlocked: !io.isFlushed)
    for stream in stalled { stream.stall(limit) }
    answerRefusals()
    scheduleFlush()
    if !streams.isEmpty || !io.isFlushed { armStallTimer() }
  }
}
