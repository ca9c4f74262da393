/// Limits of the server, each with its reason.
public enum ServerLimits {
  /// Seconds without a message after which an agent's names may go to another instance: longer than
  /// a restart of an agent, shorter than people wait.
  public static let leaseSeconds: UInt32 = 30
  /// Seconds between two looks at leases, watches and heartbeats.
  static let tickSeconds: Double = 1
  /// Seconds between two heartbeats to an agent: a third of its lease, so that two may be lost.
  static let heartbeatSeconds: Double = 10
  /// Seconds between two retention jobs.
  static let retentionSeconds: Double = 3_600
  /// Most name patterns of one agent.
  static let namePatternsMax = 64
  /// Longest name pattern, address or software version of an agent, in bytes.
  static let agentTextBytesMax = 1_024
  /// Longest identifier of an agent instance, in bytes.
  static let instanceIDBytesMax = 64
  /// Most instances of one environment that are known at a time.
  static let sessionsMax = 10_000
  /// Most watches and log streams of one environment at a time.
  static let subscribersMax = 1_000
  /// Most dry runs of one environment at a time.
  static let plansMax = 16
  /// Most resources in one dry run.
  static let planResourcesMax = 200_000
  /// Most resource ids in one wish to an agent; beyond it, the wish is for all its resources.
  static let triggerResourcesMax = 50_000
  /// Resources or states in one message of a stream.
  static let batchResources = 256
  /// Bytes of resources in one message, roughly; a quarter of the largest message.
  static let batchBytes = 1 << 20
  /// Log entries that wait for one subscriber; newer ones are counted, not kept.
  static let subscriberEntriesMax = 10_000
  /// Log entries in one message.
  static let batchEntries = 500
  /// Stored entries that are sent before live ones, unless asked otherwise.
  static let logHistoryDefault = 1_000
  /// Most stored entries that are sent before live ones.
  static let logHistoryMax = 100_000
  /// Seconds for which an agent that nobody ever saw may be absent before a watch settles without it.
  static let unknownAgentSeconds: Double = 3
  /// Seconds for which an agent may be kept from work before a watch settles without it: what lasts
  /// shorter, such as a disk that is full for a moment, is not worth a word.
  static let hinderedAgentSeconds: Double = 3
  /// Seconds of quiet after which a watch no longer waits for the events of a change.
  static let eventQuietSeconds: Double = 5
  /// Most wishes of one environment that wait for the answers of agents.
  static let wishesMax = 1_000
  /// Seconds of quiet, with no handler running, after which a watch settles in any case.
  static let settleQuietSeconds: Double = 120
}
