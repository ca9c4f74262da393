internal import RPCCore

/// What a case expected and did not get.
public struct InteropFailure: Error, CustomStringConvertible, Sendable {
  /// What was looked at.
  public let subject: String
  /// What it should have been.
  public let expected: String
  /// What it was.
  public let actual: String

  /// For example `size of the payload: expected 8, got 9`.
  public var description: String { "\(subject): expected \(expected), got \(actual)" }
}

/// Checks that something is as it should be.
func expect<Value: Equatable>(
  _ subject: String, _ actual: Value, is expected: Value
) throws(InteropFailure) {
  guard actual == expected else {
    throw InteropFailure(subject: subject, expected: "\(expected)", actual: "\(actual)")
  }
}

/// Checks that a call fails with a status, and returns the message of that.
@discardableResult
func expectFailure(
  of subject: String, _ code: StatusCode, _ call: () async throws -> Void
) async throws -> String {
  do {
    try await call()
  } catch let error as RPCError {
    guard error.code == code else {
      throw InteropFailure(
        subject: "status of \(subject)", expected: code.name, actual: error.description)
    }
    return error.message
  }
  throw InteropFailure(subject: "status of \(subject)", expected: code.name, actual: "OK")
}
