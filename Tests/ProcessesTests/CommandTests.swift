import Processes
import Testing

@Suite struct CommandTests {
  @Test func `runs in its folder with its variables and takes both outputs`() async throws {
    let result = try await Command(
      "sh", ["-c", "pwd; echo $GREETING >&2; exit 3"], environment: ["GREETING": "hello"],
      workingDirectory: "/usr"
    ).run()
    #expect(result.end == .exited(3))
    #expect(result.outputText == "/usr\n")
    #expect(result.errorText == "hello\n")
  }

  @Test func `keeps no more output than its limit, and counts the rest`() async throws {
    let result = try await Command(
      "sh", ["-c", "head -c 1000000 /dev/zero"], outputBytesMax: 1_000
    ).run()
    #expect(result.output.count == 1_000)
    #expect(result.droppedBytes == 999_000)
  }

  @Test func `names a program that is not there`() async throws {
    let error = await #expect(throws: ProcessError.self) {
      try await Command("/nowhere/at-all").run()
    }
    #expect(error?.code == .notFound || error?.code == .spawnFailed)
    #expect(error?.description.contains("/nowhere/at-all") == true)
  }

  @Test func `ends a program that takes too long, with what it started`() async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let error = await #expect(throws: ProcessError.self) {
      try await Command("sh", ["-c", "sleep 300 & wait"], timeout: .milliseconds(100)).run()
    }
    #expect(error?.code == .timedOut)
    // Far below the 300 s of the child, and far above what a busy machine needs.
    #expect(clock.now - start < .seconds(200))
  }

  @Test func `says which signal ended it`() async throws {
    let result = try await Command("sh", ["-c", "kill -9 $$"]).run()
    #expect(result.end == .signalled(9))
  }
}
