/// What one case measured.
struct BenchResult: Sendable {
  let name: BenchCase
  let messageBytes: Int
  var count = 0
  var seconds = 0.0
  var cpuSeconds = 0.0
  var serverCPUSeconds: Double?
  var latencies: [Duration] = []

  init(name: BenchCase, messageBytes: Int) {
    self.name = name
    self.messageBytes = messageBytes
  }

  static let heading =
    "case      bytes    messages/s      MB/s  client CPU µs  server CPU µs  p50 µs  p99 µs"

  var row: String {
    let rate = Double(count) / seconds
    let columns = [
      (name.rawValue, -8), ("\(messageBytes)", 7), ("\(Int(rate))", 14),
      (Self.tenths(rate * Double(messageBytes) / 1e6), 10),
      (perMessage(cpuSeconds), 15), (serverCPUSeconds.map(perMessage) ?? "-", 15),
      (percentile(0.5), 8), (percentile(0.99), 8),
    ]
    return columns.map { text, width in
      let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
      return width < 0 ? text + padding : padding + text
    }.joined()
  }

  private func perMessage(_ seconds: Double) -> String {
    Self.tenths(seconds * 1e6 / Double(max(count, 1)))
  }

  private func percentile(_ share: Double) -> String {
    guard !latencies.isEmpty else { return "-" }
    let sorted = latencies.sorted()
    let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
    return Self.tenths(sorted[index] / .microseconds(1))
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
