internal import Resources
internal import SouthboundKit

/// How one run ended, before its journal is added.
struct Conclusion: Sendable {
  var result: HandlerResult
  var message = ""
  var hint = OutcomeHint.none
  var isSkippedForDependencies = false
}

/// Calls the steps of one handler for one resource, and turns what they throw into a conclusion.
struct HandlerEngine: Sendable {
  let handler: any Handler
  let context: HandlerContext
  let eventReceived: Bool

  /// pre, apply, reload if an event asks for it, facts; post always.
  func run() async -> Conclusion {
    var conclusion: Conclusion
    do {
      try await handler.pre(context)
      try await handler.apply(context)
      if eventReceived, !context.isDryRun, handler.canReload(context) {
        try await handler.doReload(context)
      }
      conclusion = Conclusion(result: .successful)
      if Task.isCancelled { throw CancellationError() }
    } catch {
      conclusion = concluded(error)
    }
    if conclusion.result == .successful, !context.isDryRun { await findFacts() }
    do {
      try await handler.post(context)
    } catch {
      context.exception(error, "post failed: {error}", ["error": .string("\(error)")])
    }
    await context.cache.end()
    return conclusion
  }

  /// Facts are a by-product: without them the run has succeeded all the same.
  private func findFacts() async {
    do {
      try await handler.facts(context)
    } catch {
      context.warning("facts were not collected: {error}", ["error": .string("\(error)")])
    }
  }

  private func concluded(_ error: any Error) -> Conclusion {
    switch error {
    case let skip as SkipForDependencies:
      context.warning("skipped for its dependencies: \(skip.template)", skip.arguments)
      return Conclusion(
        result: .skipped, message: skip.description, hint: .wait, isSkippedForDependencies: true)
    case let skip as SkipResource:
      context.warning("skipped: \(skip.template)", skip.arguments)
      return Conclusion(result: .skipped, message: skip.description)
    case let failure as HandlerFailure:
      context.exception(failure, failure.template, failure.arguments)
      return Conclusion(result: .failed, message: failure.description, hint: failure.hint)
    case is CancellationError:
      context.error("the run was cancelled")
      return Conclusion(result: .failed, message: "the run was cancelled", hint: .retrySoon)
    default:
      context.exception(error, "{error}", ["error": .string("\(error)")])
      return Conclusion(result: .failed, message: "\(error)")
    }
  }
}
