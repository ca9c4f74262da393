import Digest
import Glibc
import HandlerHost
import Resources
import SouthboundKit
import StandardHandlers
import Synchronization
import Testing

/// A temporary folder and a host with the standard handlers.
final class Machine: Sendable {
  let folder: String
  let host: HandlerHost
  let cache = HandlerCache()
  private let contents: Contents

  init() throws {
    folder = "/tmp/southbound-handlers-\(ActionID.random())"
    guard unsafe mkdir(folder, 0o755) == 0 else { throw Failed(what: "mkdir \(folder)") }
    let contents = Contents()
    self.contents = contents
    host = HandlerHost(
      registry: try IntegrationRegistry([.standard]), cache: cache,
      now: { Timestamp(unixNanos: 1) }, contents: { try contents.get($0) })
  }

  deinit { remove(folder) }

  struct Failed: Error { let what: String }

  private func remove(_ path: String) {
    for name in names(path) {
      let inner = "\(path)/\(name)"
      if unsafe unlink(inner) != 0 { remove(inner) }
    }
    _ = unsafe rmdir(path)
  }

  /// Names in a folder, sorted.
  func names(_ path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func upload(_ text: String) -> Value { contents.add(Array(text.utf8)) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    guard let file = unsafe fopen(path(name), "w") else { throw Failed(what: name) }
    defer { unsafe fclose(file) }
    unsafe fputs(text, file)
  }

  func text(_ name: String) -> String? {
    guard let file = unsafe fopen(path(name), "r") else { return nil }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  func mode(_ name: String) -> UInt32? {
    var info = stat()
    guard unsafe lstat(path(name), &info) == 0 else { return nil }
    return info.st_mode & 0o7777
  }

  func resource(
    _ type: String, _ attribute: String, _ value: String, _ fields: [String: Value]
  ) throws -> Resource {
    var fields = fields
    fields[attribute] = .string(value)
    let digest = SHA256.digest(of: [])
    return Resource(
      id: try ResourceID(type: type, agent: "a", attribute: attribute, value: value),
      fields: fields, requires: [], attributeHash: digest, sendsEvents: true, receivesEvents: true)
  }

  func file(
    _ name: String, _ fields: [String: Value], kind: ActionKind = .deploy
  ) async throws -> Outcome {
    try await run("std::File", "path", path(name), fields, kind: kind)
  }

  func run(
    _ type: String, _ attribute: String, _ value: String, _ fields: [String: Value] = [:],
    kind: ActionKind = .deploy, event: Bool = false
  ) async throws -> Outcome {
    await host.run(
      Operation(
        kind: kind, resource: try resource(type, attribute, value, fields), eventReceived: event))
  }
}

/// Uploaded contents.
private final class Contents: Sendable {
  private let stored = Mutex<[ContentDigest: [UInt8]]>([:])

  func add(_ bytes: [UInt8]) -> Value {
    let digest = SHA256.digest(of: bytes)
    stored.withLock { $0[digest] = bytes }
    return .content(digest: digest, byteCount: bytes.count)
  }

  func get(_ digest: ContentDigest) throws -> [UInt8] {
    guard let bytes = stored.withLock({ $0[digest] }) else {
      throw Machine.Failed(what: "no contents \(digest)")
    }
    return bytes
  }
}
