public import Resources

/// State of a resource of the released version, as stores keep it, with the rules for its change.
///
/// Compliance is not stored as an agent said it, but follows from what is desired and what the last
/// run applied: an agent may speak of a version that is no longer released.
public struct StateRecord: Sendable, Hashable {
  /// The state as it is shown.
  public var state: ResourceState
  /// Attribute hash that is desired.
  public var desiredHash: ContentDigest
  /// Why the resource cannot be deployed.
  public var undeployable: Undeployable
  /// What the last run found: compliant or not; nil if there was none.
  public var runCompliance: Compliance?

  /// Makes a record of its parts.
  public init(
    state: ResourceState, desiredHash: ContentDigest, undeployable: Undeployable,
    runCompliance: Compliance?
  ) {
    self.state = state
    self.desiredHash = desiredHash
    self.undeployable = undeployable
    self.runCompliance = runCompliance
  }

  /// Makes the record of a resource when a version is released.
  ///
  /// A resource that has the attributes that the last run applied keeps its state; another one has
  /// an update. What was blocked for a while is free to be tried again.
  ///
  /// - Parameters:
  ///   - id: The resource.
  ///   - hash: Its attribute hash in the version.
  ///   - undeployable: Why it cannot be deployed in the version.
  ///   - previous: Its record in the version released before; nil if it was not in it.
  public init(
    releasing id: ResourceID, hash: ContentDigest, undeployable: Undeployable,
    previous: StateRecord?
  ) {
    state = previous?.state ?? ResourceState(id: id)
    desiredHash = hash
    self.undeployable = undeployable
    runCompliance = previous?.runCompliance
    let compliance: Compliance =
      if undeployable == .undefined {
        .undefined
      } else if state.attributeHash == hash {
        runCompliance ?? .hasUpdate
      } else {
        .hasUpdate
      }
    if compliance != state.compliance || previous?.undeployable != undeployable
      || state.blocked == .temporarilyBlocked
    {
      state.message = Self.message(for: undeployable)
    }
    state.compliance = compliance
    state.blocked = undeployable == .no ? .notBlocked : .blocked
  }

  /// Takes what an agent reported.
  ///
  /// - Parameter reported: State as the agent sees it.
  public mutating func apply(_ reported: ResourceState) {
    if reported.attributeHash == nil {
      runCompliance = nil
    } else if reported.compliance == .compliant || reported.compliance == .nonCompliant {
      runCompliance = reported.compliance
    }
    state = reported
    if undeployable == .undefined {
      state.compliance = .undefined
    } else if reported.attributeHash != desiredHash {
      state.compliance = .hasUpdate
    } else if reported.compliance == .undefined {
      state.compliance = runCompliance ?? .hasUpdate
    }
    if undeployable != .no {
      state.blocked = .blocked
      state.message = Self.message(for: undeployable)
    } else if reported.blocked == .blocked {
      state.blocked = .notBlocked
    }
  }

  private static func message(for undeployable: Undeployable) -> String {
    switch undeployable {
    case .no: ""
    case .undefined: "a field of it is not known yet"
    case .requiresUndefined: "requires a resource with a field that is not known yet"
    }
  }
}
