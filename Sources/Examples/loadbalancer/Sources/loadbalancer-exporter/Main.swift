import Launching
import LoadBalancer
import StandardHandlers

@main
struct Main {
  static func main() async {
    await IntegrationLauncher.exporter(
      "loadbalancer-exporter", integrations: [.standard, .loadBalancer])
  }
}
