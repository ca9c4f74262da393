extension ErrorCatalog {
  /// What is wrong with modules, names and definitions.
  static let definitions: [ErrorEntry] = [
    make(
      .definitions, .moduleNotFound,
      "A module that is not there",
      "An import names a module that is neither in the module path nor installed.",
      fix: "Install the module, or correct the name.",
      #"import nosuchmodule"#),
    make(
      .definitions, .namespaceNotFound,
      "A namespace that the file does not import",
      "Names of another namespace are visible where it is imported.",
      fix: "Add the import that the help names.",
      #"a = net::x"#),
    make(
      .definitions, .duplicateImport,
      "Two imports under one name",
      "Each name stands for one namespace in a file.",
      fix: "Remove one, or give it another name with `as`.",
      #"""
      import std as s
      import exec as s
      """#),
    make(
      .definitions, .invalidModuleName,
      "A module name with a hyphen",
      "Hyphens are not allowed in module names.",
      fix: "Use the name with `_`."),
    make(
      .definitions, .duplicateDefinition,
      "One name defined twice",
      """
      Entities, types, implementations and functions of a namespace share one table of names, \
      and attributes one for each entity.
      """,
      fix: "Rename or remove one of them.",
      #"""
      entity A:
      end
      entity A:
      end
      """#),
    make(
      .definitions, .unknownType,
      "A type, entity or implementation that is not defined",
      """
      Bare names are looked up in the file's namespace and those around it; names of `std` \
      need `std::`.
      """,
      fix: "Correct the name, or qualify it.",
      #"h = Host(name="a")"#),
    make(
      .definitions, .missingImport,
      "A qualified name whose namespace is not imported",
      "Only imported namespaces are visible in a file.",
      fix: "Add the import that the help names.",
      #"a = net::Host()"#),
    make(
      .definitions, .ambiguousType,
      "A short name that may be several entities",
      """
      A constructor inside another one may leave out the namespace only if one entity fits.
      """,
      fix: "Write the full name."),
    make(
      .definitions, .inheritanceCycle,
      "An entity that extends itself",
      "Parents must be complete before their children.",
      fix: "Break the cycle that the note shows.",
      #"""
      entity A extends B:
      end
      entity B extends A:
      end
      """#),
    make(
      .definitions, .invalidParent,
      "A parent that cannot be one",
      "Parents are entities, each named once.",
      fix: "Remove the repetition, or name an entity.",
      #"""
      entity A:
      end
      entity B extends A, A:
      end
      """#),
    make(
      .definitions, .incompatibleAttribute,
      "An attribute redeclared with another type",
      "A child may redeclare an attribute only with the same type, and parents must agree.",
      fix: "Use the same type, or another name.",
      #"""
      entity A:
        int n
      end
      entity B extends A:
        string n
      end
      """#),
    make(
      .definitions, .invalidDefault,
      "A default that is not a constant",
      "Defaults are written out: no variables, calls or placeholders.",
      fix: "Set the attribute in an implementation instead.",
      #"""
      entity A:
        string n = "{{x}}"
      end
      """#),
    make(
      .definitions, .invalidTypedef,
      "A typedef that cannot work",
      "Its constraint must look at `self`, and its bases must end at a builtin type.",
      fix: "Use `self` in the constraint.",
      #"typedef port as int matching 1 > 0"#),
    make(
      .definitions, .invalidIndex,
      "An index that is not possible",
      "An index holds attributes and relations that have exactly one value.",
      fix: "Leave the attribute out.",
      #"""
      entity A:
        int[] n
      end
      index A(n)
      """#),
    make(
      .definitions, .invalidImplementation,
      "An implementation that does not fit",
      "It must be for the entity or one above it; `parents` takes no condition.",
      fix: "Name a fitting implementation.",
      #"""
      entity A:
      end
      implement A using parents when 1 == 2
      """#),
    make(
      .definitions, .wrongKind,
      "A name of the wrong kind",
      "The name exists, but it is no entity, type or implementation as needed here.",
      fix: "Use the kind that is needed.",
      #"""
      typedef t as int matching self > 0
      entity A:
      end
      implement A using t
      """#),
    make(
      .definitions, .shadowedVariable,
      "A warning: a variable hides another one",
      "A block declares a name that a block around it has too.",
      fix: "Rename one of them if this is not meant.",
      #"""
      x = 1
      if true:
        x = 2
      end
      """#),
    make(
      .definitions, .dataclassMismatch,
      "An entity that is no data class",
      """
      What extends `std::Dataclass` stands for a frozen Python data class with the same fields: it
      has attributes alone.
      """,
      fix: "Remove what the label shows, or do not extend `std::Dataclass`.",
      #"""
      entity Address extends std::Dataclass:
        string street
      end
      implement Address using std::none
      index Address(street)
      """#),
    make(
      .definitions, .deprecatedType,
      "A warning: the type `number`",
      "It takes integers and floats alike.",
      fix: "Use `int` or `float`.",
      #"""
      entity A:
        number n = 1
      end
      """#),
    make(
      .definitions, .overriddenType,
      "A warning: a typedef with the name of a builtin type",
      "The builtin type wins wherever the name is used.",
      fix: "Rename it.",
      #"typedef string as int matching self > 0"#),
    make(
      .definitions, .invalidPrecedenceRule,
      "A rule about relations that cannot hold",
      "`relation_precedence_policy` names relations of entities, without cycles.",
      fix: "Correct the rule in `project.yml`."),
    make(
      .definitions, .unknownVariable,
      "A variable that is not defined",
      "A name is looked up in the blocks around it, then in its file.",
      fix: "Define it, or correct the name.",
      #"""
      count = 1
      a = coutn + 1
      """#),
    make(
      .definitions, .unknownAttribute,
      "An attribute that the entity does not have",
      "Attributes and relations are declared in the entity or above it.",
      fix: "Correct the name, or declare it.",
      #"""
      entity A:
        int size = 1
      end
      implement A using std::none
      a = A(sise=2)
      """#),
    make(
      .definitions, .unknownFunction,
      "A function that is not defined",
      "Functions come from modules and are called by their qualified names.",
      fix: "Import the module, or correct the name.",
      #"a = std::prnt(1)"#),
    make(
      .definitions, .notCallable,
      "Something that cannot be called",
      "Functions and the types `string`, `int`, `float`, `number` and `bool` can be called.",
      fix: "Call a function.",
      #"a = list([1])"#),
    make(
      .definitions, .missingIndexAttribute,
      "A constructor without a value that an index needs",
      "An instance is entered into its indexes when it is made.",
      fix: "Give the value in the constructor.",
      #"""
      entity A:
        int n
      end
      index A(n)
      implement A using std::none
      A()
      """#),
  ]
}
