enum AddressFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(name: "std::hostname", parameters: [.init("fqdn", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.datum(String(engine.string(arguments[0]).prefix { $0 != "." }))
    },
    NativeFunction(name: "std::prefixlen", parameters: [.init("addr", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .integer(try engine.interface(arguments[0], at: arguments.place).prefix)
    },
    NativeFunction(
      name: "std::prefixlength_to_netmask", parameters: [.init("prefixlen", .int)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let length = engine.integer(arguments[0])
      guard (0...32).contains(length) else {
        throw engine.failure("a prefix length is 0 to 32, not \(length)", at: arguments.place)
      }
      let mask = IPAddress(
        isVersion4: true, bits: IPAddress.mask(prefix: length, bitCount: 32))
      return engine.datum(mask.text)
    },
    NativeFunction(name: "std::network_address", parameters: [.init("addr", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.datum(try engine.interface(arguments[0], at: arguments.place).network.text)
    },
    NativeFunction(name: "std::netmask", parameters: [.init("addr", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let interface = try engine.interface(arguments[0], at: arguments.place)
      return engine.datum(
        IPAddress(isVersion4: interface.address.isVersion4, bits: interface.mask).text)
    },
    NativeFunction(
      name: "std::ipindex",
      parameters: [
        .init("addr", .string), .init("position", .int),
        .init("keep_prefix", .bool, or: .bool(false)),
      ]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      let interface = try engine.interface(arguments[0], at: arguments.place)
      guard interface.address.text == interface.network.text else {
        throw engine.failure(
          "\(engine.describe(arguments[0])) is no network: it has host bits", at: arguments.place)
      }
      let position = engine.integer(arguments[1])
      let size = interface.address.bitCount - interface.prefix
      let count: UInt128 = size >= 127 ? .max : 1 << UInt128(size)
      let offset = position < 0 ? count - UInt128(position.magnitude) : UInt128(position)
      guard UInt128(position.magnitude) <= count, offset < count else {
        throw engine.failure(
          "the network has no address number \(position)", at: arguments.place)
      }
      let address = IPAddress(
        isVersion4: interface.address.isVersion4, bits: interface.network.bits + offset)
      let keepsPrefix = arguments[2] == .bool(true)
      return engine.datum(address.text + (keepsPrefix ? "/\(interface.prefix)" : ""))
    },
    NativeFunction(
      name: "std::add_to_ip", parameters: [.init("addr", .string), .init("n", .int)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      guard !engine.string(arguments[0]).utf8.contains(0x2F) else {
        throw engine.failure("`addr` must be an address without a mask", at: arguments.place)
      }
      let address = try engine.interface(arguments[0], at: arguments.place).address
      let number = engine.integer(arguments[1])
      let offset = UInt128(number.magnitude)
      let (bits, overflow) =
        number < 0
        ? address.bits.subtractingReportingOverflow(offset)
        : address.bits.addingReportingOverflow(offset)
      guard !overflow, address.bitCount == 128 || bits < 1 << 32 else {
        throw engine.failure("the address is out of range", at: arguments.place)
      }
      return engine.datum(IPAddress(isVersion4: address.isVersion4, bits: bits).text)
    },
    NativeFunction(
      name: "std::ip_address_from_interface", parameters: [.init("ip_interface", .string)]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      engine.datum(try engine.interface(arguments[0], at: arguments.place).address.text)
    },
  ]
}

extension Engine {
  fileprivate func interface(
    _ value: Datum, at place: PlaceID
  ) throws(Interruption) -> IPInterface {
    guard let interface = IPInterface(string(value)) else {
      throw failure("\(describe(value)) is not an IP address or network", at: place)
    }
    return interface
  }
}
