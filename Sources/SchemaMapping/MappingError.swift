public import RPCCore

/// Why a message does not stand for a value of this system, and where.
public struct MappingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Field path in the message, for example `fields["path"].list_value.values[2]`; empty for the
  /// message itself.
  public var path: String
  /// What is wrong: lowercase, no final stop.
  public var reason: String

  /// Creates an error.
  public init(path: String = "", reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The path, a colon and the reason.
  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }

  /// Returns the same error seen from the message that holds `field`.
  func inside(_ field: String) -> MappingError {
    MappingError(path: path.isEmpty ? field : "\(field).\(path)", reason: reason)
  }
}

extension MappingError: RPCErrorConvertible {
  /// INVALID_ARGUMENT with the description.
  public var rpcError: RPCError { RPCError(.invalidArgument, description) }
}

/// Runs `body` and puts `field` before the path of what it throws.
func at<Result>(
  _ field: @autoclosure () -> String, _ body: () throws(MappingError) -> Result
) throws(MappingError) -> Result {
  do throws(MappingError) {
    return try body()
  } catch {
    throw error.inside(field())
  }
}

/// Maps the elements of a repeated field; an error names the index.
func mappedList<Message, Element>(
  _ field: String, _ messages: [Message], _ map: (Message) throws(MappingError) -> Element
) throws(MappingError) -> [Element] {
  var result: [Element] = []
  result.reserveCapacity(messages.count)
  for (index, message) in messages.enumerated() {
    result.append(try at("\(field)[\(index)]") { () throws(MappingError) in try map(message) })
  }
  return result
}
