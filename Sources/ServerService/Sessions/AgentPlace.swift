internal import RPCCore
internal import Resources
internal import Schema

/// A place in the list of agents, in which a name may come more than once: instances that are away
/// may have had the same pattern.
struct AgentPlace: Sendable, Hashable {
  /// Name of the agent before the place.
  var name: String
  /// How many agents of this name are before the place.
  var count: Int

  /// The place before an index, which is not the first.
  init(after index: Int, in agents: [SessionsV1.Agent]) {
    let name = agents[index - 1].name
    self.name = name
    count = agents[..<index].reversed().prefix { $0.name == name }.count
  }

  /// Reads what ``text`` gave; nil for an empty text.
  init?(parsing text: String) throws(RPCError) {
    if text.isEmpty { return nil }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[0]), count > 0 else {
      throw RPCError(.invalidArgument, "after: `\(text.prefix(80))` is no `next_after` of a list")
    }
    self.count = count
    name = String(parts[1])
  }

  /// The place as clients send it back.
  var text: String { "\(count):\(name)" }

  /// Index of the first agent after the place.
  func index(in agents: [SessionsV1.Agent]) -> Int {
    let first = agents.firstIndex { !Value.keyOrder($0.name, name) } ?? agents.endIndex
    return agents[first...].prefix { $0.name == name }.prefix(count).endIndex
  }
}
