import Resources
import RPCCore
import Schema
import SchemaMapping
import Testing

private func error<Result>(
  _ body: () throws(MappingError) -> Result
) -> String? {
  do throws(MappingError) {
    _ = try body()
    return nil
  } catch {
    return error.description
  }
}

private func nested(_ levels: Int) -> Value {
  var value = Value.int(1)
  for _ in 0..<levels { value = .list([value]) }
  return value
}

struct ValueMappingTests {
  @Test(arguments: [
    Value.null, true, 7, 1.5, "text", .bytes([0, 1]), .list([1, "a", .null]),
    .map(["a": 1, "b": .map([:])]), .unknown(source: "fact"), .secret("x"),
    .reference(type: "std::Environment", arguments: ["name": "HOME"]),
  ])
  func `a value comes back as it was`(value: Value) throws {
    #expect(try Value(ValueV1.Value(value)) == value)
    #expect(error { () throws(MappingError) in try value.checkForWire() } == nil)
  }

  @Test func `what the wire cannot carry is replaced`() throws {
    #expect(try Value(ValueV1.Value(.double(.nan))) == "nan")
    #expect(try Value(ValueV1.Value(.double(-.infinity))) == "-inf")
    #expect(try Value(ValueV1.Value(nested(30))) == nested(30))
    var innermost = try Value(ValueV1.Value(nested(31)))
    while case .list(let values) = innermost, let first = values.first { innermost = first }
    #expect(innermost == "…")
  }

  @Test func `what would be replaced is refused where it matters`() {
    #expect(
      error { () throws(MappingError) in try Value.list([1, .double(.nan)]).checkForWire() }
        == "[1]: nan is not finite")
    #expect(
      error { () throws(MappingError) in try Value.map(["k": "a\0"]).checkForWire() }
        == "[\"k\"]: the text holds a NUL character")
    #expect(error { () throws(MappingError) in try nested(30).checkForWire() } == nil)
    #expect(
      error { () throws(MappingError) in try nested(31).checkForWire() }?
        .hasSuffix("more than 30 levels of values") == true)
  }

  @Test func `a malformed value is refused with its path`() {
    let bad = ValueV1.Value(
      kind: .mapValue(
        .init(entries: [
          "a": .init(kind: .listValue(.init(values: [.init(kind: .boolValue(true)), .init()])))
        ])))
    #expect(
      error { () throws(MappingError) in try Value(bad) }
        == "map_value.entries[\"a\"].list_value.values[1]: the value has no kind")
    let infinite = ValueV1.Value(kind: .doubleValue(.infinity))
    #expect(error { () throws(MappingError) in try Value(infinite) } == "inf is not finite")
  }

  @Test func `a mapping error is an invalid argument`() {
    #expect(MappingError(path: "a", reason: "odd").rpcError.code == .invalidArgument)
    #expect(MappingError(path: "a", reason: "odd").rpcError.message == "a: odd")
  }
}
