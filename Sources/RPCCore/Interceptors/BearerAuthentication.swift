/// Lets only calls through whose token is known, and whose caller may call the method.
///
/// A call without a token, or with one that nobody knows, ends with `.unauthenticated`; one whose
/// caller is known and not allowed ends with `.permissionDenied`. Handlers find the caller in
/// ``ServerContext/principal``.
public struct BearerAuthentication: ServerInterceptor {
  private let authenticate: @Sendable (String) async throws -> Principal?
  private let isAllowed: @Sendable (Principal, MethodDescriptor) -> Bool
  private let openServices: Set<String>

  /// Creates the check with a function that knows the tokens.
  ///
  /// - Parameters:
  ///   - openServices: Services that anybody may call, by full name, for example
  ///     `grpc.health.v1.Health`.
  ///   - isAllowed: Whether a caller may call a method.
  ///   - authenticate: Returns whose token it is, or `nil`. Throwing means that it is not known just
  ///     now: an error without a code of its own becomes `.unavailable`.
  public init(
    openServices: Set<String> = [],
    isAllowed: @escaping @Sendable (Principal, MethodDescriptor) -> Bool = { _, _ in true },
    _ authenticate: @escaping @Sendable (String) async throws -> Principal?
  ) {
    self.openServices = openServices
    self.isAllowed = isAllowed
    self.authenticate = authenticate
  }

  /// Creates the check with tokens that stay.
  ///
  /// - Parameters:
  ///   - tokens: Whose token it is, by token. They are compared in a time that does not tell how much
  ///     of one was right.
  ///   - openServices: Services that anybody may call, by full name.
  ///   - isAllowed: Whether a caller may call a method.
  public init(
    tokens: [String: Principal],
    openServices: Set<String> = [],
    isAllowed: @escaping @Sendable (Principal, MethodDescriptor) -> Bool = { _, _ in true }
  ) {
    let known = tokens.map { (Array($0.key.utf8), $0.value) }
    self.init(openServices: openServices, isAllowed: isAllowed) { token in
      let token = Array(token.utf8)
      var found: Principal?
      for (bytes, principal) in known where Self.areEqual(bytes, token) { found = principal }
      return found
    }
  }

  /// Checks the caller and runs the handler.
  public func intercept(_ context: ServerContext, next: () async throws -> Void) async throws {
    if openServices.contains(context.method.service) { return try await next() }
    guard let token = Self.token(in: context.metadata) else {
      throw RPCError(
        .unauthenticated, "the call needs the metadata \(CallCredentials.key): Bearer <token>")
    }
    guard let principal = try await self.principal(of: token) else {
      throw RPCError(.unauthenticated, "the token of the call is not known")
    }
    guard isAllowed(principal, context.method) else {
      throw RPCError(
        .permissionDenied, "\(principal.name) may not call \(context.method.path)")
    }
    context.principal = principal
    try await next()
  }

  private func principal(of token: String) async throws -> Principal? {
    do {
      return try await authenticate(token)
    } catch let error as RPCError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw RPCError(.unavailable, "the token of the call cannot be checked now", cause: error)
    }
  }

  /// RFC 9110 §11.1: the name of the scheme has no case. Two credentials are as good as none.
  private static func token(in metadata: Metadata) -> String? {
    let values = metadata.values(forKey: CallCredentials.key)
    guard values.count == 1, case .string(let value) = values[0] else { return nil }
    let parts = value.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    let token = Metadata.trimmed(String(parts[1]))
    return token.isEmpty ? nil : token
  }

  /// Compares without stopping at the first difference.
  static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
