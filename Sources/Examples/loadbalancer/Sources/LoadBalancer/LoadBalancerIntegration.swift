internal import Resources
public import SouthboundKit

extension Integration {
  /// Pools on load balancers: the resource type `lb::Pool` and its handler.
  public static let loadBalancer = Integration(
    name: "loadbalancer", definitions: [.pool],
    handlers: [HandlerRegistration(for: "lb::Pool") { PoolHandler() }])
}

extension ResourceDefinition {
  static let pool = ResourceDefinition(
    "lb::Pool", agentPath: "device.name", idAttribute: "name",
    inheriting: [.purgeable, .managed],
    fields: ["name", "port", "algorithm", "members", "error_page", "address", "password"],
    mappings: [
      "members": { _, pool in
        let members = try pool.related("members").map { member in
          "\(try member.string("address")):\(try member.int("port")):\(try member.int("weight"))"
        }
        // The order in the model means nothing to the device.
        return .list(members.sorted().map { .string($0) })
      },
      "error_page": { exporter, pool in exporter.upload(try pool.string("error_page")) },
      "address": { _, pool in
        let device = try pool.one("device")
        if try device.bool("maintenance") {
          throw IgnoreResource("\(try device.string("name")) is in maintenance")
        }
        return try device.value("address")
      },
      "password": { _, pool in .secret(try pool.one("device").value("password")) },
    ])
}
