/// The place of a call in a distributed trace, as the header `traceparent` carries it (W3C Trace
/// Context, level 1).
public struct TraceContext: Sendable, Hashable {
  /// The trace: 16 bytes, not all zero.
  public let traceID: [UInt8]
  /// The call inside the trace: 8 bytes, not all zero.
  public let spanID: [UInt8]
  /// Whether the caller records the trace.
  public let isSampled: Bool
  /// The value of `tracestate`: data of tracing systems that is passed on as it is.
  public let state: String?

  /// The metadata key of the trace.
  public static let key = "traceparent"
  /// The metadata key of the data of tracing systems.
  public static let stateKey = "tracestate"
  /// The longest `tracestate` that is passed on, in bytes; a longer one is dropped (W3C §3.3.1.5:
  /// at least 512 are kept).
  static let stateBytesMax = 512

  /// Creates a trace context of its parts.
  ///
  /// - Parameters:
  ///   - traceID: 16 bytes, not all zero.
  ///   - spanID: 8 bytes, not all zero.
  ///   - isSampled: Whether the trace is recorded.
  ///   - state: The value of `tracestate`.
  public init(traceID: [UInt8], spanID: [UInt8], isSampled: Bool, state: String? = nil) {
    precondition(traceID.count == 16 && spanID.count == 8, "ids have 16 and 8 bytes")
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
  }

  /// Starts a new trace.
  ///
  /// - Parameters:
  ///   - isSampled: Whether the trace is recorded.
  ///   - generator: The source of the ids.
  /// - Returns: The trace.
  public static func root(
    isSampled: Bool = true,
    using generator: inout some RandomNumberGenerator
  ) -> TraceContext {
    TraceContext(
      traceID: id(16, &generator), spanID: id(8, &generator), isSampled: isSampled)
  }

  /// Returns the context of a call below this one: the same trace, another span.
  ///
  /// - Parameter generator: The source of the id.
  /// - Returns: The child.
  public func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
    TraceContext(
      traceID: traceID, spanID: Self.id(8, &generator), isSampled: isSampled, state: state)
  }

  private static func id(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [UInt8] {
    var id = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    // W3C §3.2.2.3: all zero is not valid.
    if id.allSatisfy({ $0 == 0 }) { id[count - 1] = 1 }
    return id
  }
}

extension TraceContext {
  /// Parses a header, or returns `nil` for one that the specification does not allow: then a new
  /// trace starts.
  ///
  /// - Parameters:
  ///   - parent: The value of `traceparent`.
  ///   - state: The value of `tracestate`.
  public init?(parsing parent: String, state: String? = nil) {
    let parts = parent.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, let version = Self.bytes(parts[0], 1),
      let traceID = Self.bytes(parts[1], 16), let spanID = Self.bytes(parts[2], 8),
      let flags = Self.bytes(parts[3], 1)
    else { return nil }
    // W3C §3.2.2.1: version 255 is invalid, and only later versions may have more parts.
    guard version[0] != 0xFF, version[0] > 0 || parts.count == 4 else { return nil }
    guard traceID.contains(where: { $0 != 0 }), spanID.contains(where: { $0 != 0 }) else {
      return nil
    }
    self.init(
      traceID: traceID, spanID: spanID, isSampled: flags[0] & 1 != 0,
      state: state.flatMap { $0.utf8.count <= Self.stateBytesMax && !$0.isEmpty ? $0 : nil })
  }

  /// The trace that metadata carries; `nil` without a valid one.
  ///
  /// - Parameter metadata: The metadata of a request.
  public init?(_ metadata: Metadata) {
    guard let parent = metadata[Self.key] else { return nil }
    self.init(parsing: parent, state: metadata[Self.stateKey])
  }

  /// The value of `traceparent`.
  public var header: String {
    "00-\(Self.hex(traceID))-\(Self.hex(spanID))-\(isSampled ? "01" : "00")"
  }

  /// Puts the trace into metadata, in the place of one that is there.
  ///
  /// - Parameter metadata: The metadata of a request.
  public func inject(into metadata: inout Metadata) {
    metadata.removeAll(forKey: Self.key)
    metadata.removeAll(forKey: Self.stateKey)
    metadata.appendReceived(.string(header), forKey: Self.key)
    if let state { metadata.appendReceived(.string(state), forKey: Self.stateKey) }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// W3C §3.2: lowercase digits only.
  private static func bytes(_ text: Substring.UTF8View, _ count: Int) -> [UInt8]? {
    let digits = text.map { digit -> UInt8? in
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    let known = digits.compactMap { $0 }
    guard known.count == digits.count, known.count == 2 * count else { return nil }
    return (0..<count).map { known[2 * $0] << 4 | known[2 * $0 + 1] }
  }
}
