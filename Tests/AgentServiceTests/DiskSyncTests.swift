import Synchronization
import Testing

@testable import AgentService

/// Devices, and every call of the system in order.
private final class RecordedDisk: Sendable {
  struct State {
    var devices: [String: UInt64]
    var calls: [String] = []
    var refusing: Set<String> = []
  }
  let state: Mutex<State>

  init(_ devices: [String: UInt64], refusing: Set<String> = []) {
    state = Mutex(State(devices: devices, refusing: refusing))
  }

  private func call(_ name: String, _ path: String) -> String? {
    state.withLock { state in
      state.calls.append("\(name) \(path)")
      return state.refusing.contains("\(name) \(path)") ? "\(path) is refused" : nil
    }
  }

  func persist(_ paths: [String]) -> [String: String] {
    DiskSync(
      calls: .init(
        device: { path in self.state.withLock { $0.devices[path] } },
        sync: { self.call("sync", $0) }, syncDevice: { self.call("device", $0) })
    ).persist(paths)
  }

  var calls: [String] { state.withLock { $0.calls } }
}

@Suite struct DiskSyncTests {
  @Test func `a file goes to the disk before its name`() {
    let disk = RecordedDisk(["/": 1, "/etc": 1, "/etc/motd": 1])
    #expect(disk.persist(["/etc/motd", "/etc/motd"]) == [:])
    #expect(disk.calls == ["sync /etc/motd", "sync /etc"])
  }

  @Test func `of what is gone the folder is synced, the nearest that is there`() {
    let disk = RecordedDisk(["/": 1, "/a": 1])
    #expect(disk.persist(["/a/gone", "/a/b/c/gone"]) == [:])
    #expect(disk.calls == ["sync /a"])
  }

  @Test func `many paths of a device take one sync, those of another one their own`() {
    var devices: [String: UInt64] = ["/": 1, "/big": 1, "/usb": 2, "/usb/one": 2]
    let many = (0..<DiskSync.singlyMax).map { "/big/\($0)" }
    for path in many { devices[path] = 1 }
    let disk = RecordedDisk(devices)
    #expect(disk.persist(many + ["/usb/one"]) == [:])
    #expect(Set(disk.calls) == ["device /big", "sync /usb/one", "sync /usb"])
    #expect(disk.calls.count == 3)
  }

  @Test func `a folder that is another device is synced on both sides of the border`() {
    let disk = RecordedDisk(["/": 1, "/mnt": 1, "/mnt/disk": 2])
    #expect(disk.persist(["/mnt/disk"]) == [:])
    #expect(Set(disk.calls) == ["sync /mnt/disk", "sync /mnt"])
  }

  @Test func `a device that refuses is asked path by path, and only what it refuses has failed`() {
    var devices: [String: UInt64] = ["/": 1, "/d": 1]
    let many = (0..<100).map { "/d/\($0)" }
    for path in many { devices[path] = 1 }
    let disk = RecordedDisk(devices, refusing: ["device /d", "sync /d/7"])
    #expect(disk.persist(many) == ["/d/7": "/d/7 is refused"])
    #expect(disk.calls.count == 102)
    let other = RecordedDisk(devices, refusing: ["device /d"])
    #expect(other.persist(many) == [:])
  }

  @Test func `a folder that refuses fails all that is in it`() {
    let disk = RecordedDisk(
      ["/": 1, "/a": 1, "/a/x": 1, "/b": 1, "/b/y": 1], refusing: ["sync /a"])
    #expect(Set(disk.persist(["/a/x", "/a/gone", "/b/y"]).keys) == ["/a/x", "/a/gone"])
  }

  @Test(arguments: [
    ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("/a/b/", "/a"), ("//a//b", "//a"), ("/ä/ö", "/ä"),
  ])
  func `the folder of a path is what stands before its last name`(path: String, folder: String) {
    #expect(DiskSync.folder(of: path) == folder)
  }
}
