import Launching
import StandardHandlers

@main
struct Main {
  static func main() async {
    await IntegrationLauncher.exporter("southbound-exporter", integrations: [.standard])
  }
}
