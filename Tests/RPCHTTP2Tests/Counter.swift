import Synchronization

/// A number that tasks share.
final class Counter: Sendable {
  private let number = Atomic(0)

  var value: Int { number.load(ordering: .relaxed) }

  func increment() {
    number.add(1, ordering: .relaxed)
  }
}
