/// What a south-bound integration adds to Southbound: resource types and their handlers.
///
/// An exporter uses the definitions, an agent the handlers; a library offers both as one value.
public struct Integration: Sendable {
  /// Name, for messages: such as `std` or `loadbalancer`.
  public let name: String
  /// Resource types.
  public let definitions: [ResourceDefinition]
  /// Handlers.
  public let handlers: [HandlerRegistration]

  /// Makes an integration.
  public init(
    name: String, definitions: [ResourceDefinition] = [], handlers: [HandlerRegistration] = []
  ) {
    self.name = name
    self.definitions = definitions
    self.handlers = handlers
  }
}

/// Says which handler cares for a resource type.
public struct HandlerRegistration: Sendable {
  /// Full name of the resource type.
  public let resourceType: String
  /// Stable identifier of the handler, in logs, cache keys and the bindings of a version.
  public let handlerID: String
  /// Makes the handler, once in an agent process.
  public let make: @Sendable () -> any Handler

  /// Registers a handler.
  ///
  /// - Parameters:
  ///   - resourceType: Full name of the resource type.
  ///   - handlerID: Identifier; the resource type if it is left out.
  ///   - make: Makes the handler.
  public init(
    for resourceType: String, handlerID: String? = nil,
    make: @escaping @Sendable () -> any Handler
  ) {
    self.resourceType = resourceType
    self.handlerID = handlerID ?? resourceType
    self.make = make
  }
}

/// Why integrations cannot be used.
public struct InvalidIntegration: Error, Sendable, Hashable, CustomStringConvertible {
  /// Everything that is wrong, one sentence each.
  public let problems: [String]

  /// All problems on one line.
  public var description: String { problems.joined(separator: "; ") }
}

/// Checked definitions and handlers of several integrations.
public struct IntegrationRegistry: Sendable {
  /// Definitions by resource type.
  public let definitions: [String: ResourceDefinition]
  /// Handlers by resource type.
  public let handlers: [String: HandlerRegistration]

  /// Checks integrations and puts them together.
  ///
  /// - Parameter integrations: The integrations.
  /// - Throws: ``InvalidIntegration`` with everything that is wrong: a resource type or a handler
  ///   identifier that appears twice, reserved field names, malformed types and agent paths,
  ///   mappings of unknown fields.
  public init(_ integrations: [Integration]) throws(InvalidIntegration) {
    var definitions: [String: (definition: ResourceDefinition, integration: String)] = [:]
    var handlers: [String: (handler: HandlerRegistration, integration: String)] = [:]
    var problems: [String] = []
    for integration in integrations {
      for definition in integration.definitions {
        problems += definition.problems.map { "\(integration.name): \($0)" }
        if let other = definitions[definition.type] {
          problems.append(
            "\(integration.name): \(other.integration) defines `\(definition.type)` too")
        }
        definitions[definition.type] = (definition, integration.name)
      }
      for handler in integration.handlers {
        if let other = handlers[handler.resourceType] {
          problems.append(
            "\(integration.name): \(other.integration) has a handler for "
              + "`\(handler.resourceType)` too (`\(other.handler.handlerID)`)")
        }
        handlers[handler.resourceType] = (handler, integration.name)
      }
    }
    guard problems.isEmpty else { throw InvalidIntegration(problems: problems) }
    self.definitions = definitions.mapValues(\.definition)
    self.handlers = handlers.mapValues(\.handler)
  }
}
