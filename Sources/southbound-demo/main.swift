import Foundation
import ProcessTesting

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count <= 1, arguments.first?.hasPrefix("-") != true else {
  print("usage: southbound-demo [PROJECT]\n  PROJECT  by default Sources/Examples/website")
  exit(2)
}

let folder = "\(NSTemporaryDirectory())southbound-demo-\(getpid())"
let website: WebsiteExample
let services: Services
do {
  website = try WebsiteExample(
    copying: arguments.first ?? "Sources/Examples/website", below: folder)
  services = try Services(folder: folder, environment: website.environment, agentNames: ["web*"])
} catch {
  print("demo: \(error)")
  exit(3)
}

// An interrupted demo ends what it started, too.
signal(SIGINT, SIG_IGN)
let interrupts = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
let story = Task { try await Demo(services: services, website: website).tell() }
interrupts.setEventHandler { story.cancel() }
interrupts.resume()

let outcome = await story.result
await services.stopAll()
await website.stopWebServer()

switch outcome {
case .success:
  try? FileManager.default.removeItem(atPath: folder)
  print("\nThe demo is over: every state was verified, every process has ended.")
case .failure(let error):
  for service in Services.Service.allCases {
    print("\n-- the end of \(services.logFile(of: service))\n\(services.logEnd(of: service))")
  }
  print("\ndemo: \(error)\nThe folder \(folder) is kept for you to look at.")
  exit(1)
}
