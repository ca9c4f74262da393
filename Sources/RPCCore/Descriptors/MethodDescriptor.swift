/// One method of a service, as both sides of a call know it.
public struct MethodDescriptor: Sendable, Hashable {
  /// How many messages each side sends.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// One request, one response.
    case unary
    /// Any number of requests, one response.
    case clientStreaming
    /// One request, any number of responses.
    case serverStreaming
    /// Any number of messages both ways, independent of each other.
    case bidirectional
  }

  /// The full name of the service, for example `southbound.versions.v1.Versions`.
  public let service: String
  /// The name of the method inside the service, for example `Put`.
  public let name: String
  /// How many messages each side sends.
  public let kind: Kind
  /// The value of the `:path` pseudo-header, for example `/southbound.versions.v1.Versions/Put`.
  public let path: String

  /// Creates a descriptor.
  ///
  /// - Parameters:
  ///   - service: The full name of the service.
  ///   - name: The name of the method inside the service.
  ///   - kind: How many messages each side sends.
  public init(service: String, name: String, kind: Kind) {
    self.service = service
    self.name = name
    self.kind = kind
    self.path = "/\(service)/\(name)"
  }

  /// Whether the client sends exactly one message.
  public var hasSingleRequest: Bool { kind == .unary || kind == .serverStreaming }

  /// Whether the server sends exactly one message when the call succeeds.
  public var hasSingleResponse: Bool { kind == .unary || kind == .clientStreaming }
}
