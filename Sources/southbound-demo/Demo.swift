import Foundation
import ProcessTesting

/// The story that `make demo` tells. Each state is verified by a look at the disk and at the web
/// server, not at what Southbound says of itself.
struct Demo {
  let services: Services
  let website: WebsiteExample

  func tell() async throws {
    heading("Start compiler, exporter, server and agent as four processes")
    try await services.startAll()
    for service in Services.Service.allCases {
      guard let process = services.process(of: service) else { continue }
      say("\(service.program), process \(process.processID), \(services.address(of: service))")
    }

    heading("Deploy the website, and follow it")
    try await southbound("deploy", website.project)
    try verify("\(WebsiteExample.resourceCount) resources are as the model says")
    let worker = try await website.webServerWorker()

    try await repair()
    try await deployChange()

    heading("What Southbound says of itself")
    try await southbound("versions")
    try await southbound("resources")
    guard try await website.webServerWorker() == worker else {
      throw ProcessError("nginx was reloaded although no configuration file changed")
    }
    say("verified: nginx still has the worker that it had at first; a page reloads nothing")
  }

  private func repair() async throws {
    let path = "sites/shop/bread.html"
    heading("Change \(path) behind the agent's back")
    let before = website.snapshot()
    try "<h1>Defaced</h1>\n".write(
      toFile: "\(website.root)/\(path)", atomically: false, encoding: .utf8)
    guard !website.problems().isEmpty else {
      throw ProcessError("the change was not noticed by the demo itself")
    }
    try await southbound("check", expecting: 1)
    try await southbound("deploy")
    try verify("all is as the model says again")
    try verifyChanged([path], since: before)
  }

  private func deployChange() async throws {
    heading("Deploy a new version in which one page changed")
    let before = website.snapshot()
    let text = "Monday to Saturday, 5 to 12."
    try website.edit(replacing: "Monday to Saturday, 6 to 13.", with: text)
    try await southbound("deploy", website.project, "--message", "new opening hours")
    try verify("all is as the new version says")
    try verifyChanged(["sites/shop/hours.html"], since: before)
    let page = try WebPage.fetch(port: website.port, host: "bakery.test", path: "/hours.html")
    guard page.body.contains(text) else { throw ProcessError("the page does not show `\(text)`") }
    say("verified: visitors see the new opening hours")
  }

  private func southbound(_ arguments: String..., expecting status: Int32 = 0) async throws {
    say("$ southbound \(arguments.joined(separator: " "))")
    let result = try await services.southbound(arguments, shown: true)
    guard result.status == status else {
      throw ProcessError("southbound exited with \(result.status), not \(status)")
    }
  }

  private func verify(_ claim: String) throws {
    let problems = website.problems()
    guard problems.isEmpty else {
      throw ProcessError("not so: \(claim)\n  " + problems.joined(separator: "\n  "))
    }
    say("verified: \(claim), on disk and over HTTP")
  }

  private func verifyChanged(_ expected: [String], since before: DiskSnapshot) throws {
    let changed = website.snapshot().changes(since: before)
    guard changed == expected else {
      throw ProcessError("written: \(changed), instead of: \(expected)")
    }
    say("verified: of all files only \(expected.joined(separator: ", ")) was written")
  }

  private func heading(_ text: String) {
    print("\n== \(text)")
    fflush(nil)
  }

  private func say(_ text: String) {
    print("   \(text)")
    fflush(nil)
  }
}
