internal import Resources

/// JSON to values and back.
enum JSONText {
  /// How deep arrays and objects may nest.
  static let depthMax = 200

  static func write(
    _ value: Datum, _ engine: inout Engine, at place: PlaceID
  ) throws(Interruption) -> String {
    switch value {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .integer, .bigInteger: return engine.repr(value)
    case .float(let number):
      guard number.isFinite else {
        return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
      }
      return PythonText.float(number)
    case .string(let id): return quoted(engine.program.heap.strings.string(id))
    case .list:
      var parts: [String] = []
      for item in engine.items(value) { parts.append(try write(item, &engine, at: place)) }
      return "[" + parts.joined(separator: ", ") + "]"
    case .dictionary(let dictionary):
      var parts: [String] = []
      for (key, item) in engine.program.heap.pairs(dictionary) {
        parts.append(
          quoted(engine.program.name(key)) + ": " + (try write(item, &engine, at: place)))
      }
      return "{" + parts.joined(separator: ", ") + "}"
    default:
      throw engine.failure("\(engine.describe(value)) cannot be written as JSON", at: place)
    }
  }

  private static func quoted(_ text: String) -> String {
    var output = ""
    Value.appendJSONString(text, to: &output)
    var result = ""
    for scalar in output.unicodeScalars {
      if scalar.isASCII {
        result.unicodeScalars.append(scalar)
      } else {
        for unit in Array(String(scalar).utf16) {
          let hex = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
      }
    }
    return result
  }

  static func parse(
    _ text: String, _ engine: inout Engine, at place: PlaceID
  ) throws(Interruption) -> Datum {
    var reader = Reader(bytes: Array(text.utf8))
    do throws(Malformed) {
      let value = try reader.value(&engine, depth: 0)
      reader.skipSpace()
      guard reader.index == reader.bytes.count else { throw Malformed(offset: reader.index) }
      return value
    } catch {
      throw engine.failure("the text is no JSON: error at byte \(error.offset)", at: place)
    }
  }

  private struct Malformed: Error {
    var offset: Int
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func skipSpace() {
      while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
      guard bytes[index...].starts(with: text.utf8) else { return false }
      index += text.utf8.count
      return true
    }

    mutating func value(_ engine: inout Engine, depth: Int) throws(Malformed) -> Datum {
      skipSpace()
      guard index < bytes.count, depth < depthMax else { throw Malformed(offset: index) }
      switch bytes[index] {
      case 0x22: return engine.datum(try string())
      case 0x5B: return try array(&engine, depth)
      case 0x7B: return try object(&engine, depth)
      default:
        if take("null") { return .null }
        if take("true") { return .bool(true) }
        if take("false") { return .bool(false) }
        // Python reads what it writes, beyond the standard.
        if take("NaN") { return .float(.nan) }
        if take("Infinity") { return .float(.infinity) }
        if take("-Infinity") { return .float(-.infinity) }
        return try number(&engine)
      }
    }

    private mutating func array(
      _ engine: inout Engine, _ depth: Int
    ) throws(Malformed) -> Datum {
      index += 1
      var values: [Datum] = []
      skipSpace()
      if take("]") { return engine.datum(values) }
      while true {
        values.append(try value(&engine, depth: depth + 1))
        skipSpace()
        if take("]") { return engine.datum(values) }
        guard take(",") else { throw Malformed(offset: index) }
      }
    }

    private mutating func object(
      _ engine: inout Engine, _ depth: Int
    ) throws(Malformed) -> Datum {
      index += 1
      var pairs: [(StringID, Datum)] = []
      skipSpace()
      if take("}") { return .dictionary(engine.program.heap.dictionary(pairs)) }
      while true {
        skipSpace()
        guard index < bytes.count, bytes[index] == 0x22 else { throw Malformed(offset: index) }
        let key = engine.program.heap.strings.intern(try string())
        skipSpace()
        guard take(":") else { throw Malformed(offset: index) }
        let item = try value(&engine, depth: depth + 1)
        if let known = pairs.firstIndex(where: { $0.0 == key }) {
          pairs[known].1 = item
        } else {
          pairs.append((key, item))
        }
        skipSpace()
        if take("}") { return .dictionary(engine.program.heap.dictionary(pairs)) }
        guard take(",") else { throw Malformed(offset: index) }
      }
    }

    private mutating func number(_ engine: inout Engine) throws(Malformed) -> Datum {
      let start = index
      while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
      let text = String(decoding: bytes[start..<index], as: UTF8.self)
      if !text.hasPrefix("+"), let whole = BigInteger(decimal: text) {
        return engine.program.heap.integer(whole)
      }
      guard let double = Double(text) else { throw Malformed(offset: start) }
      return .float(double)
    }

    private mutating func string() throws(Malformed) -> String {
      index += 1
      var result: [UInt8] = []
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case 0x22: return String(decoding: result, as: UTF8.self)
        case 0x5C: result += Array(String(try escape()).utf8)
        case ..<0x20: throw Malformed(offset: index)
        default: result.append(byte)
        }
      }
      throw Malformed(offset: index)
    }

    private mutating func escape() throws(Malformed) -> Unicode.Scalar {
      guard index < bytes.count else { throw Malformed(offset: index) }
      let byte = bytes[index]
      index += 1
      switch byte {
      case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"):
        let first = try hex()
        if (0xD800..<0xDC00).contains(first), take("\\u") {
          let second = try hex()
          let code = 0x10000 + ((first - 0xD800) << 10) + (second &- 0xDC00)
          return Unicode.Scalar(code) ?? "\u{FFFD}"
        }
        return Unicode.Scalar(first) ?? "\u{FFFD}"
      default: throw Malformed(offset: index)
      }
    }

    private mutating func hex() throws(Malformed) -> UInt32 {
      guard index + 4 <= bytes.count,
        let value = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
      else { throw Malformed(offset: index) }
      index += 4
      return value
    }
  }
}
