import Foundation
import Glibc
import ProcessTesting
import Testing

/// A disk of its own whose power can be cut: ext4 on a file, told to forget at once what is not
/// written yet, as `godown` of xfstests does.
private struct FragileDisk {
  let image: String
  let folder: String

  /// Nil where no disk can be mounted, as without root.
  init?(below folder: String) async throws {
    image = "\(folder)/disk.img"
    self.folder = "\(folder)/disk"
    try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: false)
    let made = try await command("truncate", "-s", "96M", image) == 0
    guard made, try await command("mkfs.ext4", "-q", image) == 0, try await mount() else {
      return nil
    }
  }

  /// Nothing is written by the kernel in its own time while a test runs.
  func mount() async throws -> Bool {
    try await command("mount", "-o", "loop,commit=900", image, folder) == 0
  }

  func unmount() async throws {
    #expect(try await command("umount", folder) == 0)
  }

  /// From here on nothing gets to the disk any more, not even from its journal.
  func cutPower() throws {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { throw ProcessError("\(folder): error \(errno)") }
    defer { close(descriptor) }
    // ext4: EXT4_IOC_SHUTDOWN = _IOR('X', 125, __u32) with EXT4_GOING_FLAGS_NOLOGFLUSH.
    var flags: UInt32 = 2
    guard unsafe ioctl(descriptor, 0x8004_587d, &flags) == 0 else {
      throw ProcessError("the power of \(folder) cannot be cut: error \(errno)")
    }
  }
}

/// Runs a program of the system and returns its exit status.
func command(_ program: String, _ arguments: String...) async throws -> Int32 {
  let child = try ChildProcess(
    program: program, arguments: arguments,
    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
    output: .init(standardOutput: "/dev/null", standardError: "/dev/null"))
  guard case .status(let status) = try await child.exit() else { return -1 }
  return status
}

extension Integration {
  /// Whatever is said to be as desired survives a loss of power at that moment.
  @Suite struct PowerLossTests {
    /// Runs a body with a disk that holds the agent's data and its world; skips it without one.
    private func withFragileDisk(
      _ body: (Services, FragileDisk) async throws -> Void
    ) async throws {
      try await withFolder { folder in
        guard let disk = try await FragileDisk(below: folder) else {
          withKnownIssue("skipped: no disk can be mounted here; it takes root and loop devices") {
            Issue.record("no mount")
          }
          return
        }
        do {
          let services = try Services(folder: folder, agentNames: ["web*"])
          try FileManager.default.createDirectory(
            atPath: "\(disk.folder)/agent", withIntermediateDirectories: false)
          try FileManager.default.createSymbolicLink(
            atPath: services.dataFolder(of: .agent), withDestinationPath: "\(disk.folder)/agent")
          // The folders above are not what is tested.
          _ = try await command("sync", "-f", disk.folder)
          do {
            try await services.startAll()
            try await body(services, disk)
          } catch {
            await services.stopAll()
            throw error
          }
          await services.stopAll()
        } catch {
          _ = try await command("umount", disk.folder)
          throw error
        }
        try await disk.unmount()
      }
    }

    private func losePower(_ services: Services, _ disk: FragileDisk) async throws {
      try disk.cutPower()
      try await services.kill(.agent)
      try await disk.unmount()
      try #require(try await disk.mount())
    }

    private func model(_ world: String, _ text: String, count: Int, link: String) -> String {
      """
      host = std::Host(name="web1", os=std::linux)
      world = std::Directory(host=host, path="\(world)", mode=750)
      for i in std::sequence(\(count)):
        std::File(host=host, path="\(world)/file-{{i}}", content="\(text) {{i}}", requires=world)
      end
      std::Symlink(host=host, target="\(world)/link", source="\(link)", requires=world)

      """
    }

    @Test(arguments: [3, 200])
    func `what was deployed is there after a loss of power`(count: Int) async throws {
      try await withFragileDisk { services, disk in
        let world = "\(disk.folder)/world"
        for (text, link) in [("first", "file-0"), ("second text", "file-1")] {
          try await services.run(
            "deploy",
            services.write(model: model(world, text, count: count, link: link)))
          let before = DiskSnapshot(of: world)
          #expect(before.entries.count == count + 1)
          try await losePower(services, disk)
          let after = DiskSnapshot(of: world)
          #expect(after.changes(since: before) == [])
          #expect(content("\(world)/file-2") == "\(text) 2")
          try await services.start(.agent)
        }
        // Removal is a state as well.
        let purged = """
          host = std::Host(name="web1", os=std::linux)
          std::File(host=host, path="\(world)/file-0", purged=true)
          std::Symlink(host=host, target="\(world)/link", source="x", purged=true)

          """
        try await services.run("deploy", services.write(model: purged))
        try await losePower(services, disk)
        #expect(content("\(world)/file-0") == nil)
        #expect(DiskSnapshot(of: world).entries["link"] == nil)
        try await services.start(.agent)
        try await services.waitUntilCompliant(count: 2)
      }
    }

    @Test func `a loss of power in the middle takes nothing that was reported, and is made good`()
      async throws
    {
      try await withFragileDisk { services, disk in
        let world = "\(disk.folder)/world"
        let count = 400
        var old = ""
        for text in ["first", "second text"] {
          try await services.run(
            "deploy", "--no-follow",
            services.write(model: model(world, text, count: count, link: text)))
          var reported: [ResourceRow] = []
          try await wait(for: "reports of some files") {
            reported = try await services.resources().filter { $0.isCompliant }
            return reported.count > 5
          }
          try await losePower(services, disk)
          for row in reported {
            guard let name = row.id.split(separator: "/").last?.dropLast(1),
              let number = name.split(separator: "-").last, name.hasPrefix("file-")
            else { continue }
            #expect(content("\(world)/\(name)") == "\(text) \(number)")
          }
          if !old.isEmpty {
            // What was replaced is there in its old or in its new form, whole.
            for number in 0..<count {
              let found = content("\(world)/file-\(number)")
              #expect(found == "\(old) \(number)" || found == "\(text) \(number)")
            }
          }
          try await services.start(.agent)
          try await services.waitUntilCompliant(count: count + 2)
          for number in 0..<count {
            #expect(content("\(world)/file-\(number)") == "\(text) \(number)")
          }
          old = text
        }
      }
    }
  }
}
