enum ValidationFunctions {
  static let all: [NativeFunction] = [
    NativeFunction(
      name: "std::validate_type",
      parameters: [
        .init("fq_type_name", .string), .init("value"),
        .init("validation_parameters", .dictionary, or: .null),
      ]
    ) { (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .bool(try engine.validates(arguments))
    },
    NativeFunction(name: "std::is_base64_encoded", parameters: [.init("s", .string)]) {
      (engine: inout Engine, arguments: BoundArguments) throws(Interruption) -> Datum in
      .bool(TextForm.isBase64(engine.string(arguments[0])))
    },
  ]
}

extension Engine {
  fileprivate mutating func validates(
    _ arguments: BoundArguments
  ) throws(Interruption) -> Bool {
    let name = engineTypeName(arguments[0])
    switch name {
    case "conint", "confloat", "condecimal", "constr", "NegativeFloat", "NegativeInt",
      "PositiveFloat", "PositiveInt", "NonNegativeInt", "NonPositiveInt", "NonNegativeFloat",
      "NonPositiveFloat", "StrictInt", "StrictStr", "StrictBool", "StrictFloat":
      return try validatesConstrained(name, arguments)
    default: break
    }
    guard case .string = arguments[1] else { return false }
    guard let result = TextForm.matches(name, string(arguments[1])) else {
      throw failure(
        "`std::validate_type` does not know the type `\(string(arguments[0]))`",
        at: arguments.place)
    }
    return result
  }

  private func engineTypeName(_ value: Datum) -> String {
    let full = string(value)
    guard let dot = full.lastIndex(of: ".") else { return full }
    return String(full[full.index(after: dot)...])
  }

  private mutating func validatesConstrained(
    _ name: String, _ arguments: BoundArguments
  ) throws(Interruption) -> Bool {
    let value = arguments[1]
    switch (name, value) {
    case ("StrictStr", .string), ("StrictBool", .bool), ("StrictInt", .integer),
      ("StrictFloat", .float):
      return true
    case ("constr", _): return try validatesText(arguments)
    case _ where name.hasPrefix("Strict"): return false
    default: break
    }
    guard let number = program.heap.number(value) else { return false }
    let sign = number.compare(to: .integer(0)) ?? 0
    switch name {
    case "NegativeFloat", "NegativeInt": return sign < 0
    case "PositiveFloat", "PositiveInt": return sign > 0
    case "NonNegativeInt", "NonNegativeFloat": return sign >= 0
    case "NonPositiveInt", "NonPositiveFloat": return sign <= 0
    default: break
    }
    for (key, holds) in Self.bounds {
      if let bound = parameter(key, arguments).flatMap({ program.heap.number($0) }) {
        guard let order = number.compare(to: bound), holds(order) else { return false }
      }
    }
    return true
  }

  private static var bounds: [(String, (Int) -> Bool)] {
    [("gt", { $0 > 0 }), ("ge", { $0 >= 0 }), ("lt", { $0 < 0 }), ("le", { $0 <= 0 })]
  }

  private mutating func parameter(_ name: String, _ arguments: BoundArguments) -> Datum? {
    guard case .dictionary(let parameters) = arguments[2] else { return nil }
    return program.heap.lookUp(program.heap.strings.intern(name), in: parameters)
  }

  private mutating func validatesText(_ arguments: BoundArguments) throws(Interruption) -> Bool {
    guard case .string(let id) = arguments[1] else { return false }
    let text = program.heap.strings.string(id)
    let count = text.unicodeScalars.count
    if let least = parameter("min_length", arguments), count < integer(least) { return false }
    if let most = parameter("max_length", arguments), count > integer(most) { return false }
    guard let pattern = parameter("regex", arguments) ?? parameter("pattern", arguments) else {
      return true
    }
    do {
      return try RegularExpression.compile(string(pattern)).matchesAtStart(text)
    } catch {
      throw failure("the pattern \(describe(pattern)) cannot be used", at: arguments.place)
    }
  }
}

/// What texts must look like to be of a kind.
enum TextForm {
  /// Whether a text is of a named kind; nil if there is no such kind.
  static func matches(_ kind: String, _ text: String) -> Bool? {
    switch kind {
    case "IPv4Address": return IPAddress(text)?.isVersion4 == true
    case "IPv6Address": return IPAddress(text)?.isVersion4 == false
    case "IPvAnyAddress": return IPAddress(text) != nil
    case "IPv4Interface": return IPInterface(text)?.address.isVersion4 == true
    case "IPv6Interface": return IPInterface(text)?.address.isVersion4 == false
    case "IPvAnyInterface": return IPInterface(text) != nil
    case "IPv4Network":
      return IPInterface(text).map { $0.address.isVersion4 && $0.isNetwork } ?? false
    case "IPv6Network":
      return IPInterface(text).map { !$0.address.isVersion4 && $0.isNetwork } ?? false
    case "IPvAnyNetwork": return IPInterface(text)?.isNetwork ?? false
    case "UUID": return isUUID(text)
    case "date": return isDate(text[...])
    case "time": return isTime(text[...])
    case "datetime": return isDateTime(text)
    case "EmailStr": return isEmail(text[...])
    case "NameEmail": return isNamedEmail(text)
    case "AnyUrl": return isURL(text, schemes: nil)
    case "AnyHttpUrl", "HttpUrl": return isURL(text, schemes: ["http", "https"])
    case "str": return true
    default: return nil
    }
  }

