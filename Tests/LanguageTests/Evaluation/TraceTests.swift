import Diagnostics
import Language
import Model
import Testing

/// Where the values of an attribute came from.
@Suite struct `Traces of values` {
  private static let model = """
    entity Site:
      string name
    end
    entity Host:
      string name
      int port = 80
    end
    entity Special extends Host:
    end
    index Host(name)
    Site.hosts [0:] -- Host.site [1]
    Host.backup [0:1] -- Host
    implementation grow for Site:
      self.hosts += Host(name="b", port=8080)
      found = Host[name="b"]
      found.port = 8080
    end
    implement Site using grow
    implement Host using std::none
    implement Special using parents
    a = Site(name="one")
    s = Special(name="x", site=a, backup=null)
    count = std::count(a.hosts)
    """

  private func trace(_ name: String, _ model: String = model) throws -> (ValueTrace, SourceMap) {
    let target = try #require(TracedAttribute(name))
    let result = Compiler(files: MemoryProject(main: model)).compile(tracing: target)
    return (try #require(result.trace, "\(result.diagnostics)"), result.sources)
  }

  private func steps(_ name: String, _ model: String = model) throws -> [[String]] {
    let (trace, sources) = try trace(name, model)
    return trace.subjects.map { subject in
      subject.steps.map { step in
        var text = "\(step.action)"
        if step.action == .set || step.action == .refused { text += " \(step.value)" }
        if step.isDefault { text += " default" }
        if step.isOtherEnd { text += " other end" }
        if let span = step.span { text += " at \(sources.line(of: span))" }
        for origin in step.origins {
          text += ", \(origin.text) at \(sources.line(of: origin.span))"
        }
        return text
      }
    }
  }

  @Test func `each assignment has its place, its instance and what led to it`() throws {
    let grow = "implementation `__config__::grow` of this `__config__::Site` at 21"
    #expect(
      try steps("Host.port") == [
        ["set 80 default at 6"],
        ["found at 15, \(grow)", "set 8080 at 14, \(grow)", "repeated at 16, \(grow)"],
      ])
    let (trace, sources) = try trace("__config__::Host.port")
    #expect(trace.subjects.map(\.entity) == ["__config__::Special", "__config__::Host"])
    #expect(trace.subjects.map(\.value) == ["80", "8080"])
    #expect(trace.subjects.map { $0.constructors.map { sources.line(of: $0) } } == [[22], [14]])
  }

  @Test func `a relation shows both ends, what merges into it and who needed all of it`() throws {
    let grow = "implementation `__config__::grow` of this `__config__::Site` at 21"
    #expect(
      try steps("Site.hosts") == [
        ["added other end at 22", "added at 14, \(grow)", "completed at 23"]
      ])
    #expect(
      try steps("Special.site") == [["set __config__::Site (instantiated at main.cf:21) at 22"]])
    #expect(try steps("Special.backup").first?.first == "emptied at 22")
  }

  @Test func `an entity below the traced one counts, one above does not`() throws {
    #expect(try trace("Special.port").0.subjects.count == 1)
    #expect(try trace("Host.port").0.subjects.count == 2)
  }

  @Test func `a model that fails is traced up to the value that was refused`() throws {
    let model = """
      entity A:
        int n
      end
      implement A using std::none
      a = A(n=1)
      a.n = 2
      """
    #expect(try steps("A.n", model) == [["set 1 at 5", "refused 2 at 6"]])
  }

  @Test func `tracing does not change what a model does`() throws {
    let plain = Compiler(files: MemoryProject(main: Self.model)).compile()
    #expect(plain.trace == nil)
    let traced = Compiler(files: MemoryProject(main: Self.model)).compile(
      tracing: TracedAttribute(entity: "Site", attribute: "hosts"))
    #expect(traced.model.instances.map { "\($0)" } == plain.model.instances.map { "\($0)" })
    #expect(traced.diagnostics == plain.diagnostics)
  }

  @Test(arguments: [
    ("Hots.port", "unknown-type", "did you mean `Host`?"),
    ("__config__::Hots.port", "unknown-type", "did you mean `__config__::Host`?"),
    ("Host.prot", "unknown-attribute", "did you mean `port`?"),
  ])
  func `a name that does not exist is an error with the closest one`(
    name: String, id: String, help: String
  ) throws {
    let target = try #require(TracedAttribute(name))
    let result = Compiler(files: MemoryProject(main: Self.model)).compile(tracing: target)
    #expect(result.trace == nil)
    #expect(result.diagnostics.map { "\($0.id)" } == [id])
    #expect(result.diagnostics.first?.help == [help])
  }

  @Test(arguments: ["", "Host", ".port", "Host.", "a.b.c"])
  func `what is no attribute is not read as one`(text: String) {
    #expect(TracedAttribute(text) == nil)
  }

  @Test func `a short name of several entities must be written out`() throws {
    let project = MemoryProject(
      main: "import m\nimport n\n",
      modules: ["m": "entity A:\n  int n\nend\n", "n": "entity A:\n  int n\nend\n"])
    let result = Compiler(files: project).compile(
      tracing: TracedAttribute(entity: "A", attribute: "n"))
    #expect(result.diagnostics.map { "\($0.id)" } == ["ambiguous-type"])
    let full = Compiler(files: project).compile(
      tracing: TracedAttribute(entity: "n::A", attribute: "n"))
    #expect(full.trace?.entity == "n::A")
  }
}

