internal import RPCCore
internal import Resources
internal import Schema

/// What a deployment shows as it goes: plain lines, or one JSON document a line.
struct DeploymentReport: Sendable {
  var asJSON: Bool

  private func json(_ kind: String, _ value: Value) { Console.out(Value.map([kind: value]).json) }

  func show(_ response: CompilerV1.CompileResponse) {
    switch response.kind {
    case .progress(let progress): show(progress)
    case .diagnostic(let diagnostic): show(diagnostic)
    case .printed(let text): asJSON ? json("printed", .string(text)) : Console.raw(text)
    case .export(let export): show(export)
    case .summary(let summary): show(summary)
    case nil: return
    }
  }

  private func show(_ progress: CompilerV1.CompileProgress) {
    let phase = "\(progress.phase)"
    if asJSON {
      json(
        "progress",
        ["phase": .string(phase), "instances": .int(Int64(clamping: progress.instances))])
    } else {
      let count = progress.instances > 0 ? ", \(progress.instances) instances" : ""
      Console.out("compile   \(phase)\(count)")
    }
  }

  private func show(_ diagnostic: DiagnosticV1.Diagnostic) {
    if asJSON {
      json("diagnostic", DiagnosticOutput.json(diagnostic))
    } else {
      Console.error(Console.printable(diagnostic.rendered))
    }
  }

  private func show(_ export: ExporterV1.ExportResponse) {
    switch export.kind {
    case .diagnostic(let diagnostic): show(diagnostic)
    case .resources(let exported):
      for id in exported.resourceIDs {
        asJSON
          ? json("exported", .string(id))
          : Console.out("export    \(Console.printable(id))")
      }
    case .files(let files):
      if asJSON {
        json(
          "files",
          [
            "needed": .int(Int64(clamping: files.needed)),
            "uploaded": .int(Int64(clamping: files.uploaded)),
            "bytes": .int(Int64(clamping: files.bytes)),
          ])
      } else {
        Console.out(
          "export    \(files.uploaded) of \(files.needed) files sent, \(files.bytes) bytes")
      }
    case .version(let version):
      if asJSON {
        json(
          "version",
          [
            "number": .int(Int64(clamping: version.version)), "released": .bool(version.released),
          ])
      } else {
        let verb = version.released ? "stored and released" : "stored"
        Console.out("server    version \(version.version) \(verb)")
      }
    case .summary, nil: return
    }
  }

  private func show(_ summary: CompilerV1.CompileSummary) {
    if asJSON {
      json(
        "summary",
        [
          "succeeded": .bool(summary.succeeded),
          "instances": .int(Int64(clamping: summary.instances)),
          "resources": .int(Int64(clamping: summary.resources)),
          "version": .int(Int64(clamping: summary.version)),
          "errors": .int(Int64(summary.errors)), "warnings": .int(Int64(summary.warnings)),
        ])
    } else if summary.succeeded {
      Console.out(
        "compile   \(summary.instances) instances, \(summary.resources) resources, "
          + "\(summary.warnings) warnings, \(summary.compileNanos / 1_000_000) ms")
    } else {
      Console.error("error: \(summary.errors) errors; nothing was stored")
    }
  }

  func retrying(_ error: RPCError, limit: Duration) {
    Console.error(
      "warning: \(error); trying again for up to \(limit.components.seconds) s, or until Ctrl-C")
  }

  func away(_ error: RPCError, limit: Duration) {
    Console.error(
      "warning: \(error); waiting up to \(limit.components.seconds) s for the server, agents go on")
  }

  func back() { Console.error("the server is back") }

  func asked(_ response: ResourcesV1.DeployResponse, mode: String) {
    if asJSON {
      json(
        "asked", ["mode": .string(mode), "resources": .int(Int64(clamping: response.resources))])
    } else {
      Console.out("server    \(mode) of \(response.resources) resources asked for")
    }
    for agent in response.absentAgents {
      Console.error("warning: no process serves agent `\(agent)`; its resources wait")
    }
  }

  func missing(
    absent: [String], silent: [String], hindered: [ResourcesV1.HinderedAgent]
  ) {
    if asJSON, !(absent.isEmpty && silent.isEmpty && hindered.isEmpty) {
      json(
        "waiting",
        [
          "absent": .list(absent.map { .string($0) }), "silent": .list(silent.map { .string($0) }),
          "hindered": .list(
            hindered.map { agent in
              [
                "name": .string(agent.name), "paused": .bool(agent.paused),
                "disk_error": .string(agent.diskError),
              ]
            }),
        ])
    }
    for agent in hindered {
      Console.error("warning: \(AgentTalk.hindered(agent.name, agent.paused, agent.diskError))")
    }
    for agent in absent {
      Console.error("warning: agent `\(Console.printable(agent))` is not connected")
    }
    for agent in silent {
      Console.error(
        "warning: agent `\(Console.printable(agent))` did not do what was asked for; "
          + "it is busy with something that does not end")
    }
  }

  func halted(_ environment: String) {
    let name = Console.printable(environment)
    Console.error(
      "warning: environment `\(name)` is halted; `southbound environments resume \(name)` lets agents "
        + "deploy")
  }

  func changed(_ state: ResourceV1.ResourceState) {
    if asJSON {
      guard case .map(var entries) = WireValue.state(state) else { return }
      entries["resource_id"] = .string(state.resourceID)
      json("state", .map(entries))
      return
    }
    let (word, colour) = DeploymentReport.word(for: state)
    let padded = word + String(repeating: " ", count: max(0, 12 - word.count))
    let note = state.message.isEmpty ? "" : "  " + Console.printable(state.message)
    Console.out(
      "state     \(Console.coloured(padded, colour)) \(Console.printable(state.resourceID))\(note)")
  }

  static func word(for state: ResourceV1.ResourceState) -> (String, Console.Colour) {
    if state.isDeploying { return ("deploying", .cyan) }
    if state.blocked == .blocked { return ("blocked", .yellow) }
    if state.blocked == .temporarilyBlocked { return ("waiting", .yellow) }
    switch state.handlerResult {
    case .failed: return ("failed", .red)
    case .skipped: return ("skipped", .yellow)
    default: break
    }
    switch state.compliance {
    case .compliant:
      return state.change == .none || state.change == .unspecified
        ? ("unchanged", .grey) : (state.change.name, .green)
    case .nonCompliant: return ("drifted", .yellow)
    case .undefined: return ("undefined", .yellow)
    default: return ("to deploy", .grey)
    }
  }

  func log(_ entry: LogV1.LogEntry) {
    if asJSON {
      json("log", WireValue.entry(entry))
    } else {
      LogPrinter(asJSON: false, prefix: "log       ").show(entry)
    }
  }

  func finished(_ states: [String: ResourceV1.ResourceState], version: UInt64, settled: Bool) {
    let compliant = states.values.count { $0.compliance == .compliant }
    let failed = states.values.count { $0.handlerResult == .failed }
    let other = states.count - compliant - failed
    if asJSON {
      json(
        "finished",
        [
          "version": .int(Int64(clamping: version)), "resources": .int(Int64(states.count)),
          "compliant": .int(Int64(compliant)), "failed": .int(Int64(failed)),
          "settled": .bool(settled),
        ])
    } else {
      Console.out(
        "version \(version): \(states.count) resources, \(compliant) as desired, \(failed) failed, "
          + "\(other) other")
    }
  }
}