  static func isBase64(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count % 4 == 0 else { return false }
    let body = bytes.prefix { $0 != 0x3D }
    let padding = bytes.count - body.count
    guard padding <= 2, bytes[body.count...].allSatisfy({ $0 == 0x3D }) else { return false }
    return body.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
      default: false
      }
    }
  }

  private static func isUUID(_ text: String) -> Bool {
    var digits = text
    for prefix in ["urn:uuid:", "{"] where digits.hasPrefix(prefix) {
      digits.removeFirst(prefix.count)
    }
    if digits.hasSuffix("}") { digits.removeLast() }
    let plain = digits.utf8.filter { $0 != 0x2D }
    return plain.count == 32 && plain.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
      && [32, 36].contains(digits.utf8.count)
  }

  private static func number(_ text: Substring, digits: Int) -> Int? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(text)
  }

  static func isDate(_ text: Substring) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], digits: 4),
      let month = number(parts[1], digits: 2), let day = number(parts[2], digits: 2),
      year > 0, (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  static func isTime(_ text: Substring) -> Bool {
    var clock = text
    if clock.hasSuffix("Z") || clock.hasSuffix("z") {
      clock = clock.dropLast()
    } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let zone = clock[clock.index(after: sign)...].filter { $0 != ":" }
      guard number(zone[...], digits: 4).map({ $0 / 100 < 24 && $0 % 100 < 60 }) ?? false else {
        return false
      }
      clock = clock[..<sign]
    }
    let halves = clock.split(separator: ".", omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return false }
    if halves.count == 2 {
      guard (1...6).contains(halves[1].utf8.count),
        halves[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
      else { return false }
    }
    let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), halves.count == 1 || parts.count == 3 else { return false }
    for (index, part) in parts.enumerated() {
      guard let value = number(part, digits: 2), value < (index == 0 ? 24 : 60) else {
        return false
      }
    }
    return true
  }

  private static func isDateTime(_ text: String) -> Bool {
    guard text.utf8.count > 11 else { return isDate(text[...]) }
    let separator = text.index(text.startIndex, offsetBy: 10)
    guard ["T", "t", " ", "_"].contains(text[separator]) else { return false }
    return isDate(text[..<separator]) && isTime(text[text.index(after: separator)...])
  }

  private static func isEmail(_ text: Substring) -> Bool {
    guard let at = text.lastIndex(of: "@") else { return false }
    let local = text[..<at]
    let domain = text[text.index(after: at)...]
    guard (1...64).contains(local.utf8.count), !local.hasPrefix("."), !local.hasSuffix("."),
      !local.contains("..")
    else { return false }
    let marks = "!#$%&'*+-/=?^_`{|}~."
    guard local.allSatisfy({ $0.isLetter || $0.isNumber || marks.contains($0) }) else {
      return false
    }
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count > 1 && labels.allSatisfy { isLabel($0) }
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
      && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
  }

  private static func isNamedEmail(_ text: String) -> Bool {
    guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
      return isEmail(text[...])
    }
    return isEmail(text[text.index(after: open)...].dropLast())
  }

  private static func isURL(_ text: String, schemes: [String]?) -> Bool {
    guard let colon = text.firstIndex(of: ":") else { return false }
    let scheme = text[..<colon].lowercased()
    guard let first = scheme.first, first.isLetter, first.isASCII,
      scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return false }
    if let schemes, !schemes.contains(scheme) { return false }
    let rest = text[text.index(after: colon)...]
    guard !text.contains(where: \.isNewline) else { return false }
    guard schemes != nil || ["http", "https", "ftp", "ws", "wss"].contains(scheme) else {
      return !rest.isEmpty
    }
    let authority = rest.drop { $0 == "/" }.prefix { !"/?#".contains($0) }
    let host = authority.split(separator: "@").last ?? ""
    let name = host.hasPrefix("[") ? host : host.prefix { $0 != ":" }
    let port = host.hasPrefix("[") ? "" : host.dropFirst(name.count + 1)
    guard !name.isEmpty, !name.contains(" "), text.utf8.count <= 65_536 else { return false }
    return port.isEmpty || (Int(port).map { (0...65_535).contains($0) } ?? false)
  }
}
