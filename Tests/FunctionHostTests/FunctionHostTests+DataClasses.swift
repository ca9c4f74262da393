import Diagnostics
import Language
import Model
import Resources
import Testing

extension FunctionHostTests {
  /// Data classes, references, log lines and what is missing.
  static let addresses = """
    entity Address extends std::Dataclass:
      string street
      int number = 1
      string[] tags = []
      dict more = {}
      string? town = null
    end
    entity Office extends Address:
      int floor = 0
    end
    implement Address using std::none
    implement Office using std::none
    """

  static let addressCode = """
    import dataclasses
    import logging
    from inmanta.plugins import deprecated, plugin
    from inmanta.references import Reference, reference

    @dataclasses.dataclass(frozen=True)
    class Address:
        street: str
        number: int
        tags: list[str]
        more: dict[str, object]
        town: str | None

    @dataclasses.dataclass(frozen=True)
    class Office(Address):
        floor: int

    @reference("demo::Secret")
    @dataclasses.dataclass(frozen=True)
    class Secret(Reference[str]):
        name: str

        def resolve(self, logger: object) -> str:
            return "never here"

    @plugin
    def make(street: "string") -> Address:
        return Address(street, 4, ["a"], {"k": 1}, None)

    @plugin
    def broken(street: "string") -> Address:
        return Address(street, "4", [], {}, None)

    @plugin
    def show(address: Address) -> "string":
        return f"{type(address).__name__} {address.street} {address.number}"

    @plugin
    def floor(address: Address) -> "int":
        return address.floor

    @plugin
    def secret(name: "string") -> Reference[str]:
        return Secret(name)

    @plugin
    def same(value: str | Reference[str]) -> str | Reference[str]:
        return value

    @plugin
    def is_reference(value: str | Reference[str]) -> "bool":
        return isinstance(value, Secret)

    @plugin
    def length(value: "string") -> "int":
        return len(value)

    @plugin
    def warn() -> "int":
        logging.getLogger("demo").info("nothing")
        logging.getLogger("demo").warning("careful: %s", 5)
        return 1

    @deprecated(replaced_by="demo::make")
    @plugin
    def old() -> "int":
        return 1
    """

  func addresses(_ main: String, code: String = Self.addressCode) async throws -> CompileResult {
    try await compile("import demo\n" + main, model: Self.addresses, code: code)
  }

  @Test func `objects of data classes and instances stand for each other`() async throws {
    let result = try await addresses(
      """
      a = demo::make("main")
      std::print([a.street, a.number, a.tags, a.more, a.town])
      std::print(demo::show(a))
      std::print(demo::show(demo::Address(street=late)))
      late = "side"
      std::print(demo::floor(demo::Office(street="x", floor=7)))
      std::print(a == demo::make("main"))
      """)
    #expect(result.diagnostics.isEmpty)
    #expect(
      result.printed.split(separator: "\n").sorted() == [
        "7", "@['main', 4, 'a', {'k': 1}, null]", "Address main 4", "Address side 1", "False",
      ])
  }

  @Test(arguments: [
    ("number: int", "number: str", "the field `number`"), ("(frozen=True)", "", "not a frozen"),
    ("town: str | None", "town: str | None\n    country: str", "has the field `country`"),
    ("    tags: list[str]\n", "", "has no field `tags`"),
  ])
  func `a data class that differs from its entity is found`(
    _ old: String, _ new: String, _ reason: String
  ) async throws {
    let result = try await addresses(
      "x = demo::warn()",
      code: Self.addressCode.replacing(old, with: new, maxReplacements: 1)
        .replacing(
          "@dataclasses.dataclass(frozen=True)\nclass Office(Address):\n    floor: int", with: ""))
    let found = try #require(result.diagnostics.first { $0.severity == .error })
    #expect(found.id == "dataclass-mismatch")
    #expect(found.title.contains(reason), "\(found.title)")
  }

  @Test func `a field of the wrong type is found when the instance is made`() async throws {
    let result = try await addresses("x = demo::broken(\"a\")")
    #expect(result.diagnostics.map(\.id) == ["type-mismatch"])
  }

  @Test func `references go through models and back into functions`() async throws {
    let result = try await addresses(
      """
      s = demo::secret("password")
      s = demo::secret("password")
      t = demo::same(s)
      t = s
      std::print([demo::is_reference(s), demo::is_reference("text")])
      a = demo::Address(street=s, tags=[s], more={"k": s})
      """)
    #expect(result.diagnostics.isEmpty, "\(result.diagnostics)")
    #expect(result.printed == "@[True, False]\n")
    let instance = try #require(result.model.instances.first)
    let expected = Value.reference(type: "demo::Secret", arguments: ["name": "password"])
    #expect(instance.values == [expected, 1, [expected], ["k": expected], .null])
  }

  @Test(arguments: [
    ("demo::length(s)", "wrong-arguments"), ("std::upper(s)", "unexpected-reference"),
    ("demo::Address(street=\"a\", number=s)", "type-mismatch"),
    ("demo::show(demo::Address(street=s))", "function-failed"),
  ])
  func `references are refused where a value is needed`(_ call: String, _ id: String) async throws {
    let result = try await addresses("s = demo::secret(\"a\")\nx = \(call)")
    #expect(result.diagnostics.map(\.id.rawValue) == [id])
  }

  @Test func `warnings that code logs, and calls of deprecated functions, are said`() async throws {
    let result = try await addresses("x = demo::warn()\ny = demo::old()\n")
    #expect(result.succeeded)
    let warnings = result.diagnostics.map { "\($0.id) \($0.title)" }.sorted()
    #expect(
      warnings == [
        "deprecated-function function `demo::old` is deprecated",
        "function-log `demo::warn` logs: careful: 5",
      ])
    #expect(result.diagnostics.contains { $0.help == ["use demo::make instead"] })
  }

  @Test func `a missing Python package is named`() async throws {
    let result = try await compile(
      "import demo\nx = demo::f()", code: "import no_such_package_here\n")
    let found = try #require(result.diagnostics.first)
    #expect(found.id == "missing-package")
    #expect(found.title.contains("`no_such_package_here`"))
    #expect(found.help.first?.contains("--python") == true)
  }
}
