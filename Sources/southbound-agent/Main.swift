import Launching
import StandardHandlers

@main
struct Main {
  static func main() async {
    await IntegrationLauncher.agent("southbound-agent", integrations: [.standard])
  }
}
