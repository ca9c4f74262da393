import Foundation

/// The website example in a folder of its own: a copy of the project, which may be edited, and the
/// place that it deploys to.
public struct WebsiteExample: Sendable {
  /// A name that the web server answers to, and what it shows.
  public struct Look: Sendable {
    /// Name that is asked for.
    public let host: String
    /// Path that is asked for.
    public let path: String
    /// Status that must come.
    public let status: Int
    /// Text that the page, or for a redirect its location, must contain.
    public let text: String
  }

  /// Folder of the copy of the project.
  public let project: String
  /// Folder that it deploys to.
  public let root: String
  /// Port of the web server on 127.0.0.1.
  public let port: Int

  /// Number of resources that the project has.
  public static let resourceCount = 23
  /// Files that it makes, relative to ``root``.
  public static let files = [
    "conf/nginx.conf",
    "conf/sites-available/bakery.test.conf",
    "conf/sites-available/team.bakery.test.conf",
    "conf/sites-available/www.bakery.test.conf",
    "sites/shop/bread.html",
    "sites/shop/hours.html",
    "sites/shop/index.html",
    "sites/team/index.html",
  ]
  /// Links that it makes, relative to ``root``.
  public static let links = [
    "conf/sites-enabled/bakery.test.conf",
    "conf/sites-enabled/team.bakery.test.conf",
    "conf/sites-enabled/www.bakery.test.conf",
  ]

  /// Copies the project below `folder` and takes a free port.
  ///
  /// `folder` must be readable for all, as nginx reads with few rights.
  public init(copying source: String, below folder: String) throws {
    project = "\(folder)/project"
    root = "\(folder)/website"
    port = try Loopback.freePorts(1)[0]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: source, toPath: project)
  }

  /// Environment variables that the compiler needs.
  public var environment: [String: String] {
    ["WEBSITE_ROOT": root, "WEBSITE_PORT": String(port)]
  }

  /// Replaces text in `main.cf`.
  ///
  /// Throws ``ProcessError`` if the text is not there.
  public func edit(replacing old: String, with new: String) throws {
    let path = "\(project)/main.cf"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    guard text.contains(old) else { throw ProcessError("\(path) does not contain `\(old)`") }
    try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// Returns what is on disk now, without what nginx itself writes.
  public func snapshot() -> DiskSnapshot {
    DiskSnapshot(of: root, excluding: ["logs", "run", "temp"])
  }

  /// What visitors must see.
  public static let looks = [
    Look(host: "bakery.test", path: "/", status: 200, text: "<h1>Welcome</h1>"),
    Look(host: "bakery.test", path: "/bread.html", status: 200, text: "Rye, spelt and sourdough."),
    Look(host: "bakery.test", path: "/hours.html", status: 200, text: "Opening hours"),
    Look(host: "team.bakery.test", path: "/", status: 200, text: "Ada kneads, Grace bakes."),
    Look(host: "www.bakery.test", path: "/bread.html", status: 301, text: "http://bakery.test"),
    Look(host: "bakery.test", path: "/absent.html", status: 404, text: ""),
    Look(host: "stranger.test", path: "/", status: 404, text: ""),
  ]

  /// Looks at the disk and at the web server.
  ///
  /// - Returns: What is not as the project says, in words; empty if all is.
  public func problems() -> [String] {
    let entries = snapshot().entries
    var problems: [String] = []
    for path in Self.files where entries[path]?.kind != "file" {
      problems.append("\(path) is not a file")
    }
    for path in Self.links {
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      let target = "\(root)/conf/sites-available/\(name)"
      if entries[path]?.kind != "link" || entries[path]?.content != Array(target.utf8) {
        problems.append("\(path) is not a link to \(target)")
      }
    }
    for (path, entry) in entries where entry.kind != "folder" {
      if !Self.files.contains(path), !Self.links.contains(path) {
        problems.append("\(path) should not be there")
      }
    }
    return problems + Self.looks.compactMap { problem(with: $0) }
  }

  private func problem(with look: Look) -> String? {
    let name = "http://\(look.host)\(look.path)"
    do {
      let page = try WebPage.fetch(port: port, host: look.host, path: look.path)
      guard page.status == look.status else { return "\(name) answers \(page.status)" }
      let text = page.status == 301 ? page.headers["location"] ?? "" : page.body
      return look.text.isEmpty || text.contains(look.text)
        ? nil : "\(name) does not show `\(look.text)`"
    } catch {
      return "\(name): \(error)"
    }
  }

  /// Process id of the nginx that was started, or nil.
  public var webServer: Int32? {
    let text = try? String(contentsOfFile: "\(root)/run/nginx.pid", encoding: .utf8)
    return text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// Process id of its worker, when there is just one: after a reload the old one goes in its own
  /// time. A reload replaces it.
  ///
  /// Throws ``ProcessError`` if there is not one worker within 20 s.
  public func webServerWorker() async throws -> Int32 {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      let workers = webServerWorkers
      if workers.count == 1, let worker = workers.first { return worker }
      guard ContinuousClock.now < deadline else {
        throw ProcessError("nginx has \(workers.count) workers, not 1")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private var webServerWorkers: Set<Int32> {
    guard let webServer else { return [] }
    let path = "/proc/\(webServer)/task/\(webServer)/children"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return Set(text.split(separator: " ").compactMap { Int32($0) })
  }

  /// Ends the nginx that was started, and waits until it is gone.
  public func stopWebServer() async {
    guard let webServer, kill(webServer, SIGTERM) == 0 else { return }
    let deadline = ContinuousClock.now + .seconds(10)
    while kill(webServer, 0) == 0, ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(10))
    }
  }
}
