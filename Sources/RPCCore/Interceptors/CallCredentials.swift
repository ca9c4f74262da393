/// Sends a credential with every call: a bearer token, or metadata of another scheme.
///
/// Metadata is readable on the way: use it over TLS or a unix socket.
public struct CallCredentials: ClientInterceptor {
  private let credential: @Sendable (MethodDescriptor) async throws -> Metadata

  /// The metadata key of bearer tokens (RFC 6750 §2.1).
  public static let key = "authorization"

  /// Creates credentials of any scheme.
  ///
  /// - Parameter credential: Makes the metadata of a call; it takes the place of values with the same
  ///   keys. An error ends the call before it reaches the server: one without a code of its own with
  ///   `.unauthenticated`.
  public init(_ credential: @escaping @Sendable (MethodDescriptor) async throws -> Metadata) {
    self.credential = credential
  }

  /// Creates credentials of a token that is asked for at each call, so that it may be renewed.
  ///
  /// - Parameter token: Returns the token; it may be any printable ASCII.
  /// - Returns: The credentials.
  public static func bearer(
    _ token: @escaping @Sendable () async throws -> String
  ) -> CallCredentials {
    CallCredentials { _ in
      var metadata = Metadata()
      try metadata.append("Bearer \(try await token())", forKey: key)
      return metadata
    }
  }

  /// Creates credentials of a token that stays.
  ///
  /// - Parameter token: The token.
  /// - Returns: The credentials.
  public static func bearer(_ token: String) -> CallCredentials {
    bearer { token }
  }

  /// Adds the credential to the metadata of the call.
  public func intercept(
    _ method: MethodDescriptor,
    _ options: CallOptions,
    next: Next
  ) async throws(RPCError) -> any ClientCallStream {
    var authorized = options
    let metadata: Metadata
    do {
      metadata = try await credential(method)
    } catch let error as RPCError {
      throw error
    } catch is CancellationError {
      throw RPCError(.cancelled, "the call was cancelled")
    } catch {
      // What the source of the credential says may hold the credential: it stays in the process.
      throw RPCError(
        .unauthenticated, "no credential for \(method.path) could be made", cause: error)
    }
    for key in Set(metadata.map(\.key)) { authorized.metadata.removeAll(forKey: key) }
    authorized.metadata.append(contentsOf: metadata)
    return try await next(authorized)
  }
}
