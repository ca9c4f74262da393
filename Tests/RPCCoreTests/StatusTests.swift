import RPCCore
import Testing

@Suite struct StatusTests {
  @Test func `the codes are those of the specification`() {
    #expect(
      StatusCode.allCases.map(\.name) == [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
        "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
      ])
    #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
  }

  @Test func `an HTTP status without grpc-status has the code of the specification`() {
    let table: [Int: StatusCode] = [
      400: .internalError, 401: .unauthenticated, 403: .permissionDenied, 404: .unimplemented,
      429: .unavailable, 502: .unavailable, 503: .unavailable, 504: .unavailable,
    ]
    for status in 100..<600 {
      #expect(StatusCode(httpStatus: status) == table[status] ?? .unknown, "\(status)")
    }
  }

  @Test func `a reset has the code of the specification`() {
    let table: [UInt32: StatusCode] = [
      0x7: .unavailable, 0x8: .cancelled, 0xB: .resourceExhausted, 0xC: .permissionDenied,
    ]
    for code in UInt32(0)..<20 {
      #expect(StatusCode(http2Error: code) == table[code] ?? .internalError, "\(code)")
    }
  }

  @Test(arguments: [
    ("plain text", "plain text"), ("100%", "100%25"), ("ä\n", "%C3%A4%0A"), ("~ !", "~ !"),
    ("\u{7F}", "%7F"), ("", ""), (" ", "%20"), (" a b ", "%20a b%20"),
  ])
  func `a message is percent-encoded and back`(text: String, encoded: String) {
    #expect(StatusMessage.encode(text) == encoded)
    #expect(StatusMessage.decode(encoded) == text)
  }

  @Test(arguments: [
    ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%41%", "aA%"), ("%ff", "\u{FFFD}"),
    ("%c3%a4", "ä"),
  ])
  func `a wrong escape stays as it is`(encoded: String, text: String) {
    #expect(StatusMessage.decode(encoded) == text)
  }

  @Test func `a long message is cut between characters`() {
    let text = String(repeating: "ä", count: 5000)
    #expect(StatusMessage.decode(StatusMessage.encode(text)) == String(repeating: "ä", count: 2048))
  }

  @Test func `every error gets a code`() {
    struct Foreign: Error {}
    struct Convertible: RPCErrorConvertible {
      var rpcError: RPCError { RPCError(.aborted, "again") }
    }
    #expect(RPCError(translating: CancellationError()).code == .cancelled)
    #expect(RPCError(translating: RPCError(.dataLoss, "x")).code == .dataLoss)
    #expect(RPCError(translating: Convertible()).code == .aborted)
    let foreign = RPCError(translating: Foreign())
    #expect(foreign.code == .unknown)
    #expect(foreign.message.contains("Foreign"))
  }
}
