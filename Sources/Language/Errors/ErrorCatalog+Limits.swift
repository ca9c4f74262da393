extension ErrorCatalog {
  /// Which bounds a compile may reach.
  static let limits: [ErrorEntry] = [
    make(
      .limits, .iterationLimit,
      "More rounds of the scheduler than allowed",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Raise `iterationsMax` if the model needs them."),
    make(
      .limits, .stepLimit,
      "More work than allowed",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Look for an implementation or a loop that feeds itself."),
    make(
      .limits, .instanceLimit,
      "More instances than allowed",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Look for a constructor that makes its own kind without end."),
    make(
      .limits, .stringLimit,
      "Strings that are too long together",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Look for a string that grows in a loop."),
    make(
      .limits, .listLimit,
      "Lists that are too long together",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Look for a list that is put into itself."),
    make(
      .limits, .nestingLimit,
      "Dictionaries and lists that stand in each other too deep",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Look for a dictionary that is put into itself again and again."),
    make(
      .limits, .inheritanceLimit,
      "Too many generations of entities or types",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Shorten the chain of parents."),
    make(
      .limits, .integerLimit,
      "An integer that is too large",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Use a float.",
      #"a = 2 ** 9999999"#),
    make(
      .limits, .regexLimit,
      "A regular expression that takes too many steps",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Avoid a repetition in a repetition.",
      #"""
      typedef t as string matching /(a+)+b$/
      entity A:
        t v
      end
      implement A using std::none
      A(v="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
      """#),
    make(
      .limits, .propagationLimit,
      "Too many relations that fill each other in a row",
      "The bound keeps a mistake in a model from taking all memory or time.",
      fix: "Assign the relation at the end of the chain directly."),
    make(
      .limits, .cancelled,
      "The compile was cancelled",
      "Whoever asked for it does not wait any more.",
      fix: "Run it again."),
  ]
}
