public import AgentStore
public import RPCCore

extension AgentStoreError: RPCErrorConvertible {
  /// The error as a caller far away sees it: code and message, without what caused it.
  public var rpcError: RPCError {
    let status: StatusCode =
      switch code {
      case .diskFull: .resourceExhausted
      case .corrupt: .dataLoss
      case .missing: .notFound
      default: .unavailable
      }
    return RPCError(status, message, cause: self)
  }
}
