internal import CNghttp2

/// Lends fields to nghttp2, which copies them: one buffer holds every name and value.
@unsafe
func withNameValues<Result>(
  _ fields: [HeaderField],
  _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
) -> Result {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count })
  for field in fields {
    bytes.append(contentsOf: field.name.utf8)
    bytes.append(contentsOf: field.value.utf8)
  }
  return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
    unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: fields.count) { values in
      var offset = 0
      for (index, field) in fields.enumerated() {
        let nameCount = field.name.utf8.count
        let valueCount = field.value.utf8.count
        let name = unsafe buffer.baseAddress?.advanced(by: offset)
        let value = unsafe buffer.baseAddress?.advanced(by: offset + nameCount)
        unsafe values.initializeElement(
          at: index,
          to: nghttp2_nv(
            name: name, value: value, namelen: nameCount, valuelen: valueCount,
            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
        offset += nameCount + valueCount
      }
      return unsafe body(values.baseAddress, fields.count)
    }
  }
}
