public import Resources

/// Fields that many resource types share, with how their values are found.
public struct FieldSet: Sendable, Hashable {
  /// Names of the fields, in order.
  public let fields: [String]
  /// Values of those that the entity may lack.
  public let defaults: [String: Value]
  /// Whether an instance whose `managed` is false is left out.
  let leavesOutUnmanaged: Bool

  /// `send_event` and `report_only` (false if the entity lacks them) and `receive_events` (true if it
  /// lacks it): every resource type has them.
  public static let resource = FieldSet(
    fields: ["send_event", "receive_events", "report_only"],
    defaults: ["send_event": false, "receive_events": true, "report_only": false],
    leavesOutUnmanaged: false)

  /// `purged` and `purge_on_delete`: for what can be made and removed.
  public static let purgeable = FieldSet(
    fields: ["purged", "purge_on_delete"],
    defaults: ["purged": false, "purge_on_delete": false], leavesOutUnmanaged: false)

  /// `managed`: an instance where it is false is left out of the export.
  public static let managed = FieldSet(
    fields: ["managed"], defaults: ["managed": true], leavesOutUnmanaged: true)
}
