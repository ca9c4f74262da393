import Diagnostics
import Language
import Testing

/// A small generator with a fixed seed, so that failures repeat.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

@Suite struct RobustnessTests {
  static let sample = """
    \"\"\"docs\"\"\"
    import std::sub as s
    entity Host extends std::Entity, m::B:
      \"\"\"entity\"\"\"
      string name = "a\\n{{b}}"
      dict? d = {"k": [1, 2.5], r"x": null}
      int[]? l = [1, -2,]
      bool b = undef
    end
    Host.files [0:] -- File.host [1:2] \"\"\"rel\"\"\"
    typedef port as int matching self > 0 and self < 65536
    typedef word as string matching /^[a-z]+$/
    index Host(name)
    implementation i for Host:
      for x in [y for y in self.l if y > 2]:
        if x is defined and not x in [1]:
          self.files += File(path=f"{x!r:>{w}}", **extra)
        elif x == 2 ? true : false:
          z = m::f(1, a=2)["k"]
        else:
          q = Host[name="é😀"].x
        end
      end
    end
    implement Host using i, parents when std::count(self.files) > 0
    h = Host(name='x')
    v = h.files[path="a"]
    """

  @Test func `every prefix and suffix of a file is survived`() {
    let bytes = Array(Self.sample.utf8)
    for length in 0...bytes.count {
      _ = Parsed(bytes: Array(bytes[..<length]))
      _ = Parsed(bytes: Array(bytes[length...]))
    }
  }

  @Test(arguments: 0..<20)
  func `random bytes are survived`(seed: Int) {
    var generator = SeededGenerator(state: UInt64(seed))
    for _ in 0..<100 {
      let count = Int.random(in: 0..<200, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = Parsed(bytes: bytes)
    }
  }

  @Test(arguments: 0..<20)
  func `mutated tokens are survived and rendered`(seed: Int) {
    var generator = SeededGenerator(state: UInt64(seed) &+ 1_000)
    let words = Self.sample.split(separator: " ", omittingEmptySubsequences: false)
      .flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    for _ in 0..<50 {
      var mutated = words
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<mutated.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: mutated.remove(at: place)
        case 1: mutated.insert(words.randomElement(using: &generator) ?? "", at: place)
        default:
          mutated.swapAt(place, Int.random(in: 0..<mutated.count, using: &generator))
        }
      }
      let parsed = Parsed(mutated.joined(separator: "\n"))
      for diagnostic in parsed.diagnostics {
        #expect(!DiagnosticRenderer(map: parsed.map).render(diagnostic).isEmpty)
        #expect(DiagnosticRecord(diagnostic, in: parsed.map).line >= 1)
      }
    }
  }

  @Test(arguments: [
    "(", "[", "{\"a\": ", "not ", "f(", "A(x=", "if a:\n", "a ? ", "a[", "for x in y:\n",
  ])
  func `endless nesting is a diagnostic`(opening: String) {
    let parsed = Parsed(String(repeating: opening, count: 100_000))
    #expect(parsed.diagnostics.contains { $0.id == "nesting-too-deep" })
  }

  @Test(arguments: [" + 1", ".b", "[\"k\"]", " and a", " in b"])
  func `endless chains are a diagnostic`(link: String) {
    let parsed = Parsed("x = a" + String(repeating: link, count: 100_000))
    #expect(parsed.diagnostics.contains { $0.id == "nesting-too-deep" })
  }

  @Test func `nesting up to the limit is accepted`() {
    let depth = Parser.Limits().nestingMax - 2
    let text =
      "x = " + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth)
    #expect(Parsed(text).errors == [])
  }

  @Test func `a string of ten megabytes is read whole`() throws {
    let body = String(repeating: "0123456789", count: 1_000_000)
    let parsed = Parsed("x = \"\(body)\"")
    guard case .assignVariable(_, let value) = try #require(parsed.file.statements.first).kind,
      case .string(let string) = value.kind
    else { throw TestFailure() }
    #expect(string.utf8.count == 10_000_000)
  }

  @Test(arguments: [
    "\"\"\"", "\"", "f\"{", "{{", "'\\", "\"\"\"{{ ", "matching /", "f\"{a:{", "\\",
  ])
  func `repeated openings are read in linear time`(opening: String) {
    _ = Parsed("x = " + String(repeating: opening, count: 50_000))
  }
}
