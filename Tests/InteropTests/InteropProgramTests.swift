import Foundation
import Interop
import ProcessTesting
import Testing

/// The two programs as processes.
@Suite(.timeLimit(.minutes(2)))
struct InteropProgramTests {
  private static let programs =
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "southbound-interop-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func text(_ file: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
  }

  private func start(_ name: String, _ arguments: [String]) throws -> ChildProcess {
    try ChildProcess(
      program: "\(Self.programs)/rpc-interop-\(name)", arguments: arguments, environment: [:],
      output: ChildProcess.Output(
        standardOutput: "\(folder)/\(name).out", standardError: "\(folder)/\(name).err"))
  }

  private func run(_ arguments: [String]) async throws -> ChildProcess.Exit {
    try await start("client", arguments).exit()
  }

  /// Runs a body with a server at a unix socket.
  private func withServer(_ body: (String) async throws -> Void) async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let socket = "\(folder)/socket"
    let server = try start("server", ["--unix", socket])
    let result: Result<Void, any Error>
    do {
      while server.exitNow == nil, try text("server.out").isEmpty {
        try await Task.sleep(for: .milliseconds(5))
      }
      try #expect(text("server.out") == "unix://\(socket)\n")
      result = .success(try await body(socket))
    } catch {
      result = .failure(error)
    }
    await server.end()
    try result.get()
  }

  @Test func `a case that passes exits with 0, one that fails with 1 and says why`() async throws {
    try await withServer { socket in
      #expect(try await run(["--unix", socket, "--test_case=ping_pong"]) == .status(0))
      #expect(try text("client.out") == "ping_pong: passed\n")
      // More bytes than the server gives.
      let large = ["--soak_response_size", "2000000000", "--soak_iterations", "2"]
      let soak = ["--unix", socket, "--test_case", "rpc_soak"]
      #expect(try await run(soak + large) == .status(1))
      let error = try text("client.err")
      #expect(error.contains("rpc_soak failed: failed calls of 2: expected at most 0, got 2"))
      #expect(error.contains("INVALID_ARGUMENT"))
    }
  }

  @Test func `a server that is not there fails the case`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(
      try await run(["--unix", "\(folder)/none", "--test_case", "empty_unary"]) == .status(1))
    #expect(try text("client.err").contains("empty_unary failed: UNAVAILABLE"))
  }

  @Test(arguments: [
    (["--test_case", "no_such_case"], "cacheable_unary"),  // The list of all cases.
    ([], "--test_case"),
    (["--test_case", "rpc_soak", "--soak_iterations", "0"], "out of range"),
    (["--test_case", "empty_unary", "--tls_cert", "x"], "come together"),
    (["--test_case", "empty_unary", "--tls_ca", "x"], "need --use_tls"),
    (["--test_case", "empty_unary", "--server_port", "1", "--unix", "x"], "either"),
    (["--test_case", "empty_unary", "--server_port", "65536"], "65535"),
    (["--test_case", "empty_unary", "--use_tls", "maybe", "--server_port", "1"], "use_tls"),
  ])
  func `a wrong command line exits with 2 and says what is wrong`(
    arguments: [String], part: String
  ) async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try await run(arguments) == .status(2))
    #expect(try text("client.err").contains(part), "\((try? text("client.err")) ?? "")")
    for testCase in InteropCase.allCases where arguments.contains("no_such_case") {
      #expect(try text("client.err").contains("  - \(testCase.rawValue)\n"))
    }
  }

  @Test(arguments: [
    (["--use_tls"], ["--use_tls=true"]),
    (["--use_tls", "--port", "1"], ["--use_tls=true", "--port", "1"]),
    (["--use_tls", "false"], ["--use_tls", "false"]),
    (["--use_tls=false"], ["--use_tls=false"]),
  ])
  func `--use_tls alone means true`(given: [String], normalized: [String]) {
    #expect(InteropProgram.normalized(given) == normalized)
  }
}
