internal import Diagnostics

/// The kinds of findings that evaluation makes: one table for code, documentation and tests.
enum DiagnosticCode: String, CaseIterable, Sendable {
  // Files and imports.
  case moduleNotFound = "module-not-found"
  case namespaceNotFound = "namespace-not-found"
  case duplicateImport = "duplicate-import"
  case invalidModuleName = "invalid-module-name"
  // Definitions.
  case duplicateDefinition = "duplicate-definition"
  case unknownType = "unknown-type"
  case missingImport = "missing-import"
  case ambiguousType = "ambiguous-type"
  case inheritanceCycle = "inheritance-cycle"
  case invalidParent = "invalid-parent"
  case incompatibleAttribute = "incompatible-attribute"
  case invalidDefault = "invalid-default"
  case invalidTypedef = "invalid-typedef"
  case invalidIndex = "invalid-index"
  case invalidImplementation = "invalid-implementation"
  case wrongKind = "wrong-kind"
  case shadowedVariable = "shadowed-variable"
  case deprecatedType = "deprecated-type"
  case overriddenType = "overridden-type"
  case invalidPrecedenceRule = "invalid-precedence-rule"
  // Names in statements.
  case unknownVariable = "unknown-variable"
  case unknownAttribute = "unknown-attribute"
  case unknownFunction = "unknown-function"
  case notCallable = "not-callable"
  case hyphenInName = "hyphen-in-name"
  // Calls and constructors.
  case wrongArguments = "wrong-arguments"
  case repeatedKeyword = "repeated-keyword"
  case missingIndexAttribute = "missing-index-attribute"
  case functionFailed = "function-failed"
  case assertionFailed = "assertion-failed"
  case templateFailed = "template-failed"
  case duplicateKey = "duplicate-key"
  // Values.
  case typeMismatch = "type-mismatch"
  case constraintViolation = "constraint-violation"
  case constraintContext = "constraint-context"
  case operandType = "operand-type"
  case operandNotBoolean = "operand-not-boolean"
  case conditionNotBoolean = "condition-not-boolean"
  case divisionByZero = "division-by-zero"
  case castFailed = "cast-failed"
  case keyNotFound = "key-not-found"
  case notIterable = "not-iterable"
  case notAnInstance = "not-an-instance"
  case notARelation = "not-a-relation"
  case notFormattable = "not-formattable"
  case invalidFormat = "invalid-format"
  case unexpectedReference = "unexpected-reference"
  case dataclassMismatch = "dataclass-mismatch"
  case deprecatedFunction = "deprecated-function"
  case missingPackage = "missing-package"
  case functionLog = "function-log"
  // Data flow.
  case doubleSet = "double-set"
  case modifiedAfterFreeze = "modified-after-freeze"
  case relationOverflow = "relation-overflow"
  case nullAfterValues = "null-after-values"
  case unknownInRelation = "unknown-in-relation"
  case additionToSingleValue = "addition-to-single-value"
  case optionalWithoutValue = "optional-without-value"
  case duplicateIndexKey = "duplicate-index-key"
  case indexTypeMismatch = "index-type-mismatch"
  case indexCollision = "index-collision"
  case noIndex = "no-index"
  // At the end.
  case noIndexMatch = "no-index-match"
  case noImplementation = "no-implementation"
  case attributeNotSet = "attribute-not-set"
  case tooFewValues = "too-few-values"
  case unknownAnnotation = "unknown-annotation"
  case neverKnown = "never-known"
  case unknownEnvironmentVariable = "unknown-environment-variable"
  // Limits.
  case iterationLimit = "iteration-limit"
  case stepLimit = "step-limit"
  case instanceLimit = "instance-limit"
  case stringLimit = "string-limit"
  case listLimit = "list-limit"
  case nestingLimit = "nesting-limit"
  case inheritanceLimit = "inheritance-limit"
  case integerLimit = "integer-limit"
  case regexLimit = "regex-limit"
  case propagationLimit = "propagation-limit"
  case cancelled = "cancelled"

  var id: Diagnostic.ID { Diagnostic.ID(rawValue: rawValue) }

  /// Whether the compile ends at once: a bound was reached, or nobody waits for the result.
  var endsCompile: Bool {
    switch self {
    case .iterationLimit, .stepLimit, .instanceLimit, .stringLimit, .listLimit, .nestingLimit,
      .cancelled:
      true
    default: false
    }
  }

  /// Orders problems that are reported together: smaller first (reference, section 7.1).
  var importance: Int {
    switch self {
    case .moduleNotFound: 5
    case .inheritanceCycle, .invalidIndex, .indexCollision, .operandType, .invalidParent,
      .missingIndexAttribute, .notIterable, .additionToSingleValue, .unknownAnnotation:
      10
    case .noIndexMatch, .unknownType, .missingImport, .unknownVariable, .unknownAttribute: 20
    case .duplicateDefinition, .duplicateIndexKey: 40
    case .modifiedAfterFreeze: 50
    case .doubleSet: 51
    case .dataclassMismatch: 9
    case .functionFailed, .missingPackage: 60
    case .optionalWithoutValue: 61
    case .keyNotFound: 70
    default: 100
    }
  }
}
