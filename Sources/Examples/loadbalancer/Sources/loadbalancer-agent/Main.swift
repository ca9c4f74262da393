import Launching
import LoadBalancer
import StandardHandlers

@main
struct Main {
  static func main() async {
    await IntegrationLauncher.agent(
      "loadbalancer-agent", integrations: [.standard, .loadBalancer])
  }
}
