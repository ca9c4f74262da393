#if canImport(Glibc)
  internal import Glibc
#endif

/// A thread of its own for one long piece of work.
///
/// The cooperative pool has as many threads as cores and 512 KiB of stack each: a compilation would
/// block the former and outgrow the latter.
public enum WorkThread {
  /// Stack of a thread in bytes.
  public static let stackBytes = 64 << 20

  /// Runs work on a new thread and returns its result.
  ///
  /// Suspends until the work returns. The work is not interrupted by cancellation; it may look at
  /// what it was given to see whether it is still wanted.
  ///
  /// - Parameter work: The work.
  /// - Returns: What the work returned.
  public static func run<Result: Sendable>(
    _ work: @escaping @Sendable () -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      start { continuation.resume(returning: work()) }
    }
  }

  private static func start(_ body: @escaping @Sendable () -> Void) {
    let box = unsafe Unmanaged.passRetained(Body(run: body))
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    unsafe pthread_attr_setstacksize(&attributes, stackBytes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, &attributes,
      { context in
        guard let context = unsafe context else { return nil }
        let body = unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.run()
        return nil
      }, unsafe box.toOpaque())
    unsafe pthread_attr_destroy(&attributes)
    precondition(status == 0, "the system refused a thread (error \(status))")
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