/// The bounds that a user sets by name.
@Suite struct `Limits of a compile` {
  @Test(arguments: [
    (
      "instances=3",
      "entity A:\nend\nimplement A using std::none\nfor i in std::sequence(9):\n  A()\nend\n",
      "instance-limit"
    ),
    ("steps=1", "for i in std::sequence(3000):\n  x = i + 1\nend\n", "step-limit"),
    ("string-bytes=10", "for i in std::sequence(3000):\n  x = \"{{i}}\"\nend\n", "string-limit"),
    ("list-elements=100", "for i in std::sequence(3000):\n  x = [i]\nend\n", "list-limit"),
    ("syntax-nesting=3", "a = [[[[[1]]]]]\n", "nesting-too-deep"),
    ("syntax-depth=20", "a = 1\(String(repeating: " + 1", count: 30))\n", "nesting-too-deep"),
    ("value-nesting=2", "a = {\"k\": {\"k\": {\"k\": 1}}}\n", "nesting-limit"),
    ("integer-bits=64", "a = 2 ** 100\n", "integer-limit"),
    (
      "iterations=1",
      "entity A:\nend\nA.l [0:] -- A\nimplement A using std::none\na = A()\nb = A()\n"
        + "x = std::count(a.l)\ny = std::count(b.l)\n", "iteration-limit"
    ),
    (
      "inheritance-depth=2",
      "entity A:\nend\nentity B extends A:\nend\nentity C extends B:\nend\nentity D extends C:\nend\n"
        + "entity E extends D:\nend\n", "inheritance-limit"
    ),
  ])
  func `a bound that is set is a diagnostic when it is passed`(
    setting: String, model: String, id: String
  ) throws {
    var limits = CompilerLimits()
    try limits.set(setting)
    let result = Compiler(files: MemoryProject(main: model), limits: limits).compile()
    #expect(result.diagnostics.contains { "\($0.id)" == id }, "\(result.diagnostics)")
    #expect(Compiler(files: MemoryProject(main: model)).compile().succeeded)
  }

  @Test(arguments: [
    "", "instance=3", "steps", "steps=", "steps=0", "steps=-1", "steps=1e3",
    "value-nesting=1000000", "syntax-nesting=201", "syntax-depth=501", "=3",
  ])
  func `a wrong setting is refused and changes nothing`(setting: String) {
    var limits = CompilerLimits()
    #expect(throws: CompilerLimits.SettingError.self) { try limits.set(setting) }
    #expect(limits.stepsMax == CompilerLimits().stepsMax)
  }

  @Test func `every name can be set`() throws {
    var limits = CompilerLimits()
    for name in CompilerLimits.names { try limits.set("\(name)=7") }
    #expect(limits.instancesMax == 7)
    #expect(limits.diagnosticsMax == 7)
  }
}
