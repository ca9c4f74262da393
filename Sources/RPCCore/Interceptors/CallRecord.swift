/// One call that has ended, as ``CallLogging`` reports it.
public struct CallRecord: Sendable {
  /// Which side of the call this process is.
  public enum Side: String, Sendable, Hashable {
    /// This process called.
    case client
    /// This process answered.
    case server
  }

  /// Which side of the call this process is.
  public let side: Side
  /// The method.
  public let method: MethodDescriptor
  /// The address of the client, on the server; `nil` on the client.
  public let peer: String?
  /// How the call ended. The text of a peer is data: its control characters are not shown by
  /// ``description``.
  public let status: Status
  /// The time from the start of the call to its end.
  public let duration: Duration
  /// The trace of the call, when an outer interceptor has set one.
  public let trace: TraceContext?
  /// Who called, on a server that checks that.
  public let principal: Principal?
}

extension CallRecord: CustomStringConvertible {
  /// The longest message of a status that is shown, in UTF-8 bytes.
  static let messageBytesMax = 256

  /// One line, for example `server /bench.Bench/Echo NOT_FOUND (no such host) in 0.00021 seconds
  /// from tcp://127.0.0.1:40312`.
  public var description: String {
    var text = "\(side.rawValue) \(method.path) \(status.code.name)"
    if !status.message.isEmpty { text += " (\(Self.shown(status.message)))" }
    text += " in \(duration)"
    if let peer { text += " from \(peer)" }
    if let principal { text += " by \(Self.shown(principal.name))" }
    return text
  }

  private static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.prefix(utf8BytesMax: messageBytesMax).unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
      shown.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return shown
  }
}
