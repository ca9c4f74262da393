internal import Glibc
internal import Subprocess

extension Command {
  /// How long the first line of standard output may be, in bytes.
  public static let announcementBytesMax = 4096

  /// Runs a program that says in its first line that it is ready, and works with it.
  ///
  /// The program is ended, with its process group, when `body` returns or the calling task is
  /// cancelled: it is asked first, and gets ``terminationGrace`` to follow. ``timeout`` does not
  /// count here.
  ///
  /// - Parameters:
  ///   - talk: Takes what the program writes to standard error, piece by piece.
  ///   - body: Gets the first line of standard output, without its end. Nil if the program closes
  ///     its output before, or the line is longer than ``announcementBytesMax``.
  /// - Throws: ``ProcessError``; `CancellationError` if the calling task was cancelled.
  public func runAnnounced(
    talk: @escaping @Sendable ([UInt8]) -> Void,
    _ body: @escaping @Sendable (String?) async -> Void
  ) async throws {
    do {
      _ = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .sequence
      ) { execution in
        async let errors: Void = Self.drain(execution.standardError, talk)
        var pieces = execution.standardOutput.makeAsyncIterator()
        var line: [UInt8] = []
        while !line.contains(0x0A), line.count <= Self.announcementBytesMax,
          let piece = try await pieces.next()
        {
          line += piece.copy()
        }
        let end = line.firstIndex(of: 0x0A)
        await body(end.map { String(decoding: line[..<$0], as: UTF8.self) })
        _ = Glibc.kill(-execution.processIdentifier.value, SIGTERM)
        try await errors
      }
    } catch let error as SubprocessError {
      if Task.isCancelled { throw CancellationError() }
      throw ProcessError(error, program: program)
    }
  }

  private static func drain(
    _ output: SubprocessOutputSequence, _ talk: @Sendable ([UInt8]) -> Void
  ) async throws {
    for try await piece in output { talk(piece.copy()) }
  }
}
