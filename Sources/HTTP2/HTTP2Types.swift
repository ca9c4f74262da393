/// The number of one HTTP/2 stream of a session (RFC 9113 §5.1.1).
@frozen
public struct StreamID: Sendable, Hashable, Comparable {
  /// The 31-bit number; odd for streams that the client opened.
  public let rawValue: Int32

  /// Creates an id from its number.
  ///
  /// - Parameter rawValue: The 31-bit number.
  @inlinable
  public init(_ rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Whether one stream was opened before another of the same side.
  public static func < (left: StreamID, right: StreamID) -> Bool { left.rawValue < right.rawValue }
}

/// One header or trailer field.
public struct HeaderField: Sendable, Hashable {
  /// The name, in lowercase.
  public var name: String
  /// The value.
  public var value: String

  /// Creates a field.
  ///
  /// - Parameters:
  ///   - name: The name, in lowercase.
  ///   - value: The value.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Which side of a connection a session speaks for.
public enum HTTP2Role: Sendable, Hashable {
  /// The side that connected.
  case client
  /// The side that accepted.
  case server
}

/// The error code of RST_STREAM and GOAWAY frames (RFC 9113 §7).
public struct HTTP2ErrorCode: RawRepresentable, Sendable, Hashable {
  /// The number on the wire.
  public let rawValue: UInt32

  /// Creates a code from its number on the wire.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Nothing went wrong.
  public static let noError = HTTP2ErrorCode(rawValue: 0x0)
  /// The peer broke the protocol.
  public static let protocolError = HTTP2ErrorCode(rawValue: 0x1)
  /// Something broke here.
  public static let internalError = HTTP2ErrorCode(rawValue: 0x2)
  /// The peer sent more than its window.
  public static let flowControlError = HTTP2ErrorCode(rawValue: 0x3)
  /// A frame came on a stream that was over.
  public static let streamClosed = HTTP2ErrorCode(rawValue: 0x5)
  /// The stream was refused before anything was done.
  public static let refusedStream = HTTP2ErrorCode(rawValue: 0x7)
  /// The stream is not needed any more.
  public static let cancel = HTTP2ErrorCode(rawValue: 0x8)
  /// The peer asks for too much.
  public static let enhanceYourCalm = HTTP2ErrorCode(rawValue: 0xB)
}

extension HTTP2ErrorCode: CustomStringConvertible {
  /// The name that RFC 9113 uses, or the number of a code that it does not know.
  public var description: String {
    let names = [
      "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
      "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
      "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ]
    return rawValue < names.count ? names[Int(rawValue)] : "error \(rawValue)"
  }
}

/// A session that cannot go on: its connection has to be closed.
public struct HTTP2Error: Error, Sendable, CustomStringConvertible {
  /// What happened, in the words of nghttp2.
  public let description: String
}
