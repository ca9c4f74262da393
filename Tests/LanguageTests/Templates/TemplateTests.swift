import Diagnostics
import Foundation
import Testing

@testable import Language

/// The names that the tests' templates use.
struct TestEnvironment: TemplateEnvironment {
  struct NotYet: Error {}

  static var values: [String: TemplateValue] {
    [
      "name": .string("web"), "n": .integer(3), "x": .float(1.5), "one": .float(1),
      "yes": .boolean(true),
      "nothing": .none, "empty": .list([]), "word": .string("it's é"),
      "l": .list([.integer(3), .integer(1), .integer(2)]),
      "words": .list([.string("b"), .string("A"), .string("c"), .string("a")]),
      "d": .dictionary([("b", .integer(1)), ("a", .string("two"))]),
      "users": .list([
        .dictionary([("name", .string("ann")), ("age", .integer(30)), ("admin", .boolean(true))]),
        .dictionary([("name", .string("bob")), ("age", .integer(20)), ("admin", .boolean(false))]),
      ]),
      "text": .string("one\ntwo\n\nthree"), "html": .string("<a href='x'>&\"</a>"),
    ]
  }

  func variable(_ name: String) throws -> TemplateValue? {
    if name == "later" { throw NotYet() }
    return Self.values[name]
  }

  func filter(
    _ name: String, _ value: TemplateValue, _ arguments: [TemplateValue],
    _ keywords: [(name: String, value: TemplateValue)]
  ) throws -> TemplateValue? {
    name == "m.shout" ? .string(value.text.uppercased() + "!") : nil
  }
}

@Suite struct TemplateTests {
  static func render(_ text: String) throws -> String {
    var map = SourceMap()
    return try Template.parse(map.add(path: "t.j2", text: text)).render(TestEnvironment())
  }

