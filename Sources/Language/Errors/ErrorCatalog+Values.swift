extension ErrorCatalog {
  /// What goes wrong with values while a model runs.
  static let values: [ErrorEntry] = [
    make(
      .values, .wrongArguments,
      "Arguments that a function does not take",
      "Too many, too few, or of another name or kind.",
      fix: "Look at the function's parameters.",
      #"std::replace("a")"#),
    make(
      .values, .repeatedKeyword,
      "A keyword given twice",
      "Each attribute or parameter takes one value.",
      fix: "Remove one.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A(n=1, n=2)
      """#),
    make(
      .values, .functionFailed,
      "A function that failed",
      "The function was called and could not do its work.",
      fix: "Read the message; it names the value.",
      #"a = std::at([1], 5)"#),
    make(
      .values, .missingPackage,
      "A Python package of a module is missing",
      "The code of the module imports a package that its interpreter does not have.",
      fix: "Install the package for that interpreter, or choose another one with `--python`."),
    make(
      .values, .functionLog,
      "A warning: something that the code of a function logged",
      "Python code of a module wrote a warning or an error to its log.",
      fix: "Read it; the compile goes on."),
    make(
      .values, .deprecatedFunction,
      "A warning: a function that is deprecated",
      "The function works, and there is something better.",
      fix: "Use what the warning names.",
      #"a = std::contains({"k": 1}, "k")"#),
    make(
      .values, .unexpectedReference,
      "A reference where a value is needed",
      "The value of a reference is known only when a resource is deployed.",
      fix: "Assign it to an attribute, or pass it to a function that takes references.",
      #"""
      secret = std::create_environment_reference("PASSWORD")
      text = "the password is {{secret}}"
      """#),
    make(
      .values, .assertionFailed,
      "An assertion that does not hold",
      "`std::assert` was given `false`.",
      fix: "Correct what the assertion checks.",
      #"std::assert(1 == 2, "numbers differ")"#),
    make(
      .values, .templateFailed,
      "A template that could not be rendered",
      "The template was read, and a value did not fit.",
      fix: "Read the message."),
    make(
      .values, .duplicateKey,
      "One key twice in a dictionary",
      "Keys of a dictionary differ.",
      fix: "Remove one.",
      #"a = {"k": 1, "k": 2}"#),
    make(
      .values, .typeMismatch,
      "A value of another type",
      "Nothing is converted by itself: `1` is no float, `\"1\"` no int.",
      fix: "Convert it by a call such as `float(x)`, or correct the value.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A(n="one")
      """#),
    make(
      .values, .constraintViolation,
      "A value that its type excludes",
      "The constraint of the type is false for it.",
      fix: "Use a value that fulfils the constraint.",
      #"""
      typedef port as int matching self > 0
      entity A:
        port p
      end
      implement A using std::none
      A(p=-1)
      """#),
    make(
      .values, .constraintContext,
      "Something that a constraint cannot do",
      "A constraint sees `self` and functions, no variables, lookups or constructors.",
      fix: "Compute it from `self`.",
      #"""
      x = 1
      typedef t as int matching self > x
      entity A:
        t v
      end
      implement A using std::none
      A(v=2)
      """#),
    make(
      .values, .operandType,
      "An operator that does not fit its operands",
      """
      `+` takes two numbers or two strings, `<` numbers, `in` a list or a dictionary on its \
      right.
      """,
      fix: "Convert one side.",
      #"a = "a" + 1"#),
    make(
      .values, .operandNotBoolean,
      "`and`, `or` or `not` on something else than a boolean",
      "There is no truth of numbers or lists; `not` binds tighter than a comparison.",
      fix: "Compare, or use brackets: `not (a == b)`.",
      #"a = not 1 == 2"#),
    make(
      .values, .conditionNotBoolean,
      "A condition that is not a boolean",
      "`if`, `when` and `? :` need `true` or `false`.",
      fix: "Compare with something.",
      #"""
      if 1:
        a = 2
      end
      """#),
    make(
      .values, .divisionByZero,
      "A division by zero",
      "There is no result.",
      fix: "Test the divisor before.",
      #"a = 1 / 0"#),
    make(
      .values, .castFailed,
      "A value that cannot be converted",
      "The text is no number of that kind.",
      fix: "Correct the text.",
      #"a = int("1.5")"#),
    make(
      .values, .keyNotFound,
      "A key that a dictionary does not have",
      "A lookup needs the key to be there.",
      fix: "Test with `d[\"k\"] is defined`.",
      #"""
      d = {"k": 1}
      a = d["q"]
      """#),
    make(
      .values, .notIterable,
      "A loop over something that is no list",
      "Loops and comprehensions run over lists and relations.",
      fix: "Put the value into brackets.",
      #"""
      for i in 5:
        std::print(i)
      end
      """#),
    make(
      .values, .notAnInstance,
      "An attribute of something that is no instance",
      "Only instances have attributes; for dictionaries use brackets.",
      fix: "Look at where the value comes from.",
      #"""
      a = 5
      b = a.name
      """#),
    make(
      .values, .notARelation,
      "A relation with two ends is needed",
      "A short index lookup goes from an instance through the other end of the relation.",
      fix: "Name the entity: `E[a=1]`.",
      #"""
      entity A:
        int n
      end
      entity B:
      end
      B.l [0:] -- A
      index A(n)
      implement A using std::none
      implement B using std::none
      b = B()
      x = b.l[n=1]
      """#),
    make(
      .values, .notFormattable,
      "A value that cannot stand in a string",
      "Infinities and values that are no numbers have no form in a string.",
      fix: "Test the value before.",
      #"""
      a = float("inf")
      b = "{{a}}"
      """#),
    make(
      .values, .invalidFormat,
      "A format that does not fit the value",
      "The part behind `:` follows Python's format language for the kind of value.",
      fix: "Correct the format.",
      #"""
      a = "x"
      b = f"{a:d}"
      """#),
  ]
}
