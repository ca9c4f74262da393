import RPCCore
import Testing

@Suite struct TraceContextTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let span = "b7ad6b7169203331"

  @Test func `a trace is written as it was read`() throws {
    for flags in ["00", "01"] {
      let header = "00-\(Self.trace)-\(Self.span)-\(flags)"
      let context = try #require(TraceContext(parsing: header, state: "a=b"))
      #expect(context.header == header)
      #expect(context.isSampled == (flags == "01"))
      #expect(context.state == "a=b")
    }
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-0g",
    "ff-\(trace)-\(span)-01",  // Version 255 is invalid.
    "00-\(trace)-\(span)-01-more",  // Only later versions may go on.
    "00-\(trace.uppercased())-\(span)-01",
    "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
    "00-\(trace)0-\(span)-01", "00-ä\(trace.dropFirst(2))-\(span)-01",
  ])
  func `a wrong header is no trace`(header: String) {
    #expect(TraceContext(parsing: header) == nil)
  }

  @Test func `a later version is read as far as it is known`() {
    let context = TraceContext(parsing: "01-\(Self.trace)-\(Self.span)-03-more")
    #expect(context?.header == "00-\(Self.trace)-\(Self.span)-01")
  }

  @Test func `a child keeps the trace and has a span of its own`() throws {
    var generator = SystemRandomNumberGenerator()
    let parent = try #require(
      TraceContext(parsing: "00-\(Self.trace)-\(Self.span)-01", state: "a=b"))
    let child = parent.child(using: &generator)
    #expect(child.traceID == parent.traceID)
    #expect(child.spanID != parent.spanID)
    #expect(child.isSampled)
    #expect(child.state == "a=b")
  }

  @Test func `metadata carries one trace`() throws {
    var generator = SystemRandomNumberGenerator()
    var metadata: Metadata = ["traceparent": "old", "tracestate": "old", "x": "y"]
    let context = TraceContext.root(using: &generator)
    context.inject(into: &metadata)
    #expect(TraceContext(metadata) == context)
    #expect(metadata.map(\.key) == ["x", "traceparent"])
  }

  @Test func `a tracestate over the limit is dropped`() {
    let long = String(repeating: "s", count: 513)
    let header = "00-\(Self.trace)-\(Self.span)-01"
    #expect(TraceContext(parsing: header, state: long)?.state == nil)
    #expect(TraceContext(parsing: header, state: String(long.dropLast()))?.state != nil)
  }
}
