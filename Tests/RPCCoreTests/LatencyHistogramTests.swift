import Testing

@testable import RPCCore

@Suite struct LatencyHistogramTests {
  @Test(
    arguments: [
      (Duration.zero, 0), (.nanoseconds(999), 0), (.microseconds(1), 1), (.nanoseconds(1999), 1),
      (.microseconds(2), 2), (.milliseconds(1), 10), (.seconds(67), 26),
      (.seconds(68), 27),  // Over 2^26 µs: the last bucket.
      (.seconds(1 << 60), 27),  // No overflow.
      (.seconds(-5), 0),  // A clock that went back.
    ] as [(Duration, Int)])
  func `a duration is counted in the bucket of its power of two`(duration: Duration, bucket: Int) {
    var histogram = LatencyHistogram()
    histogram.record(duration)
    #expect(histogram.buckets[bucket] == 1)
    #expect(histogram.count == 1)
    if let bound = LatencyHistogram.upperBound(ofBucket: bucket) { #expect(duration < bound) }
    if bucket > 0, let bound = LatencyHistogram.upperBound(ofBucket: bucket - 1) {
      #expect(duration >= bound)
    }
  }

  @Test func `quantiles are the bounds below which that many stayed`() {
    var histogram = LatencyHistogram()
    #expect(histogram.quantile(0.5) == nil)
    #expect(histogram.mean == .zero)
    for _ in 0..<99 { histogram.record(.microseconds(3)) }
    histogram.record(.seconds(1))
    #expect(histogram.quantile(0) == .microseconds(4))
    #expect(histogram.quantile(0.5) == .microseconds(4))
    #expect(histogram.quantile(0.99) == .microseconds(4))
    #expect(histogram.quantile(1) == .microseconds(1 << 20))
    #expect(histogram.mean == .nanoseconds(10_002_970))
  }

  @Test func `a record is one line, whatever the peer sent`() {
    let record = CallRecord(
      side: .server, method: MethodDescriptor(service: "a.B", name: "C", kind: .unary),
      peer: "tcp://h:1", status: Status(.notFound, message: "line\nbreak \u{1b}[31m"),
      duration: .milliseconds(2), trace: nil, principal: Principal(name: "eve\r"))
    #expect(
      record.description
        == "server /a.B/C NOT_FOUND (line\u{FFFD}break \u{FFFD}[31m) in 0.002 seconds from "
        + "tcp://h:1 by eve\u{FFFD}")
  }
}
