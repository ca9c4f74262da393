internal import CNghttp2

/// The fields of one header block to send.
public enum FieldList: Sendable {
  /// Fields that are copied.
  case fields([HeaderField])
  /// Fields that lie ready.
  case prepared(PreparedFields)

  /// The fields, pseudo-headers first.
  public var fields: [HeaderField] {
    switch self {
    case .fields(let fields): fields
    case .prepared(let prepared): prepared.fields
    }
  }
}

extension FieldList: ExpressibleByArrayLiteral {
  /// Creates a list of fields that are copied.
  ///
  /// - Parameter elements: The fields, pseudo-headers first.
  public init(arrayLiteral elements: HeaderField...) {
    self = .fields(elements)
  }
}

/// Fields in the form that the session wants them: for blocks that are sent again and again, which are
/// then copied no more.
///
/// They must be kept until the blocks are on the wire or their session is gone.
@safe
public final class PreparedFields: @unchecked Sendable {
  // Sendable: nothing changes once it is made.

  /// The fields, pseudo-headers first.
  public let fields: [HeaderField]
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  fileprivate let values: UnsafeMutableBufferPointer<nghttp2_nv>

  /// Prepares fields.
  ///
  /// - Parameter fields: The fields, pseudo-headers first.
  public init(_ fields: [HeaderField]) {
    self.fields = fields
    let text = fields.flatMap { Array($0.name.utf8) + Array($0.value.utf8) }
    unsafe bytes = .allocate(capacity: text.count)
    _ = unsafe bytes.initialize(from: text)
    unsafe values = .allocate(capacity: fields.count)
    let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    unsafe initialize(values, of: fields, in: bytes.baseAddress, flags: UInt8(flags))
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe values.deallocate()
  }
}

/// Lends fields to nghttp2: ready ones as they are, others in one buffer, which it copies.
@unsafe
func withNameValues<Result>(
  _ list: FieldList,
  _ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result
) -> Result {
  switch list {
  case .prepared(let prepared):
    return withExtendedLifetime(prepared) {
      unsafe body(UnsafePointer(prepared.values.baseAddress), prepared.values.count)
    }
  case .fields(let fields):
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count })
    for field in fields {
      bytes.append(contentsOf: field.name.utf8)
      bytes.append(contentsOf: field.value.utf8)
    }
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: fields.count) { values in
        unsafe initialize(
          values, of: fields, in: buffer.baseAddress, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
        return unsafe body(values.baseAddress, fields.count)
      }
    }
  }
}

/// Points at names and values that lie behind each other.
@unsafe
private func initialize(
  _ values: UnsafeMutableBufferPointer<nghttp2_nv>,
  of fields: [HeaderField],
  in bytes: UnsafeMutablePointer<UInt8>?,
  flags: UInt8
) {
  var offset = 0
  for (index, field) in fields.enumerated() {
    let nameCount = field.name.utf8.count
    let valueCount = field.value.utf8.count
    unsafe values.initializeElement(
      at: index,
      to: nghttp2_nv(
        name: bytes?.advanced(by: offset), value: bytes?.advanced(by: offset + nameCount),
        namelen: nameCount, valuelen: valueCount, flags: flags))
    offset += nameCount + valueCount
  }
}
