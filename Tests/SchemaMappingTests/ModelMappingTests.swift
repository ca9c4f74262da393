import Model
import Resources
import Schema
import SchemaMapping
import Testing

@Suite struct `The mapping of models` {
  private func roundTrip(_ value: Value, unportable: [Int: String] = [:]) throws -> Instance {
    var batch = ExporterV1.ModelBatch(
      entityTypes: [
        .init(
          EntityType(
            name: "t::A", ancestors: ["std::Entity"],
            attributes: [.init(name: "x", type: "any"), .init(name: "y", type: "int")],
            relations: [], location: nil))
      ])
    batch.instances = [
      .init(
        Instance(
          id: InstanceID(index: 0), entityType: EntityTypeID(index: 0), values: [value, 1],
          targets: [], locations: [], unportable: unportable))
    ]
    var reader = ModelReader()
    try reader.add(batch)
    return try #require(try reader.finish().instances.first)
  }

  private static func nested(_ levels: Int) -> Value {
    (0..<levels).reduce(Value.null) { value, _ in .list([value]) }
  }

  @Test(arguments: [
    (Value.double(.nan), "nan is not finite"),
    (Value.map(["k": .list([.int(1), .double(-.infinity)])]), "-inf is not finite"),
    (Value.string("a\0b"), "the text holds a NUL character"),
    (nested(40), "more than 30 levels of values"),
  ])
  func `send the reason instead of a value that the wire would change`(
    value: Value, reason: String
  ) throws {
    let instance = try roundTrip(value)
    #expect(instance.values == [.null, 1])
    #expect(instance.unportable.keys.sorted() == [0])
    #expect(instance.unportable[0]?.hasSuffix(reason) == true, "\(instance.unportable)")
  }

  @Test func `keep the compiler's reason`() throws {
    let instance = try roundTrip(5, unportable: [0: "too large"])
    #expect(instance.unportable == [0: "too large"])
    #expect(instance.values == [.null, 1])
    #expect(try roundTrip(["k": 5]).unportable.isEmpty)
  }
}
