extension ErrorCatalog {
  /// What goes wrong because of when values come.
  static let flow: [ErrorEntry] = [
    make(
      .flow, .doubleSet,
      "Two different values for one variable",
      "A variable or attribute takes one value; a default is a value too.",
      fix: "Remove one of the two that the labels show.",
      #"""
      a = 1
      a = 2
      """#),
    make(
      .flow, .modifiedAfterFreeze,
      "A value for a relation that was used already",
      """
      Counting or testing a relation needs all its values, so that it takes no more of them.
      """,
      fix: "Add the value without first using the whole relation, for example in a loop over it.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A.l [0:] -- A
      a = A()
      if std::count(a.l) == 0:
        a.l += A()
      end
      """#),
    make(
      .flow, .relationOverflow,
      "More values than a relation holds",
      "The multiplicity of the relation bounds the number of values.",
      fix: "Raise the bound, or give fewer values.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A.l [0:1] -- A.m [0:2]
      a = A()
      A(l=a)
      A(l=a)
      A(l=a)
      """#),
    make(
      .flow, .nullAfterValues,
      "`null` for a relation that has values",
      "`null` says that the relation is empty.",
      fix: "Remove the `null` or the values.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A.l [0:] -- A
      a = A(l=A())
      a.l = null
      """#),
    make(
      .flow, .unknownInRelation,
      "An unknown value in a relation with two ends",
      "The value that is not known yet has no other end to set.",
      fix: "Wait for the value, or use a relation with one end.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A.l [0:] -- A.m [0:]
      A(l=std::get_env("NOT_THERE"))
      """#),
    make(
      .flow, .additionToSingleValue,
      "`+=` on a relation or attribute with one value",
      "`+=` adds to relations with several values.",
      fix: "Use `=`.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      a = A()
      a.n += 1
      """#),
    make(
      .flow, .optionalWithoutValue,
      "An optional relation that has no value",
      "The relation was complete, and nothing had set it.",
      fix: "Test it with `is defined` before.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      A.o [0:1] -- A
      a = A()
      b = a.o
      """#),
    make(
      .flow, .duplicateIndexKey,
      "Two instances with one key in an index",
      "Instances of an entity and its children share the index of the entity.",
      fix: "Use another key, or the same entity.",
      #"""
      entity A:
        int n
      end
      entity B extends A:
      end
      index A(n)
      implement A using std::none
      implement B using std::none
      A(n=1)
      B(n=1)
      """#),
    make(
      .flow, .indexTypeMismatch,
      "An index that finds an instance of another entity",
      "A constructor with a known key must name the same entity.",
      fix: "Construct the entity that the label shows.",
      #"""
      entity A:
        int n
      end
      entity B extends A:
      end
      index A(n)
      implement A using std::none
      implement B using std::none
      B(n=1)
      A(n=1)
      """#),
    make(
      .flow, .indexCollision,
      "Two indexes that find different instances",
      "The values of one constructor name two instances that exist.",
      fix: "Use values that belong to one instance.",
      #"""
      entity A:
        int n
        int m
      end
      index A(n)
      index A(m)
      implement A using std::none
      A(n=1, m=1)
      A(n=2, m=2)
      A(n=1, m=2)
      """#),
    make(
      .flow, .noIndex,
      "A lookup that no index answers",
      "A lookup names exactly the attributes of one index.",
      fix: "Name these attributes, or define an index.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      a = A[n=1]
      """#),
    make(
      .flow, .noIndexMatch,
      "A lookup that found nothing",
      "It waits for an instance with that key, and none came.",
      fix: "Construct the instance, or correct the key.",
      #"""
      entity A:
        int n
      end
      index A(n)
      implement A using std::none
      A(n=1)
      a = A[n=2]
      """#),
    make(
      .flow, .noImplementation,
      "An instance without an implementation",
      """
      Each instance needs a selected implementation; implementations are not inherited by \
      themselves.
      """,
      fix: "Add `implement E using std::none` or `using parents`.",
      #"""
      entity A:
      end
      A()
      """#),
    make(
      .flow, .attributeNotSet,
      "An attribute without a value",
      """
      Every attribute needs a value at the end; a type with `?` takes `null`, which must be \
      given too.
      """,
      fix: "Set it, or give it a default.",
      #"""
      entity A:
        int n
      end
      implement A using std::none
      A()
      """#),
    make(
      .flow, .tooFewValues,
      "A relation with fewer values than it needs",
      "The multiplicity asks for more.",
      fix: "Add values, or lower the bound.",
      #"""
      entity A:
      end
      A.l [2:] -- A
      implement A using std::none
      A(l=A(l=null))
      """#),
    make(
      .flow, .unknownAnnotation,
      "An annotation of a relation that is not known",
      "Annotations are evaluated and must have a value.",
      fix: "Use a value that is known.",
      #"""
      entity A:
        int n = 0
      end
      implement A using std::none
      u = std::get_env("NOT_THERE")
      A.l [0:] u A
      """#),
    make(
      .flow, .neverKnown,
      "Statements whose values never come",
      """
      They wait for each other, or for something that nothing gives. The labels show the \
      shortest cycle.
      """,
      fix: "Give one of them a value that needs none of the others.",
      #"""
      a = b + 1
      b = a
      """#),
    make(
      .flow, .unknownEnvironmentVariable,
      "A warning: an environment variable that is not set",
      "The result of `std::get_env` is unknown, and so is what is made of it.",
      fix: "Set the variable, or give a default.",
      #"a = std::get_env("NOT_THERE")"#),
  ]
}
