/// A queue in one array that grows to the largest number of waiting elements.
struct FirstInFirstOut<Element> {
  private var elements: ContiguousArray<Element> = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }

  @inline(__always)
  mutating func append(_ element: Element) { elements.append(element) }

  @inline(__always)
  mutating func popFirst() -> Element? {
    guard head < elements.count else { return nil }
    let element = elements[head]
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 4096, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }
}
