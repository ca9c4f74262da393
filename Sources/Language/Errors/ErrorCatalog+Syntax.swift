extension ErrorCatalog {
  /// What the parser finds.
  static let syntax: [ErrorEntry] = [
    makeUntyped(
      .syntax, "invalid-utf8",
      "The file is not UTF-8",
      "Model files are read as UTF-8; other encodings would change what a model says.",
      fix: "Save the file as UTF-8."),
    makeUntyped(
      .syntax, "illegal-character",
      "A character that the language does not know",
      "Outside strings and comments only ASCII letters, digits and operators may stand.",
      fix: "Remove it, or put it into a string.",
      #"a = 5 $ 3"#),
    makeUntyped(
      .syntax, "unterminated-string",
      "A string without an end",
      "A string ends on its line; a multi-line string ends with three quotes.",
      fix: "Close the string.",
      #"a = "text"#),
    makeUntyped(
      .syntax, "unexpected-token",
      "Something that does not fit here",
      "What stands before allows only what the label names.",
      fix: "Look at the label; often a separator or an `end` is missing before.",
      #"a = [1 2]"#),
    makeUntyped(
      .syntax, "unexpected-end",
      "The file ends too early",
      "A block, a bracket or a statement is still open.",
      fix: "Close what is open; labels show where it begins.",
      #"""
      if true:
        a = 1
      """#),
    makeUntyped(
      .syntax, "reserved-keyword",
      "A keyword used as a name",
      "Words such as `end` or `index` have a meaning of their own.",
      fix: "Choose another name.",
      #"""
      entity A:
        int index
      end
      """#),
    makeUntyped(
      .syntax, "entity-name-case",
      "An entity name that starts with a small letter",
      "Entities start with a capital letter; everything else does not.",
      fix: "Write the name with a capital letter.",
      #"""
      entity host:
      end
      """#),
    makeUntyped(
      .syntax, "name-case",
      "A name that starts with a capital letter",
      "Only entities start with a capital letter.",
      fix: "Write the name with a small letter.",
      #"""
      entity A:
        int Size
      end
      """#),
    make(
      .syntax, .hyphenInName,
      "A hyphen in a name",
      """
      `-` is read as a letter of a name, and names with hyphens are refused where they are \
      defined.
      """,
      fix: "Rename it; for a subtraction put a space before the sign.",
      #"a-b = 1"#),
    makeUntyped(
      .syntax, "namespace-access",
      "A dot where `::` is meant",
      "A dot reads attributes; things of a namespace follow `::`.",
      fix: "Write `::`.",
      #"""
      import std
      a = std.print(1)
      """#),
    makeUntyped(
      .syntax, "null-for-dict",
      "`null` as default of a `dict`",
      "A `dict` always has a value.",
      fix: "Use `dict?`, or `{}` as default.",
      #"""
      entity A:
        dict d = null
      end
      """#),
    makeUntyped(
      .syntax, "addition-to-variable",
      "`+=` on a variable",
      "Variables take one value; `+=` adds to relations of instances.",
      fix: "Use `=` with a new variable, or name the relation.",
      #"""
      a = 1
      a += 2
      """#),
    makeUntyped(
      .syntax, "default-constructor",
      "A typedef of a constructor",
      "Default constructors were removed from the language.",
      fix: "Give the attributes of the entity defaults, or make a child entity.",
      #"typedef Small as Host(size=1)"#),
    makeUntyped(
      .syntax, "invalid-regex",
      "A regular expression that cannot be read",
      "The dialect is that of Python's `re`.",
      fix: "Correct the expression at the character that is named.",
      #"typedef word as string matching /(/"#),
    makeUntyped(
      .syntax, "interpolation-in-key",
      "Placeholders in the key of a dictionary",
      "Keys are written out; they are not evaluated.",
      fix: "Use a raw string, r\"…\", if the braces are meant.",
      #"a = {"{{k}}": 1}"#),
    makeUntyped(
      .syntax, "invalid-format-string",
      "A format string with unbalanced braces",
      "`f\"…\"` follows Python's `str.format`: braces come in pairs, `{{` is one brace.",
      fix: "Close the field, or double the brace.",
      #"""
      x = 1
      a = f"{x"
      """#),
    makeUntyped(
      .syntax, "invalid-escape",
      "An escape that is not complete",
      """
      `\\x`, `\\u` and `\\U` need two, four and eight hexadecimal digits, `\\N` a name in \
      braces.
      """,
      fix: "Complete it, or write `\\\\` for a backslash.",
      #"a = "\x4""#),
    makeUntyped(
      .syntax, "unknown-escape",
      "A warning: a backslash before a letter that is no escape",
      "The backslash stays in the value.",
      fix: "Write `\\\\` for a backslash.",
      #"a = "\d""#),
    makeUntyped(
      .syntax, "nesting-too-deep",
      "Expressions or blocks that stand in each other too deep",
      "The bound keeps the compiler's memory small on any input.",
      fix: "Give parts names of their own.",
      "a = " + String(repeating: "[", count: 210) + String(repeating: "]", count: 210)),
    makeUntyped(
      .syntax, "misplaced-definition",
      "A definition inside a block",
      "Entities, relations, imports and other definitions stand at the level of the file.",
      fix: "Move it out of the block, or close the block before it.",
      #"""
      if true:
        entity A:
        end
      end
      """#),
    makeUntyped(
      .syntax, "too-many-errors",
      "More errors in a file than are shown",
      "After many errors the rest is mostly their consequence.",
      fix: "Correct the first ones."),
    makeUntyped(
      .syntax, "template-syntax",
      "A template that cannot be read",
      "Templates follow the subset of Jinja2 that the page of templates names.",
      fix: "Correct the template at the line that is named."),
    makeUntyped(
      .syntax, "template-unsupported",
      "Something that templates cannot do here",
      "Inclusion, macros and blocks of Jinja2 are not there.",
      fix: "Write it out, or compute it in the model."),
    makeUntyped(
      .syntax, "template-value",
      "A value that a template cannot use",
      "A name without value, or a filter that does not fit the value.",
      fix: "Give the value, or test it with `is defined`."),
  ]
}
