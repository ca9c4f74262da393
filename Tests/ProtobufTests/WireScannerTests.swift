import CDescriptor
import Protobuf
import Testing

/// protoc's own `FileDescriptorProto`, whose strings protobuf-c keeps as `char *`.
private let fileLayout: MessageLayout = {
  var file = unsafe Google__Protobuf__FileDescriptorProto()
  unsafe google__protobuf__file_descriptor_proto__init(&file)
  return unsafe MessageLayout(descriptor: file.base.descriptor)
}()

private func refusal(
  of bytes: [UInt8], limits: DecodingLimits = .standard
) -> ProtobufError? {
  do throws(ProtobufError) {
    _ = unsafe try UnpackedMessage(bytes.span.bytes, as: fileLayout, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// A length-prefixed field.
private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
  precondition(content.count < 128, "one length byte is enough here")
  return [number << 3 | 2, UInt8(content.count)] + content
}

struct WireScannerTests {
  struct Row: Sendable {
    var bytes: [UInt8]
    var refusal: String?
  }

  @Test(arguments: [
    Row(bytes: [], refusal: nil),
    Row(bytes: field(1, Array("a.proto".utf8)), refusal: nil),
    // NUL and bad UTF-8 in a char * field are found by the scan.
    Row(bytes: field(1, [97, 0, 98]), refusal: "name: the text holds a NUL character"),
    Row(bytes: field(1, [0xff]), refusal: "name: the text is not UTF-8"),
    Row(bytes: field(1, [0xc0, 0x80]), refusal: "name: the text is not UTF-8"),
    Row(bytes: field(1, [0xed, 0xa0, 0x80]), refusal: "name: the text is not UTF-8"),
    Row(
      bytes: field(3, [97]) + field(3, [97]) + field(3, [0]),
      refusal: "dependency[2]: the text holds a NUL character"),
    Row(
      bytes: field(4, field(1, [97])) + field(4, field(2, field(1, [0xfe]))),
      refusal: "message_type[1].field[0].name: the text is not UTF-8"),
    // Lengths and numbers.
    Row(bytes: [0x0a], refusal: "name: truncated inside a number"),
    Row(bytes: [0x0a, 5, 97], refusal: "name: truncated: 5 bytes announced, 1 there"),
    Row(
      bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      refusal: "name: truncated: 18446744073709551615 bytes announced, 0 there"),
    Row(
      bytes: [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
      refusal: "name: a number has more than 64 bits"),
    Row(
      bytes: [0x50] + [UInt8](repeating: 0x80, count: 12),
      refusal: "public_dependency[0]: a number has more than 64 bits"),
    Row(bytes: [0x00], refusal: "0 is no field number"),
    Row(bytes: [0x0e], refusal: "field 1 has the unknown wire type 6"),
    Row(bytes: [0x0f], refusal: "field 1 has the unknown wire type 7"),
    // A packed field whose last number has no end.
    Row(
      bytes: field(10, [1, 2, 0x80]),
      refusal: "public_dependency[0]: truncated inside a number"),
    Row(bytes: field(10, [1, 2, 3]), refusal: nil),
    Row(bytes: field(10, []), refusal: nil),
    // Unknown fields and known ones of another wire type are skipped, groups with what is inside.
    Row(bytes: [0x98, 0x06, 0x01], refusal: nil),
    Row(bytes: [0x08, 0x01], refusal: nil),
    Row(bytes: [0x9b, 0x06, 0x08, 0x01, 0x9c, 0x06], refusal: nil),
    Row(bytes: [0x9b, 0x06, 0x08, 0x01], refusal: "truncated inside group 99"),
    Row(bytes: [0x9b, 0x06, 0xa4, 0x06], refusal: "group 99 is ended as group 100"),
    Row(bytes: [0x9c, 0x06], refusal: "group 99 ends without a beginning"),
  ])
  func `malformed bytes are refused with place and reason`(row: Row) {
    #expect(refusal(of: row.bytes)?.description == row.refusal)
  }

  @Test func `groups nest no deeper than messages`() {
    let deep = [UInt8](repeating: 0x0b, count: 100) + [UInt8](repeating: 0x0c, count: 100)
    #expect(refusal(of: deep)?.reason == "nested too deeply")
    let fine = [UInt8](repeating: 0x0b, count: 99) + [UInt8](repeating: 0x0c, count: 99)
    #expect(refusal(of: fine) == nil)
  }

  @Test func `nested messages stop at the limit of their type`() {
    func nested(_ levels: Int) -> [UInt8] {
      // DescriptorProto.nested_type is field 3; FileDescriptorProto.message_type is field 4.
      var bytes: [UInt8] = []
      for _ in 1..<levels { bytes = field(3, bytes) }
      return field(4, bytes)
    }
    #expect(refusal(of: nested(31)) == nil)
    #expect(refusal(of: nested(32))?.reason == "more than 31 levels of DescriptorProto")
    let limits = DecodingLimits(levelsMax: 10, sameTypeLevelsMax: 100)
    #expect(refusal(of: nested(9), limits: limits) == nil)
    #expect(refusal(of: nested(10), limits: limits)?.reason == "more than 10 levels of messages")
  }

  @Test func `memory is counted before it is taken`() {
    let empty = [UInt8](repeating: 0, count: 0)
    var bytes: [UInt8] = []
    for _ in 0..<1000 { bytes += field(4, empty) }
    #expect(refusal(of: bytes) == nil)
    let limits = DecodingLimits(memoryBytesMax: 10_000)
    let error = refusal(of: bytes, limits: limits)
    #expect(error?.reason.hasPrefix("too many elements") == true)
    #expect(error?.path.hasPrefix("message_type[") == true)
  }

  @Test func `an error path reads from the outside in`() {
    let error = ProtobufError(reason: "odd").inside("c").inside("b[3]").inside("a")
    #expect(error.description == "a.b[3].c: odd")
  }
}
