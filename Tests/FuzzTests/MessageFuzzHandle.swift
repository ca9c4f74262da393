import RPCCore
import Schema

extension FuzzTarget {
  /// What decodes encodes, and decodes to the same again.
  static func decode(_ bytes: [UInt8]) {
    guard let value = try? unsafe ValueV1.Value(serializedBytes: bytes.span.bytes) else {
      return
    }
    var encoded: [UInt8] = []
    value.serialize(into: &encoded)
    let again = try? unsafe ValueV1.Value(serializedBytes: encoded.span.bytes)
    precondition(again != nil, "what was encoded does not decode")
  }
}
