import Testing

/// What a formatter does not see.
@Suite struct SourceTests {
  @Test func `a file has at most 600 lines`() {
    for file in Tree.swiftFiles {
      let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(lines <= 600, "\(file.path) has \(lines) lines")
    }
  }

  @Test func `a function has at most 70 lines`() {
    for file in Tree.swiftFiles {
      for function in CodeScanner.functions(in: file.code) where function.length > 70 {
        Issue.record("\(file.path):\(function.line): \(function.name) has \(function.length) lines")
      }
    }
  }

  /// Files outside `*Handle.swift` and `Syscalls*.swift` that hold unsafe expressions, each with its
  /// reason.
  static let unsafeFiles: [String: String] = [
    "Sources/Commands/Support/Console.swift": "write(2) to the terminal",
    "Sources/Commands/Project/LocalCompile.swift": "reads environ(7)",
    "Sources/EventLoop/Loop/EventLoop.swift": "names itself as the executor of its connections",
    "Sources/Language/Evaluation/FormatSpecification.swift": "snprintf(3) writes doubles",
    "Sources/Language/Evaluation/StringTable.swift": "hashes and compares bytes in place: hot path",
    "Sources/Launching/Services/AgentCommand.swift": "mkdir(2)",
    "Sources/Launching/Terminal.swift": "write(2) to the terminal",
    "Sources/ProjectFiles/ProjectUpload.swift": "reads folders with opendir(3) and open(2)",
    "Sources/RPCHTTP2/Server/ServerListener.swift": "an actor on its loop",
    "Sources/RPCTesting/BytesMessage.swift": "copies the bytes of a message, for tests",
    "Sources/Resources/CanonicalCoding.swift": "appends the bytes of a string without a copy",
    "Sources/Threads/WorkThread.swift": "a thread with a stack of its own",
    "Sources/southbound-bench-deploy/SystemCallFloor.swift": "the floor: bare system calls",
    "Sources/southbound-bench-models/main.swift": "reads memory and time of the process",
  ]

  @Test func `unsafe code lives in handles and system calls`() {
    for file in Tree.swiftFiles where file.path.hasPrefix("Sources/") {
      let isHome = file.name.hasSuffix("Handle.swift") || file.name.contains("Syscalls")
      guard !isHome, Self.unsafeFiles[file.path] == nil else { continue }
      let found = file.lines(with: "unsafe", matching: /\bunsafe\b/)
        .filter { !$0.line.contains("nonisolated(unsafe)") }
      let numbers = found.map { "\($0.number)" }.joined(separator: ", ")
      #expect(numbers.isEmpty, "\(file.path) is unsafe in lines \(numbers)")
    }
    for path in Self.unsafeFiles.keys {
      #expect(
        Tree.swiftFiles.contains { $0.path == path && $0.code.contains(/\bunsafe\b/) },
        "\(path) is listed without need")
    }
  }

  @Test func `what the compiler must believe has a reason beside it`() {
    for file in Tree.swiftFiles {
      let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
      for found in file.lines(with: "@unchecked Sendable") + file.lines(with: "nonisolated(unsafe)")
      {
        let near = lines[max(0, found.number - 3)..<min(lines.count, found.number + 1)]
        #expect(
          near.contains { $0.contains("//") },
          "\(file.path):\(found.number): say why this is safe, on a line beside it")
      }
    }
  }

  @Test func `only programs print`() {
    let programs: Set<String> = ["Commands"]
    for file in Tree.swiftFiles {
      guard let module = file.module, !programs.contains(module), !isProgram(module) else {
        continue
      }
      for line in file.lines(with: "print(", matching: /(^|[^.\w])print\(/)
      where !line.line.contains("func print") {
        Issue.record("\(file.path):\(line.number): prints")
      }
    }
  }

  private func isProgram(_ module: String) -> Bool {
    guard let manifest = try? PackageManifest(text: Tree.text("Package.swift")) else {
      return false
    }
    return manifest.declarations[module].map { $0.layer == "apps" } ?? true
  }

  @Test func `a note for later has an issue number`() {
    let marks = ["TO" + "DO", "FIX" + "ME"]
    for file in Tree.swiftFiles + Tree.pages {
      guard marks.contains(where: { file.text.contains($0) }) else { continue }
      for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      where marks.contains(where: { line.contains($0) }) && !line.contains(/#\d+/) {
        Issue.record("\(file.path):\(index + 1): \(line)")
      }
    }
  }
}
