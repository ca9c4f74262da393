/// What several verbs say of agents.
enum AgentTalk {
  /// Says what keeps an agent from work, and what helps.
  static func hindered(_ name: String, _ isPaused: Bool, _ diskError: String) -> String {
    let name = Console.printable(name)
    var reasons: [String] = []
    if isPaused {
      reasons.append("agent `\(name)` is paused; `southbound agents resume \(name)` lets it work")
    }
    if !diskError.isEmpty {
      reasons.append(
        "agent `\(name)` cannot keep its state and tries again: \(Console.printable(diskError)); "
          + "make room in its data folder")
    }
    return reasons.joined(separator: "; ")
  }
}
