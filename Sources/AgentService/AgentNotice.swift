/// Something that whoever runs the agent should know: its process says it where it says such things.
public struct AgentNotice: Sendable, Hashable, CustomStringConvertible {
  /// Whether somebody has to do something about it; else it is good news.
  public let isTrouble: Bool
  /// What it is, as a sentence.
  public let description: String

  static func trouble(_ text: String) -> AgentNotice {
    AgentNotice(isTrouble: true, description: text)
  }

  static func relief(_ text: String) -> AgentNotice {
    AgentNotice(isTrouble: false, description: text)
  }
}
