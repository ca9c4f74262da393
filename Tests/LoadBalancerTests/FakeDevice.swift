import Foundation
import ProcessTesting

@testable import LoadBalancer

/// The fake device in a process of its own.
final class FakeDevice: Sendable {
  let address: String
  private let process: ChildProcess
  private let folder: String

  private init(_ process: ChildProcess, _ folder: String, _ port: String) {
    self.process = process
    self.folder = folder
    address = "127.0.0.1:\(port)"
  }

  /// Runs a body with a device, and ends it afterwards.
  static func with<R>(_ body: (FakeDevice) async throws -> R) async throws -> R {
    let folder = "\(NSTemporaryDirectory())southbound-device-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let script = URL(filePath: #filePath).deletingLastPathComponent().path + "/fake_device.py"
    let process = try ChildProcess(
      program: "/usr/bin/env", arguments: ["python3", script],
      environment: ProcessInfo.processInfo.environment,
      output: .init(standardOutput: folder + "/log", standardError: folder + "/errors"))
    do {
      let port = try await firstLine(of: folder + "/log").dropFirst("port ".count)
      let result = try await body(FakeDevice(process, folder, String(port)))
      process.signal(9)
      _ = await process.end()
      return result
    } catch {
      process.signal(9)
      _ = await process.end()
      throw error
    }
  }

  private static func firstLine(of path: String) async throws -> String {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw ProcessError("the fake device did not start")
  }

  /// What happened to the device so far: `open`, `closed`, `command …`.
  var events: [String] {
    let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().map(String.init)
  }

  func count(_ event: String) -> Int { events.count { $0 == event } }

  /// Waits until something has happened so often.
  func wait(for event: String, count: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while self.count(event) < count {
      guard ContinuousClock.now < deadline else {
        throw ProcessError("`\(event)` happened \(self.count(event)) times, not \(count)")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Sends a command on a connection of its own, which the counts include.
  func tell(_ command: String) async throws {
    let connection = try await DeviceConnection.connect(to: address, password: "secret")
    _ = try? await connection.ask(command)
    await connection.close()
  }
}
