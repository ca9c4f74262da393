internal import Subprocess

/// Output of a program, up to a limit.
struct Capture: Sendable {
  var kept: [UInt8] = []
  var dropped = 0

  static func read(_ sequence: SubprocessOutputSequence, limit: Int) async throws -> Capture {
    var capture = Capture()
    for try await buffer in sequence {
      let room = limit - capture.kept.count
      unsafe buffer.withUnsafeBytes { bytes in
        unsafe capture.kept.append(contentsOf: bytes.prefix(max(0, room)))
      }
      capture.dropped += max(0, buffer.count - max(0, room))
    }
    return capture
  }
}

extension SubprocessOutputSequence.Buffer {
  /// The bytes of a piece of output.
  func copy() -> [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
