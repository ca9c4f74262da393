import Foundation
import ProcessTesting
import Testing

extension Integration {
  /// The story of `make demo`, and what a web site needs beyond it.
  @Suite struct WebsiteTests {
    @Test func `a deployed site is on disk and served`() async throws {
      try await withWebsite { services, website in
        let deployed = try await services.run("deploy", website.project)
        #expect(website.problems() == [])
        #expect(deployed.output.contains("\(WebsiteExample.resourceCount) resources"))
        #expect(deployed.output.contains("created"))

        let commands = try await services.rows("actions", "--limit", "1000", of: ActionRow.self)
          .filter { $0.resource_id.hasPrefix("exec::Run") && !$0.resource_id.hasSuffix(" -t]") }
        #expect(
          commands.flatMap(\.changes).map(\.field) == ["executed"],
          "nginx is started, and not reloaded: it has read what is new")

        let again = website.snapshot()
        let worker = try await website.webServerWorker()
        try await services.run("deploy", website.project)
        #expect(website.snapshot().changes(since: again) == [])
        #expect(try await website.webServerWorker() == worker)
      }
    }

    @Test func `what was changed behind the agent's back is repaired, and nothing else`()
      async throws
    {
      try await withWebsite { services, website in
        try await services.run("deploy", website.project)
        let before = website.snapshot()
        let path = "sites/shop/bread.html"
        try "defaced".write(toFile: "\(website.root)/\(path)", atomically: false, encoding: .utf8)

        let check = try await services.run("check", "--quiet", expecting: 1)
        #expect(check.output == "std::File[web1,path=\(website.root)/\(path)]\n")
        #expect(content("\(website.root)/\(path)") == "defaced", "a check changes nothing")

        try await services.run("deploy")
        #expect(website.problems() == [])
        #expect(website.snapshot().changes(since: before) == [path])
        try await services.run("check")
      }
    }

    @Test func `a new version touches only what it changes`() async throws {
      try await withWebsite { services, website in
        try await services.run("deploy", website.project)
        let before = website.snapshot()
        let worker = try await website.webServerWorker()
        try website.edit(replacing: "6 to 13", with: "5 to 12")
        try await services.run("deploy", website.project)
        #expect(website.snapshot().changes(since: before) == ["sites/shop/hours.html"])
        let page = try WebPage.fetch(port: website.port, host: "bakery.test", path: "/hours.html")
        #expect(page.body.contains("5 to 12"))
        #expect(try await website.webServerWorker() == worker, "a page reloads nothing")

        let runs = try await services.rows("actions", of: ActionRow.self)
          .filter { $0.version == 2 && $0.kind == "deploy" }
        #expect(runs.map(\.resource_id).allSatisfy { $0.contains("hours.html") })
      }
    }

    @Test func `nginx is reloaded when a configuration file changed`() async throws {
      try await withWebsite { services, website in
        try await services.run("deploy", website.project)
        let master = website.webServer
        let worker = try await website.webServerWorker()
        try website.edit(
          replacing: "\"www.bakery.test\"]", with: "\"www.bakery.test\", \"brot.bakery.test\"]")
        try await services.run("deploy", website.project)
        #expect(website.webServer == master)
        try await wait(for: "a new worker") { try await website.webServerWorker() != worker }
        let page = try WebPage.fetch(port: website.port, host: "brot.bakery.test", path: "/")
        #expect(page.status == 301)
      }
    }

    @Test func `a broken configuration is not loaded`() async throws {
      try await withWebsite { services, website in
        try await services.run("deploy", website.project)
        let worker = try await website.webServerWorker()
        let template = "\(website.project)/libs/web/templates/nginx.conf.j2"
        let text = try #require(content(template))
        try (text + "nonsense;\n").write(toFile: template, atomically: true, encoding: .utf8)

        try await services.run("deploy", website.project, expecting: 1)
        let failed = try await services.resources().filter { $0.state?.handler_result == "failed" }
        #expect(failed.map(\.id).count == 1)
        #expect(failed.first?.id.contains("nginx") == true)
        #expect(
          try await website.webServerWorker() == worker, "the old configuration stays in force")

        try text.write(toFile: template, atomically: true, encoding: .utf8)
        try await services.run("deploy", website.project)
        #expect(website.problems() == [])
      }
    }
  }
}
