import Foundation
import ProcessTesting
import Testing

extension CommandLineTests {
  /// Where values come from, and pages of modules.
  @Suite struct TraceAndDocsTests {
    private let model = """
      entity Site:
        string name
      end
      entity Host:
        string name
        int port = 80
      end
      Site.hosts [0:] -- Host.site [1]
      implementation grow for Site:
        self.hosts += Host(name="b", port=8080)
      end
      implement Site using grow
      implement Host using std::none
      a = Site(name="one")
      Host(name="x", site=a)
      """

    @Test func `--trace-value prints each assignment with its line`() async throws {
      try await withFolder { folder in
        let path = try folder.write(model, to: "main.cf")
        let result = try await folder.run(["compile", "--trace-value", "Host.port", path])
        #expect(
          result.output.replacingOccurrences(of: path, with: "main.cf") == """
            `port` of `__config__::Host`: 2 instances

            __config__::Host, constructed at main.cf:15:1
              set to 80, the default, at main.cf:6:7
                  6 | int port = 80
              value: 80

            __config__::Host, constructed at main.cf:10:17
              by implementation `__config__::grow` of this `__config__::Site`, constructed at main.cf:14:5
              set to 8080, at main.cf:10:37
                  10 | self.hosts += Host(name="b", port=8080)
                  by implementation `__config__::grow` of this `__config__::Site`, constructed at main.cf:14:5
              value: 8080

            """)
        let json = try object(
          try await folder.run(["compile", "--json", "--trace-value", "Site.hosts", path]).output)
        let trace = try #require(json["trace"] as? [String: Any])
        let site = try #require((trace["instances"] as? [[String: Any]])?.first)
        let steps = try #require(site["steps"] as? [[String: Any]])
        #expect(steps.compactMap { $0["action"] as? String } == ["added", "added", "completed"])
        #expect(steps.compactMap { $0["otherEnd"] as? Bool } == [true, false, false])
        #expect(steps.first?["line"] as? Int == 15)
        #expect(steps.first?["source"] as? String == "Host(name=\"x\", site=a)")
      }
    }

    @Test func `a name that does not exist ends with 1, a wrong form with 2`() async throws {
      try await withFolder { folder in
        let path = try folder.write(model, to: "main.cf")
        let unknown = try await folder.run(
          ["compile", "--trace-value", "Hots.port", path], expecting: 1)
        #expect(unknown.errors.contains("did you mean `Host`?"))
        let attribute = try await folder.run(
          ["compile", "--trace-value", "Host.prot", path], expecting: 1)
        #expect(attribute.errors.contains("did you mean `port`?"))
        try await folder.run(["compile", "--trace-value", "Host", path], expecting: 2)
        try await folder.run(["compile", "--limit", "instance=1", path], expecting: 2)
        let limited = try await folder.run(
          ["compile", "--limit", "instances=1", path], expecting: 1)
        #expect(limited.errors.contains("instance-limit"))
      }
    }

    @Test func `docs writes a file a page, or all to stdout`() async throws {
      try await withFolder { folder in
        _ = try folder.write("name: test\nmodulepath: libs\n", to: "project.yml")
        _ = try folder.write("import m\n" + model, to: "main.cf")
        _ = try folder.write("name: m\nversion: 1.0\n", to: "libs/m/module.yml")
        _ = try folder.write("entity Thing:\nend\n", to: "libs/m/model/_init.cf")
        let all = try await folder.run(["docs", folder.folder])
        #expect(all.output.contains("### `m::Thing`"))
        #expect(all.output.contains("| `site` | `__config__::Site` | `1` | `hosts` |  |"))
        #expect(!all.output.contains("Module `std`"))
        let one = try await folder.run(["docs", folder.folder, "--module", "m"])
        #expect(one.output == "# Module `m`\n\n## Entities\n\n### `m::Thing`\n")
        _ = try folder.write("", to: "pages/.keep")
        let pages = "\(folder.folder)/pages"
        let written = try await folder.run(["docs", folder.folder, "--output", pages])
        #expect(written.output == "\(pages)/main.md\n\(pages)/m.md\n")
        #expect(content("\(pages)/m.md") == one.output)
      }
    }

    @Test func `docs refuses what is not there`() async throws {
      try await withFolder { folder in
        let path = try folder.write(model, to: "main.cf")
        let module = try await folder.run(["docs", path, "--module", "stdd"], expecting: 1)
        #expect(module.errors.contains("did you mean `std`?"))
        try await folder.run(["docs", path, "--module", "a..b"], expecting: 2)
        try await folder.run(["docs", "\(folder.folder)/none"], expecting: 3)
        try await folder.run(
          ["docs", path, "--output", "\(folder.folder)/none"], expecting: 3)
        let broken = try folder.write("entity A extends B:\nend\n", to: "broken.cf")
        try await folder.run(["docs", broken], expecting: 1)
      }
    }
  }
}
