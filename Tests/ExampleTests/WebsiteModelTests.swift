import Diagnostics
import Exporting
import Language
import ProcessTesting
import ProjectFiles
import Resources
import SouthboundKit
import StandardHandlers
import Testing

/// The website example as a model; IntegrationTests deploy it.
@Suite struct WebsiteModelTests {
  static let root = "/srv/example"

  private func export() throws -> ExportResult {
    let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    let project = try Project.open(
      repository.joined(separator: "/") + "/Sources/Examples/website")
    let result = Compiler(
      files: project, environment: ["WEBSITE_ROOT": Self.root, "WEBSITE_PORT": "8099"]
    ).compile()
    let report = DiagnosticRenderer(map: result.sources).render(result.diagnostics)
    try #require(result.succeeded, "\(report)")
    #expect(result.diagnostics.isEmpty, "\(report)")
    let exported = ModelExport.run(result.model, with: try IntegrationRegistry([.standard]))
    #expect(exported.findings.isEmpty, "\(exported.findings)")
    return exported
  }

  private func content(of path: String, in result: ExportResult) throws -> String {
    let id = "std::File[web1,path=\(Self.root)/\(path)]"
    let file = try #require(result.resources.first { $0.id.description == id })
    let digest = try #require(file.fields["content"]?.contentDigest)
    return String(decoding: try #require(result.contents[digest]), as: UTF8.self)
  }

  @Test func `it is made of the resources that the demo expects`() throws {
    let ids = try export().resources.map(\.id.description)
    #expect(ids.count == WebsiteExample.resourceCount)
    for path in WebsiteExample.files {
      #expect(ids.contains("std::File[web1,path=\(Self.root)/\(path)]"))
    }
    for path in WebsiteExample.links {
      #expect(ids.contains("std::Symlink[web1,target=\(Self.root)/\(path)]"))
    }
  }

  @Test func `templates and interpolation make the files`() throws {
    let exported = try export()
    let main = try content(of: "conf/nginx.conf", in: exported)
    #expect(main.contains("listen 127.0.0.1:8099 default_server;"))
    #expect(main.contains("    client_body_temp_path temp/client_body;\n"))
    #expect(
      try content(of: "conf/sites-available/bakery.test.conf", in: exported)
        .contains("    root \(Self.root)/sites/shop;\n"))
    let page = try content(of: "sites/shop/bread.html", in: exported)
    #expect(page.contains("<h1>Bread</h1>"))
    let menu = page.split(separator: "\n").filter { $0.contains("<li>") }
    #expect(
      menu == [
        "      <li><a href=\"index.html\">Welcome</a></li>", "      <li>Bread</li>",
        "      <li><a href=\"hours.html\">Opening hours</a></li>",
      ])
  }

  @Test func `pages do not reload nginx, and configuration does`() throws {
    let runs = try export().resources.filter { $0.id.description.hasPrefix("exec::Run[") }
    try #require(runs.count == 2)
    for run in runs {
      let required = run.requires.map(\.description)
      #expect(!required.contains { $0.contains(".html") })
      #expect(required.contains("std::File[web1,path=\(Self.root)/conf/nginx.conf]"))
      #expect(required.filter { $0.hasPrefix("std::Symlink[") }.count == WebsiteExample.links.count)
    }
  }

  @Test func `it is the same at each export`() throws {
    let first = try export()
    let second = try export()
    #expect(first.resources == second.resources)
    #expect(first.contents == second.contents)
  }
}
