internal import CSchema
internal import Protobuf

// From C structs to Swift values.

func liftString(
  _ c: ProtobufCBinaryData, _ field: StaticString
) throws(ProtobufError) -> String {
  do throws(ProtobufError) {
    return try WireText.string(UnsafeRawBufferPointer(start: c.data, count: c.len))
  } catch {
    throw error.inside("\(field)")
  }
}

func liftStrings(
  _ c: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int, _ field: StaticString
) throws(ProtobufError) -> [String] {
  guard let c, count > 0 else { return [] }
  var result: [String] = []
  result.reserveCapacity(count)
  for index in 0..<count {
    do throws(ProtobufError) {
      result.append(
        try WireText.string(UnsafeRawBufferPointer(start: c[index].data, count: c[index].len)))
    } catch {
      throw error.inside("\(field)[\(index)]")
    }
  }
  return result
}

func liftBytes(_ c: ProtobufCBinaryData) -> [UInt8] {
  Array(UnsafeBufferPointer(start: c.data, count: c.len))
}

func liftBytes(_ c: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int) -> [[UInt8]] {
  UnsafeBufferPointer(start: c, count: count).map { liftBytes($0) }
}

func liftBools(_ c: UnsafeMutablePointer<protobuf_c_boolean>?, _ count: Int) -> [Bool] {
  UnsafeBufferPointer(start: c, count: count).map { $0 != 0 }
}

func liftScalars<Scalar>(_ c: UnsafeMutablePointer<Scalar>?, _ count: Int) -> [Scalar] {
  Array(UnsafeBufferPointer(start: c, count: count))
}

func liftEnums<C: RawRepresentable, Value: RawRepresentable<Int32>>(
  _ c: UnsafeMutablePointer<C>?, _ count: Int
) -> [Value] where C.RawValue == UInt32 {
  UnsafeBufferPointer(start: c, count: count).compactMap {
    Value(rawValue: Int32(bitPattern: $0.rawValue))
  }
}

func lift<Message: LiftedMessage>(
  _ c: UnsafeMutablePointer<Message.CMessage>?, _ field: StaticString
) throws(ProtobufError) -> Message? {
  guard let c else { return nil }
  do throws(ProtobufError) {
    return try Message(lifting: c)
  } catch {
    throw error.inside("\(field)")
  }
}

func lift<Message: LiftedMessage>(
  _ c: UnsafeMutablePointer<UnsafeMutablePointer<Message.CMessage>?>?, _ count: Int,
  _ field: StaticString
) throws(ProtobufError) -> [Message] {
  guard let c, count > 0 else { return [] }
  var result: [Message] = []
  result.reserveCapacity(count)
  for index in 0..<count {
    guard let element = c[index] else { continue }
    do throws(ProtobufError) {
      result.append(try Message(lifting: element))
    } catch {
      throw error.inside("\(field)[\(index)]")
    }
  }
  return result
}

func liftDescriptor(_ c: SouthboundFileDescriptor) -> [UInt8] {
  Array(UnsafeBufferPointer(start: c.bytes, count: c.count))
}
