import RPCCore
import Testing

@Suite struct GRPCTimeoutTests {
  struct Row: Sendable {
    let header: String
    let expected: Duration?
  }

  @Test(arguments: [
    Row(header: "1H", expected: .seconds(3600)),
    Row(header: "2M", expected: .seconds(120)),
    Row(header: "3S", expected: .seconds(3)),
    Row(header: "250m", expected: .milliseconds(250)),
    Row(header: "7u", expected: .microseconds(7)),
    Row(header: "9n", expected: .nanoseconds(9)),
    Row(header: "00000001S", expected: .seconds(1)),
    Row(header: "99999999H", expected: .seconds(359_999_996_400)),
    Row(header: "0S", expected: .zero),
    Row(header: "123456789S", expected: nil),  // nine digits: one too many
    Row(header: "S", expected: nil),  // no digits
    Row(header: "", expected: nil),
    Row(header: "5", expected: nil),  // no unit
    Row(header: "5s", expected: nil),  // a unit that is none
    Row(header: "-1S", expected: nil),
    Row(header: "1 S", expected: nil),
    Row(header: "٣S", expected: nil),  // digits of another script
  ])
  func `parses the header or refuses it`(row: Row) {
    #expect(GRPCTimeout.parse(row.header) == row.expected)
  }

  @Test(arguments: [
    (Duration.zero, "0n"), (.seconds(-5), "0n"), (.nanoseconds(1), "1n"),
    (.milliseconds(99), "99000000n"), (.seconds(1), "1000000u"), (.seconds(100), "100000m"),
    (.seconds(100_000), "100000S"), (.seconds(200_000_000), "3333334M"),
  ])
  func `formats in the finest unit that fits`(duration: Duration, expected: String) {
    #expect(GRPCTimeout.format(duration) == expected)
  }

  @Test func `a formatted timeout is never shorter and hardly longer`() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let nanoseconds = Int64.random(in: 1...(1 << Int64.random(in: 1...60)), using: &generator)
      let duration = Duration.nanoseconds(nanoseconds)
      let parsed = try #require(GRPCTimeout.parse(GRPCTimeout.format(duration)))
      #expect(parsed >= duration, "\(nanoseconds) ns")
      // Eight digits hold a value to one part in 10^5 at worst, after a change of unit by 1000.
      #expect(parsed <= duration * 1.0001 + .nanoseconds(1), "\(nanoseconds) ns")
    }
  }
}
