/// The executor preference of tasks that stay on one loop.
///
/// It is an object beside the loop because one object in both roles makes the runtime queue a job
/// at each `await` (tried: 215 to 490 ns against 35 to 105 ns).
public final class EventLoopTaskExecutor: TaskExecutor, @unchecked Sendable {
  // Sendable: `loop` is set once, before anyone else sees the object.
  private weak var loop: EventLoop?

  func attach(_ loop: EventLoop) {
    self.loop = loop
  }

  /// Queues a job of a task that prefers this loop. The runtime calls it.
  public func enqueue(_ job: consuming ExecutorJob) {
    // A task that outlives its loop stays where it is: nobody is left to run it.
    guard let loop else { return }
    loop.put(.taskJob(UnownedJob(job)))
  }
}
