public import CProtobufC

// From C structs to Swift values, for generated code. What is not scalar is copied.

/// Returns the text of a field.
///
/// - Throws: `ProtobufError` with the name of the field, for text that is not UTF-8 or has a NUL.
public func liftString(
  _ c: ProtobufCBinaryData, _ field: StaticString
) throws(ProtobufError) -> String {
  do throws(ProtobufError) {
    return try unsafe WireText.string(UnsafeRawBufferPointer(start: c.data, count: c.len))
  } catch {
    throw error.inside("\(field)")
  }
}

/// Returns the texts of a repeated field.
///
/// - Throws: `ProtobufError` with the name of the field and the index of the text that is not UTF-8 or
///   has a NUL.
public func liftStrings(
  _ c: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: StaticString
) throws(ProtobufError) -> [String] {
  guard let c = unsafe c, count > 0 else { return [] }
  var result: [String] = []
  result.reserveCapacity(count)
  for index in 0..<count {
    do throws(ProtobufError) {
      let text = unsafe UnsafeRawBufferPointer(start: c[index].data, count: c[index].len)
      result.append(try unsafe WireText.string(text))
    } catch {
      throw error.inside("\(field)[\(index)]")
    }
  }
  return result
}

/// Returns the bytes of a field.
public func liftBytes(_ c: ProtobufCBinaryData) -> [UInt8] {
  unsafe Array(UnsafeBufferPointer(start: c.data, count: c.len))
}

/// Returns the bytes of a repeated field.
public func liftBytes(_ c: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) -> [[UInt8]] {
  unsafe UnsafeBufferPointer(start: c, count: count).map { unsafe liftBytes($0) }
}

/// Returns the flags of a repeated field.
public func liftBools(_ c: UnsafeMutablePointer<protobuf_c_boolean>?, _ count: Int) -> [Bool] {
  unsafe UnsafeBufferPointer(start: c, count: count).map { $0 != 0 }
}

/// Returns the numbers of a repeated field.
@inlinable public func liftScalars<Scalar>(
  _ c: UnsafeMutablePointer<Scalar>?, _ count: Int
) -> [Scalar] {
  unsafe Array(UnsafeBufferPointer(start: c, count: count))
}

/// Returns the values of a repeated field of an enum.
@inlinable public func liftEnums<C: RawRepresentable, Value: RawRepresentable<Int32>>(
  _ c: UnsafeMutablePointer<C>?, _ count: Int
) -> [Value] where C.RawValue == UInt32 {
  unsafe UnsafeBufferPointer(start: c, count: count).compactMap {
    Value(rawValue: Int32(bitPattern: $0.rawValue))
  }
}

/// Returns the message of a field, nil if it is not set.
///
/// - Throws: `ProtobufError` with the path to what is wrong.
@inlinable public func lift<Message: LiftedMessage>(
  _ c: UnsafeMutablePointer<Message.CMessage>?, _ field: StaticString
) throws(ProtobufError) -> Message? {
  guard let c = unsafe c else { return nil }
  do throws(ProtobufError) {
    return try unsafe Message(lifting: c)
  } catch {
    throw error.inside("\(field)")
  }
}

/// Returns the messages of a repeated field.
///
/// - Throws: `ProtobufError` with the path to what is wrong.
@inlinable public func lift<Message: LiftedMessage>(
  _ c: UnsafeMutablePointer<UnsafeMutablePointer<Message.CMessage>?>?, _ count: Int,
  _ field: StaticString
) throws(ProtobufError) -> [Message] {
  guard let c = unsafe c, count > 0 else { return [] }
  var result: [Message] = []
  result.reserveCapacity(count)
  for index in 0..<count {
    guard let element = unsafe c[index] else { continue }
    do throws(ProtobufError) {
      result.append(try unsafe Message(lifting: element))
    } catch {
      throw error.inside("\(field)[\(index)]")
    }
  }
  return result
}

/// Returns the constant bytes that a C function of generated code gives.
public func liftDescriptor(
  _ bytes: (UnsafeMutablePointer<Int>?) -> UnsafePointer<UInt8>?
) -> [UInt8] {
  var count = 0
  let start = unsafe bytes(&count)
  return unsafe Array(UnsafeBufferPointer(start: start, count: count))
}
