import Glibc
import ProcessTesting
import RPCCore
import Testing

/// `rpc-bench-server` as a process of its own, whose memory and time can be measured.
final class BenchProcess {
  let address: ServiceAddress
  private let process: ChildProcess

  init() async throws {
    var path = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    try #require(count > 0)
    let own = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let port = try #require(try Loopback.freePorts(1).first)
    let folder = own[..<(own.lastIndex(of: "/") ?? own.endIndex)]
    process = try ChildProcess(
      program: "\(folder)/rpc-bench-server", arguments: ["--port", "\(port)"], environment: [:],
      output: ChildProcess.Output(standardOutput: "/dev/null"))
    address = .tcp(host: "127.0.0.1", port: port)
    while !Loopback.accepts(port: port) { await Task.yield() }
  }

  func end() async { await process.end() }

  /// A good client's call: the status of an echo of three bytes.
  func echoStatus() throws -> String? {
    let payload: [UInt8] = [0x0A, 3, 1, 2, 3]
    return try RawPeer(address).call(path: "/bench.Bench/Echo", body: payload)["grpc-status"]
  }

  /// Makes the peak start again from what is resident now, and returns that, in bytes.
  func resetPeak() throws -> Int {
    if let file = unsafe fopen("/proc/\(process.processID)/clear_refs", "w") {
      unsafe fputs("5", file)
      unsafe fclose(file)
    }
    return try memory("VmRSS")
  }

  var peakBytes: Int { get throws { try memory("VmHWM") } }

  private func memory(_ name: String) throws -> Int {
    let file = try unsafe #require(unsafe fopen("/proc/\(process.processID)/status", "r"))
    defer { unsafe fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    while unsafe fgets(&buffer, 256, file) != nil {
      let line = String(
        decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard line.hasPrefix("\(name):") else { continue }
      let digits = line.filter(\.isNumber)
      return (Int(digits) ?? 0) * 1024
    }
    throw ProcessError("no \(name) in the status of the server")
  }
}
