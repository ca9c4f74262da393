public import RPCCore
internal import Resources
public import Store

/// Reads parts of requests; what does not fit is INVALID_ARGUMENT and says why.
enum Requests {
  static func environment(_ name: String) throws(RPCError) -> EnvironmentName {
    guard let parsed = EnvironmentName(name) else {
      throw RPCError(
        .invalidArgument,
        "`\(name.prefix(80))` is not the name of an environment: 1 to \(EnvironmentName.bytesMax) "
          + "letters, digits, `-`, `_` and `.`")
    }
    return parsed
  }

  static func version(_ number: UInt64) throws(RPCError) -> VersionNumber {
    guard let version = VersionNumber(number) else {
      throw RPCError(.invalidArgument, "versions are counted from 1, not 0")
    }
    return version
  }

  static func resourceID(_ text: String) throws(RPCError) -> ResourceID {
    do {
      return try ResourceID(parsing: text)
    } catch {
      throw RPCError(.invalidArgument, error.description)
    }
  }

  /// The resource, or nil for an empty text: all of them.
  static func resourceID(ifAny text: String) throws(RPCError) -> ResourceID? {
    text.isEmpty ? nil : try resourceID(text)
  }

  static func digest(_ bytes: [UInt8]) throws(RPCError) -> ContentDigest {
    guard let digest = ContentDigest(bytes: bytes) else {
      throw RPCError(
        .invalidArgument,
        "a digest has \(ContentDigest.byteCount) bytes (SHA-256), not \(bytes.count)")
    }
    return digest
  }

  /// A limit: the default for 0, at most `max`.
  static func limit(_ limit: UInt32, default fallback: Int, max: Int) -> Int {
    limit == 0 ? fallback : min(Int(limit), max)
  }
}

extension StoreError: RPCErrorConvertible {
  /// The error as a caller sees it: code and message, without what caused it.
  public var rpcError: RPCError {
    let status: StatusCode =
      switch code {
      case .notFound: .notFound
      case .alreadyExists: .alreadyExists
      case .failedPrecondition: .failedPrecondition
      case .invalidArgument: .invalidArgument
      case .exhausted: .resourceExhausted
      case .unavailable: .unavailable
      case .corrupt: .dataLoss
      case .cancelled: .cancelled
      default: .internalError
      }
    return RPCError(status, message, cause: self)
  }
}
