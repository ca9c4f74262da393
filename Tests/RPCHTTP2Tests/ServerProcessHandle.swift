import Glibc
import ProcessTesting
import RPCCore
import TLS
import TLSTesting
import Testing

/// A server of ours as a process of its own, whose memory and time can be measured.
final class ServerProcess {
  /// What it serves.
  enum Program: String, Sendable {
    case bench = "rpc-bench-server"
    case interop = "rpc-interop-server"

    func flags(certificate: String, key: String) -> [String] {
      switch self {
      case .bench: ["--tls-cert", certificate, "--tls-key", key]
      case .interop: ["--use_tls", "--tls_cert", certificate, "--tls_key", key]
      }
    }
  }

  let address: ServiceAddress
  /// What peers secure their connections with; nil in plaintext.
  let tls: TLSContext?
  private let process: ChildProcess
  private let program: Program
  private let folder: String?

  init(_ program: Program = .bench, isSecure: Bool = false) async throws {
    self.program = program
    let port = try #require(try Loopback.freePorts(1).first)
    address = .tcp(host: "127.0.0.1", port: port)
    var arguments = ["--port", "\(port)"]
    if isSecure {
      let folder = "/tmp/southbound-abuse-\(UInt64.random(in: 0 ... .max))"
      try #require(unsafe mkdir(folder, 0o700) == 0)
      let files = (certificate: "\(folder)/certificate", key: "\(folder)/key")
      try Self.write(TestAuthority.Issued.server.certificate, to: files.certificate)
      try Self.write(TestAuthority.Issued.server.privateKey, to: files.key)
      arguments += program.flags(certificate: files.certificate, key: files.key)
      tls = try TLSContext(.client(trustRoots: .test(TestAuthority.shared)))
      self.folder = folder
    } else {
      tls = nil
      folder = nil
    }
    process = try ChildProcess(
      program: try Self.path(of: program), arguments: arguments, environment: [:],
      output: ChildProcess.Output(standardOutput: "/dev/null"))
    while process.exitNow == nil, !Loopback.accepts(port: port) { await Task.yield() }
    try #require(process.exitNow == nil)
  }

  private static func path(of program: Program) throws -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    try #require(count > 0)
    let own = String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return "\(own[..<(own.lastIndex(of: "/") ?? own.endIndex)])/\(program.rawValue)"
  }

  private static func write(_ text: String, to path: String) throws {
    let file = try unsafe #require(unsafe fopen(path, "w"))
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  func end() async {
    await process.end()
    guard let folder else { return }
    for name in ["certificate", "key"] { unsafe unlink("\(folder)/\(name)") }
    unsafe rmdir(folder)
  }

  /// A peer that may break every rule of HTTP/2.
  func peer() throws -> RawPeer { try RawPeer(address, tls: tls) }

  /// A good client's call: the status of an echo of three bytes, or of a small answer.
  func echoStatus() throws -> String? {
    switch program {
    case .bench:
      try peer().call(path: "/bench.Bench/Echo", body: [0x0A, 3, 1, 2, 3])["grpc-status"]
    case .interop:
      try peer().call(path: "/grpc.testing.TestService/UnaryCall", body: [0x10, 3])["grpc-status"]
    }
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
