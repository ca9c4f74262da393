import Diagnostics
import Language
import Model
import Resources
import Testing

@Suite struct `The engine` {
  static let website = """
    host = std::Host(name="web1", os=std::linux)
    folder = std::Directory(host=host, path="/srv")
    for name in ["b", "a"]:
      std::File(host=host, path="/srv/{{name}}", content="I am {{name}}", requires=folder)
    end
    set = std::ResourceSet(name="all", resources=[folder])
    """

  @Test func `hands over instances with values, relations and places`() throws {
    let result = compile(Self.website)
    #expect(result.succeeded)
    let files = result.model.instances.filter {
      result.model.entityType(of: $0).name == "std::File"
    }
    #expect(
      files.map { result.model.value(of: "path", in: $0) } == [
        .string("/srv/b"), .string("/srv/a"),
      ])
    let first = try #require(files.first)
    #expect(result.model.value(of: "owner", in: first) == .null)
    #expect(first.locations.map(\.line) == [4])
    let requires = try #require(result.model.targets(of: "requires", in: first))
    #expect(
      requires.map { result.model.entityType(of: result.model[$0]).name } == ["std::Directory"])
    let type = result.model.entityType(of: first)
    #expect(type.isKind(of: "std::PurgeableResource"))
    #expect(type.ancestors.last == "std::Entity")
    #expect(result.model.resourceSets.map(\.name) == ["all"])
    #expect(result.model.resourceSets.first?.members.count == 1)
  }

  @Test func `numbers that no value can hold are not rounded but marked`() throws {
    let result = compile(
      """
      entity A:
        int n
        dict d = {}
      end
      implement A using std::none
      A(n=2 ** 64)
      A(n=2 ** 62, d={"k": -2 ** 63})
      A(n=1, d={"k": [0, 2 ** 200]})
      """)
    #expect(
      result.model.instances.prefix(3).map(\.unportable) == [
        [0: "18446744073709551616 does not fit the 64 bits of whole numbers"], [:],
        [1: "16069380442589902755… (61 digits) does not fit the 64 bits of whole numbers"],
      ])
    #expect(result.model.instances[0].values[0] == .null)
    #expect(result.model.instances[1].values[0] == .int(1 << 62))
  }

  @Test func `gives the same model every time`() {
    let first = compile(Self.website)
    let second = compile(Self.website)
    #expect("\(first.model.instances)" == "\(second.model.instances)")
    #expect(first.model.entityTypes.map(\.name) == second.model.entityTypes.map(\.name))
  }

  @Test func `compiles a chain of 50,000 without recursion`() {
    var text = "entity Step:\n string name\nend\nindex Step(name)\nimplement Step using std::none\n"
    text += "s0 = Step(name=\"0\")\n"
    for index in 1..<50_000 {
      text += "s\(index) = Step(name=\"\(index)\", requires=s\(index - 1))\n"
    }
    #expect(compile(text).succeeded)
  }

  @Test(arguments: [
    ModelRow(
      "instances",
      "entity A:\nend\nimplementation i for A:\n A()\nend\nimplement A using i\nA()",
      .fails("instance-limit", line: 4)),
    ModelRow(
      "steps",
      "entity A:\n int n\nend\nimplement A using std::none\nA.l [0:] -- A\na = A(n=0, l=A(n=1))\n"
        + "for x in a.l:\n a.l += A(n=x.n + 1)\nend", .fails("instance-limit", line: 8)),
    ModelRow("integers", "x = 10 ** 1000000", .fails("integer-limit", line: 1)),
    ModelRow("lists", "x = std::sequence(1000000000)", .fails("list-limit", line: 1)),
  ])
  func `stops at limits`(row: ModelRow) {
    var limits = CompilerLimits()
    limits.instancesMax = 10_000
    #expect(compile(row.model, limits: limits).outcome == row.outcome)
  }

  @Test func `ends when it is cancelled`() {
    let model = "entity A:\nend\nimplementation i for A:\n A()\nend\nimplement A using i\nA()"
    let result = Compiler(files: MemoryProject(main: model), isCancelled: { true }).compile()
    #expect(result.outcome == .fails("cancelled", line: 0))
  }

  @Test func `lets a project say which relation is complete first`() throws {
    var limits = CompilerLimits()
    let rule = try #require(
      RelationPrecedenceRule("__config__::A.lst before __config__::A.optional"))
    limits.relationPrecedence = [rule]
    let model = `Traps of the language`.gradual(isReversed: false)
    #expect(compile(model, limits: limits).outcome == .compiles)
  }

  @Test func `reports several independent errors of definitions`() {
    let result = compile("entity A:\n nothing x\nend\nentity B extends Gone:\nend\nindex C(x)\n")
    #expect(result.diagnostics.map(\.id.rawValue) == ["unknown-type"])
    let other = compile(
      "entity A:\n nothing x\nend\nentity B:\n gone y\nend\n")
    #expect(other.diagnostics.compactMap { $0.span.map { other.sources.line(of: $0) } } == [2, 5])
  }

  @Test func `reports every incomplete attribute with its declaration`() {
    let result = compile(
      "entity A:\n string x\n string y\nend\nimplement A using std::none\nA()")
    #expect(result.diagnostics.map(\.id.rawValue) == ["attribute-not-set", "attribute-not-set"])
    #expect(result.diagnostics.first?.labels.first.map { result.sources.line(of: $0.span) } == 2)
  }

  @Test(arguments: [
    ("entity A:\nend\na = A(nam=1)", "unknown-attribute", "`__config__::A` has no attribute `nam`"),
    ("entitie = 1\nx = entitee", "unknown-variable", "did you mean `entitie`?"),
    ("import stdd", "module-not-found", "did you mean `std`?"),
    ("x = m::f()", "missing-import", "add `import m`"),
  ])
  func `says what to do`(model: String, id: String, text: String) {
    let result = compile(model)
    let first = result.diagnostics.first { $0.severity == .error }
    #expect(first?.id.rawValue == id)
    #expect(first.map { $0.title + ($0.help.first ?? "") }?.contains(text) == true)
  }

  @Test(arguments: [
    ModelRow(
      "a cycle of entities", "entity A extends B:\nend\nentity B extends A:\nend",
      .fails("inheritance-cycle", line: 3)),
    ModelRow(
      "a parent twice", "entity P:\nend\nentity A extends P, P:\nend",
      .fails("invalid-parent", line: 3)),
    ModelRow(
      "an entity twice", "entity A:\nend\nentity A:\nend", .fails("duplicate-definition", line: 3)),
    ModelRow(
      "an attribute twice", "entity A:\n int x\n int x\nend",
      .fails("duplicate-definition", line: 2)),
    ModelRow(
      "another type in a child", "entity A:\n int x\nend\nentity B extends A:\n string x\nend",
      .fails("incompatible-attribute", line: 5)),
    ModelRow(
      "a default of another type", "entity A:\n int x = \"a\"\nend",
      .fails("type-mismatch", line: 2)),
    ModelRow(
      "a typedef without self", "typedef t as int matching 1 == 1",
      .fails("invalid-typedef", line: 1)),
    ModelRow(
      "an index on a list", "entity A:\n int[] x\nend\nindex A(x)", .fails("invalid-index", line: 4)
    ),
    ModelRow(
      "an index on nothing", "entity A:\nend\nindex A(x)", .fails("unknown-attribute", line: 3)),
    ModelRow(
      "an implementation of another entity",
      "entity A:\nend\nentity B:\nend\nimplementation i for A:\nend\nimplement B using i",
      .fails("invalid-implementation", line: 7)),
    ModelRow(
      "parents with a condition", "entity A:\nend\nimplement A using parents when 1 == 1",
      .fails("invalid-implementation", line: 3)),
    ModelRow("an import twice", "import exec\nimport exec", .fails("duplicate-import", line: 2)),
    ModelRow(
      "a relation that exists", "entity A:\nend\nA.requires [0:] -- A",
      .fails("duplicate-definition", line: 3)),
    ModelRow(
      "a broken constraint",
      "typedef t as int matching self > 5\nentity A:\n t x\nend\nimplement A using std::none\nA(x=3)",
      .fails("constraint-violation", line: 6)),
    ModelRow(
      "a variable in a constraint, met by a default",
      "x = [1]\ntypedef t as int matching self in x\nentity A:\n t v = 1\nend",
      .fails("constraint-context", line: 2)),
    ModelRow(
      "a constraint that a default breaks",
      "typedef t as int matching self > 1\nentity A:\n t v = 1\nend",
      .fails("constraint-violation", line: 3)),
    ModelRow(
      "an ambiguous short name",
      "import m\nentity A:\nend\nentity X extends m::B:\nend\nm::H(b=Y())",
      .fails("ambiguous-type", line: 6),
      modules: [
        "m": "entity B:\nend\nentity H:\nend\nH.b [1] -- B\nimport n\n",
        "n": "import m\nentity Y extends m::B:\nend\nimport o\n",
        "o": "import m\nentity Y extends m::B:\nend\n",
      ]),
  ])
  func `refuses definitions`(row: ModelRow) { #expect(row.actual == row.outcome) }

  @Test func `renders a template with what the caller sees`() {
    let model = """
      entity A:
        string name
      end
      A.l [0:] -- A
      implement A using std::none
      a = A(name="x", l=[A(name="y"), A(name="z")])
      std::print(std::template("/t.j2"))
      std::print(std::template("/u.j2", v=3))
      """
    let result = compile(
      model,
      templates: [
        "/t.j2": "{{ a.name }}:{% for i in a.l %}{{ i.name }},{% endfor %}", "/u.j2": "{{ v + 1 }}",
      ])
    // The first call waits for the names; it runs again after the second one.
    #expect(result.outcome == .prints("4\nx:y,z,\n"))
  }

  @Test(arguments: [
    ("std::split(\"a,b\", \",\")", "@['a', 'b']"), ("std::at([1, 2], -1)", "2"),
    ("std::flatten([\"a\", \"b\"])", "@['a', 'b']"), ("std::unique([1, 1.0])", "False"),
    ("std::sequence(3, start=2)", "@[2, 3, 4]"),
    ("std::dict_keys({\"b\": 1, \"a\": 2})", "@['b', 'a']"),
    (
      "std::json_dumps({\"a\": [1, null, true, 1.5, \"é\"]})",
      "{\"a\": [1, null, true, 1.5, \"\\u00e9\"]}"
    ),
    ("std::json_loads(\"[1, 2.0, {}]\")", "@[1, 2.0, {}]"), ("std::hostname(\"a.b.c\")", "a"),
    ("std::ipindex(\"10.0.0.0/24\", 5)", "10.0.0.5"),
    ("std::netmask(\"10.0.0.1/20\")", "255.255.240.0"),
    ("std::ipindex(\"2001:db8::/64\", 1, keep_prefix=true)", "2001:db8::1/64"),
    ("std::network_address(\"10.1.2.3/16\")", "10.1.0.0"),
    ("std::add_to_ip(\"10.0.0.255\", 1)", "10.0.1.0"),
    ("std::validate_type(\"ipaddress.IPv4Address\", \"1.2.3.400\")", "False"),
    ("std::validate_type(\"datetime.date\", \"2024-02-29\")", "True"),
    ("std::capitalize(\"hELLO\")", "Hello"), ("std::limit(\"hello\", 2)", "he"),
    ("std::format(\"{0}-{k:>3}\", 1, k=2)", "1-  2"),
    ("exec::in_shell(\"it's\")", "sh -c 'it'\"'\"'s'"),
    ("std::familyof(member=std::linux, family=\"unix\")", "True"),
    ("std::split(string_list=\"a,b\", delim=\",\")", "@['a', 'b']"),
    ("std::prefixlen(addr=\"10.0.0.0/8\")", "8"),
    ("std::netmask(addr=\"::/64\")", "ffff:ffff:ffff:ffff::"),
    ("std::network_address(addr=\"10.1.1.1/8\")", "10.0.0.0"),
    ("std::item([\"ab\", \"cd\"], 1)", "@['b', 'd']"),
    ("std::replace(\"abc\", \"\", \"-\")", "-a-b-c-"), ("std::json_loads(\"NaN\")", "nan"),
    ("std::json_dumps(obj=[1])", "[1]"),
    ("std::format(\"{0[k]} {a.name} {1[0]}\", {\"k\": 5}, [7], a=std::linux)", "5 linux 7"),
    ("std::is_instance(std::linux, \"std::OS\")", "True"),
  ])
  func `has functions of std`(call: String, shown: String) {
    #expect(compile("import exec\nstd::print(\(call))").outcome == .prints(shown + "\n"))
  }
}
