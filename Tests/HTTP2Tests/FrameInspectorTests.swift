import HTTP2
import Testing

/// One frame on the wire.
func frame(
  _ type: UInt8,
  stream: Int32 = 0,
  flags: UInt8 = 0,
  payload: [UInt8] = []
) -> [UInt8] {
  let length = payload.count
  return [
    UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
    UInt8(stream >> 24 & 127), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255),
    UInt8(stream & 255),
  ] + payload
}

@Suite struct FrameInspectorTests {
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  private static let start = ContinuousClock.now

  private static let endStream: UInt8 = 1
  private static func headers(_ stream: Int32, flags: UInt8 = 4) -> [UInt8] {
    frame(1, stream: stream, flags: flags, payload: [0x82])
  }

  private func verdict(
    _ bytes: [UInt8],
    limits: FrameLimits = FrameLimits(),
    piece: Int? = nil
  ) -> FrameInspector.Violation? {
    var inspector = FrameInspector(role: .server, limits: limits)
    let all = Self.preface + bytes
    guard let piece else { return inspector.inspect(all, count: all.count, now: Self.start) }
    for from in stride(from: 0, to: all.count, by: piece) {
      let part = Array(all[from..<min(from + piece, all.count)])
      if let violation = inspector.inspect(part, count: part.count, now: Self.start) {
        return violation
      }
    }
    return nil
  }

  /// What the peer has done with stream 3 before.
  enum StreamState: CaseIterable {
    case idle, skipped, open, ended, reset

    var bytes: [UInt8] {
      switch self {
      case .idle: []
      case .skipped: headers(5)
      case .open: headers(3)
      case .ended: headers(3, flags: 5)
      case .reset: headers(3) + frame(3, stream: 3, payload: [0, 0, 0, 8])
      }
    }
  }

  /// What it does now.
  enum Input: CaseIterable {
    case headers, lastHeaders, data, lastData, reset, windowUpdate, priority

    var bytes: [UInt8] {
      switch self {
      case .headers: FrameInspectorTests.headers(3)
      case .lastHeaders: FrameInspectorTests.headers(3, flags: 5)
      case .data: frame(0, stream: 3, payload: [1])
      case .lastData: frame(0, stream: 3, flags: endStream, payload: [1])
      case .reset: frame(3, stream: 3, payload: [0, 0, 0, 8])
      case .windowUpdate: frame(8, stream: 3, payload: [0, 0, 0, 1])
      case .priority: frame(2, stream: 3, payload: [0, 0, 0, 0, 1])
      }
    }
  }

  private func expected(_ state: StreamState, _ input: Input) -> HTTP2ErrorCode? {
    switch (state, input) {
    case (_, .reset), (_, .windowUpdate), (_, .priority): nil  // nghttp2 judges these.
    case (.idle, _): nil  // DATA on an idle stream is judged by nghttp2.
    case (.open, .headers): .protocolError  // Trailers that do not end the stream.
    case (.open, _): nil
    case (.skipped, .headers), (.skipped, .lastHeaders): .protocolError
    case (.skipped, _), (.ended, _), (.reset, _): .streamClosed
    }
  }

  @Test(arguments: StreamState.allCases)
  func `each frame in each state of its stream is taken or refused`(state: StreamState) {
    for input in Input.allCases {
      let violation = verdict(state.bytes + input.bytes)
      #expect(violation?.code == expected(state, input), "\(input) in \(state)")
      if let violation {
        #expect(violation.offset == Self.preface.count + state.bytes.count)
      }
    }
  }

  @Test(arguments: 1...12)
  func `bytes in pieces of any size mean the same`(piece: Int) {
    #expect(verdict(StreamState.ended.bytes + Input.data.bytes, piece: piece) != nil)
    #expect(verdict(StreamState.open.bytes + Input.data.bytes, piece: piece) == nil)
  }

  struct Flood: Sendable {
    var name: String
    var frame: [UInt8]
    var burst: Int
  }

  @Test(arguments: [
    Flood(name: "SETTINGS", frame: frame(4), burst: 100),
    Flood(name: "SETTINGS acknowledgements", frame: frame(4, flags: 1), burst: 100),
    Flood(name: "PING", frame: frame(6, payload: [UInt8](repeating: 0, count: 8)), burst: 1000),
    Flood(name: "PRIORITY", frame: frame(2, stream: 3, payload: [0, 0, 0, 0, 1]), burst: 1000),
    Flood(name: "empty DATA", frame: frame(0, stream: 1), burst: 1000),
    Flood(name: "unknown", frame: frame(77), burst: 1000),
    Flood(name: "RST_STREAM", frame: frame(3, stream: 1, payload: [0, 0, 0, 8]), burst: 1000),
    Flood(
      name: "WINDOW_UPDATE", frame: frame(8, payload: [0, 0, 0, 1]), burst: 100_000),
  ])
  func `a burst is taken, one more is a flood, and time earns more`(flood: Flood) {
    var inspector = FrameInspector(role: .server)
    let opening = Self.preface + Self.headers(1)
    #expect(inspector.inspect(opening, count: opening.count, now: Self.start) == nil)
    for _ in 0..<flood.burst {
      let violation = inspector.inspect(flood.frame, count: flood.frame.count, now: Self.start)
      guard violation == nil else {
        Issue.record("\(flood.name) was refused early")
        return
      }
    }
    var later = inspector
    let refusal = inspector.inspect(flood.frame, count: flood.frame.count, now: Self.start)
    #expect(refusal?.code == .enhanceYourCalm)
    let soon = Self.start + .seconds(2)
    #expect(later.inspect(flood.frame, count: flood.frame.count, now: soon) == nil)
  }

  @Test func `a header block has a limit of frames and of bytes`() {
    let open = frame(1, stream: 1, payload: [0x82])
    let more = frame(9, stream: 1, payload: [0x84])
    let eight = Array(repeating: more, count: 8).flatMap { $0 }
    #expect(verdict(open + eight) == nil)
    #expect(verdict(open + eight + more)?.code == .enhanceYourCalm)
    let large = frame(9, stream: 1, payload: [UInt8](repeating: 0x84, count: 16_000))
    let four = Array(repeating: large, count: 4).flatMap { $0 }
    #expect(verdict(open + four) == nil)
    #expect(verdict(open + four + large)?.code == .enhanceYourCalm)
  }

  @Test func `a client's inspector counts floods and leaves streams to the session`() {
    var inspector = FrameInspector(role: .client)
    let answer = Self.headers(1, flags: 5) + Self.headers(1, flags: 5)
    #expect(inspector.inspect(answer, count: answer.count, now: Self.start) == nil)
  }

  @Test func `random bytes never stop the inspector`() {
    var state: UInt64 = 7
    for _ in 0..<2000 {
      var bytes = Self.preface
      for _ in 0..<300 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // Small numbers make small frames of known types.
        bytes.append(UInt8(truncatingIfNeeded: state >> 40) & (state >> 60 > 3 ? 7 : 255))
      }
      var inspector = FrameInspector(role: .server)
      if let violation = inspector.inspect(bytes, count: bytes.count, now: Self.start) {
        #expect(violation.offset < bytes.count)
      }
    }
  }
}