  /// Template and what Jinja2 makes of it.
  static let rows: [(String, String)] = [
    ("plain\n", "plain"), ("plain\n\n", "plain\n"), ("{{ name }} {{ n }}", "web 3"),
    ("{{ x }} {{ one }} {{ yes }} {{ nothing }}", "1.5 1.0 True None"),
    ("{{ l }} {{ d }} {{ word }}", "[3, 1, 2] {'b': 1, 'a': 'two'} it's é"),
    ("{{ [word, 'q'] }}", "[\"it's é\", 'q']"),
    ("a {# comment #} b", "a  b"), ("a {#- comment -#} b", "ab"),
    ("a\n {%- if yes %} b {%- endif -%} \n c", "a bc"), ("{{- name -}} x", "webx"),
    ("{% if n > 5 %}a{% elif n == 3 %}b{% else %}c{% endif %}", "b"),
    ("{% if empty %}a{% else %}b{% endif %}", "b"),
    ("{% for i in l %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "3,1,2"),
    ("{% for i in empty %}x{% else %}none{% endfor %}", "none"),
    ("{% for i in l if i > 1 %}{{ loop.index }}:{{ i }} {% endfor %}", "1:3 2:2 "),
    ("{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "b=1;a=two;"),
    ("{% for k in d %}{{ k }}{% endfor %}", "ba"),
    (
      "{% for i in l %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.length }} {% endfor %}",
      "03True3 12False3 21False3 "
    ),
    ("{% for i in l %}{{ loop.cycle('a', 'b') }}{% endfor %}", "aba"),
    (
      "{% for i in l %}{{ loop.previtem|default('-') }}{{ loop.nextitem|default('-') }} {% endfor %}",
      "-1 32 1- "
    ),
    ("{% set y = 5 %}{{ y }}{% for i in l %}{% set y = i %}{% endfor %}{{ y }}", "55"),
    ("{% set a, b = [1, 2] %}{{ a }}{{ b }}", "12"),
    ("{% set y %}<{{ n }}>{% endset %}{{ y }}", "<3>"),
    ("{% if yes %}{% set y = 1 %}{% endif %}{{ y }}", "1"),
    ("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}", "3"),
    ("{% filter upper %}a{{ name }}{% endfilter %}", "AWEB"),
    ("{% raw %}{{ x }} {% y %}{% endraw %}", "{{ x }} {% y %}"),
    (
      "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }}",
      "7 9 3.5 3 -4 2"
    ),
    ("{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 2 ** -1 }} {{ 10 / 5 }}", "64 4 0.5 2.0"),
    ("{{ 'a' ~ 1 ~ true }} {{ 'a' * 3 }} {{ 'a' + 'b' }} {{ [1] + [2] }}", "a1True aaa ab [1, 2]"),
    (
      "{{ 1 < 2 < 3 }} {{ 1 == 1.0 }} {{ 'a' in 'cat' }} {{ 2 in l }} {{ 'z' not in d }}",
      "True True True True True"
    ),
    (
      "{{ not yes }} {{ yes and n }} {{ nothing or 'x' }} {{ 'a' if n > 1 else 'b' }}",
      "False 3 x a"
    ),
    (
      "{{ l[0] }} {{ l[-1] }} {{ l[1:] }} {{ name[::-1] }} {{ d['a'] }} {{ d.b }} {{ users[0].name }} {{ l[:2] }}",
      "3 2 [1, 2] bew two 1 ann [3, 1]"
    ),
    (
      "{{ missing | default('x') }} {{ '' | default('y', true) }} {{ d.zzz | default(1) }}", "x y 1"
    ),
    (
      "{{ missing is defined }} {{ n is defined }} {{ nothing is none }} {{ d.q is undefined }}",
      "False True True True"
    ),
    (
      "{{ n is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ n is number }} {{ name is string }} {{ d is mapping }} {{ l is sequence }}",
      "True True True True True True True"
    ),
    (
      "{{ n is not string }} {{ n is eq 3 }} {{ n in [3] }} {{ 'ab' is lower }} {{ 2 is in [1, 2] }}",
      "True True True True True"
    ),
    (
      "{{ l | join(', ') }} {{ l | sort | join }} {{ l | sort(reverse=true) | first }} {{ l | last }}",
      "3, 1, 2 123 3 2"
    ),
    (
      "{{ words | sort }} {{ words | unique | list }} {{ words | sort(case_sensitive=true) }}",
      "['A', 'a', 'b', 'c'] ['b', 'A', 'c'] ['A', 'a', 'b', 'c']"
    ),
    (
      "{{ name | upper }} {{ 'ABC' | lower }} {{ 'aB c' | capitalize }} {{ 'a b-c' | title }}",
      "WEB abc Ab c A B-C"
    ),
    ("{{ ' a ' | trim }}|{{ 'xax' | trim('x') }} {{ 'aaa' | replace('a', 'b', 2) }}", "a|a bba"),
    (
      "{{ text | indent }}|{{ text | indent(2, true) }}|{{ text | indent('> ', blank=true) }}",
      "one\n    two\n\n    three|  one\n  two\n\n  three|one\n> two\n> \n> three"
    ),
    (
      "{{ l | length }} {{ 'é1' | count }} {{ l | sum }} {{ l | min }} {{ l | max }} {{ l | reverse | list }}",
      "3 2 6 1 3 [2, 1, 3]"
    ),
    (
      "{{ '42' | int + 1 }} {{ 'z' | int }} {{ 'z' | int(7) }} {{ '3.9' | int }} {{ '1.5' | float }} {{ 2.5 | round }} {{ 2.567 | round(2) }} {{ 2.1 | round(method='ceil') }}",
      "43 0 7 3 1.5 2.0 2.57 3.0"
    ),
    (
      "{{ users | map(attribute='name') | join(',') }} {{ words | map('upper') | list }}",
      "ann,bob ['B', 'A', 'C', 'A']"
    ),
    (
      "{{ users | selectattr('admin') | map(attribute='name') | list }} {{ users | rejectattr('age', 'gt', 25) | map(attribute='name') | list }}",
      "['ann'] ['bob']"
    ),
    (
      "{{ l | select('odd') | list }} {{ l | reject('gt', 1) | list }} {{ users | sort(attribute='age') | map(attribute='name') | list }}",
      "[3, 1] [1] ['bob', 'ann']"
    ),
    (
      "{% for k, v in d | dictsort %}{{ k }}{{ v }} {% endfor %}{{ d.keys() | list }} {{ d.get('q', 5) }} {{ d | length }}",
      "atwo b1 ['b', 'a'] 5 2"
    ),
    (
      "{{ html | e }} {{ d | tojson }} {{ '%s-%03d-%.2f' | format('a', 7, 1.005) }} {{ '%5s|%-5s|' % ('a', 'b') }}",
      "&lt;a href=&#39;x&#39;&gt;&amp;&#34;&lt;/a&gt; {\"a\": \"two\", \"b\": 1} a-007-1.00     a|b    |"
    ),
    (
      "{{ [1,2,3,4,5] | batch(2) | list }} {{ 'a b c' | wordcount }} {{ 'hello big world' | truncate(10) }} {{ 'hello big wide world' | truncate(10) }}",
      "[[1, 2], [3, 4], [5]] 3 hello big world hello..."
    ),
    ("{% for i in range(3) %}{{ i }}{% endfor %}{{ range(1, 10, 4) | list }}", "012[1, 5, 9]"),
    (
      "{{ 'a,b'.split(',') }} {{ name.upper() }} {{ name.startswith('w') }} {{ ','.join(['x', 'y']) }} {{ ' q '.strip() }}",
      "['a', 'b'] WEB True x,y q"
    ),
    (
      "{{ -1 | abs }} {{ 'a' 'b' }} {{ 1e3 }} {{ 1_000 }} {{ {'a': [1, none]} }} {{ 'x' if false }}",
      "1 ab 1000.0 1000 {'a': [1, None]} "
    ),
    ("{{ '{{' }} {{ \"a\\nb\" }} { % {", "{{ a\nb { % {"),
    ("{% for i in l %}\n{{ i }}\n{% endfor %}\nend", "\n3\n\n1\n\n2\n\nend"),
  ]

  @Test(arguments: rows)
  func `renders as Jinja2 does`(text: String, expected: String) throws {
    #expect(try Self.render(text) == expected)
  }

  @Test func `filters of modules are asked for`() throws {
    #expect(try Self.render("{{ name | m.shout }}") == "WEB!")
  }

  @Test func `what the environment throws passes through`() {
    #expect(throws: TestEnvironment.NotYet.self) { try Self.render("a {{ later }}") }
  }

  @Test(arguments: [
    ("a\n{{ missing }}", 2, "template-value"), ("{{ d.x.y }}", 1, "template-value"),
    ("{% if missing %}{% endif %}", 1, "template-value"), ("{{ n }\n", 1, "template-syntax"),
    ("\n\n{% if n %}", 3, "template-syntax"), ("{% endif %}", 1, "template-syntax"),
    ("{{ }}", 1, "template-syntax"), ("{{ 1 + }}", 1, "template-syntax"),
    ("{% include 'x' %}", 1, "template-unsupported"),
    ("{% macro f() %}{% endmacro %}", 1, "template-unsupported"),
    ("{{ n | nosuch }}", 1, "template-unsupported"),
    ("{{ n is nosuch }}", 1, "template-unsupported"),
    ("{{ nosuch() }}", 1, "template-unsupported"), ("{{ 1 / 0 }}", 1, "template-value"),
    ("{{ 'a' + 1 }}", 1, "template-value"), ("{{ 'a' < 1 }}", 1, "template-value"),
    ("{% for i in n %}{% endfor %}", 1, "template-value"), ("{# a", 1, "template-syntax"),
    ("{% raw %}", 1, "template-syntax"), ("{{ 'abc }}", 1, "template-syntax"),
    ("{{ 9223372036854775807 + 1 }}", 1, "template-value"),
    ("{{ range(10 ** 12) }}", 1, "template-value"),
    ("{{ 'a' * 10 ** 12 }}", 1, "template-value"), ("{{ ~ }}", 1, "template-syntax"),
    (
      "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", 1,
      "template-value"
    ),
  ])
  func `mistakes are diagnostics with the template's line`(text: String, line: Int, id: String) {
    var map = SourceMap()
    let source = map.add(path: "t.j2", text: text)
    let error = #expect(throws: Diagnostic.self) {
      try Template.parse(source).render(
        TestEnvironment(), limits: Template.Limits(stepsMax: 100_000))
    }
    #expect(error?.id.rawValue == id)
    #expect(error?.span.map { map.line(of: $0) } == line)
  }

  @Test(arguments: [
    "(", "[", "-", "not ", "{% if a %}", "{{ a", "{'a':", "a|b", "a.b", "1+", "a if ", "{%", "{#",
  ])
  func `endless nesting in templates is a diagnostic`(opening: String) {
    let text =
      (opening.hasPrefix("{%") || opening.hasPrefix("{#") ? "" : "{{ ")
      + String(repeating: opening, count: 20_000)
    #expect(throws: Diagnostic.self) { try Self.render(text) }
  }
}
