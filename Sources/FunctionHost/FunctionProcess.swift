internal import Dispatch
internal import Language
internal import Processes
internal import RPCCore
internal import RPCHTTP2
internal import Schema
internal import Synchronization

/// A running process and the conversation with it.
final class FunctionProcess: Sendable {
  let inbox: Inbox
  private let requests: AsyncStream<FunctionV1.RunRequest>.Continuation
  private let task: Task<Void, Never>
  private let isGone: DispatchSemaphore

  /// Starts the process.
  init(_ options: FunctionHostOptions) throws(FunctionProviderError) {
    guard let folder = Syscalls.makePrivateFolder() else {
      throw FunctionProviderError("no folder for the socket of the function process can be made")
    }
    let (stream, continuation) = AsyncStream.makeStream(of: FunctionV1.RunRequest.self)
    let inbox = Inbox()
    let isGone = DispatchSemaphore(value: 0)
    let address = "unix://\(folder)/socket"
    var environment = ["PYTHONDONTWRITEBYTECODE": "1"]
    if let kit = options.kitFolder { environment["PYTHONPATH"] = kit }
    let command = Command(
      options.interpreter, ["-P", "-m", "southbound.functions", address],
      environment: environment)
    let bytesMax = options.messageBytesMax
    requests = continuation
    self.inbox = inbox
    self.isGone = isGone
    task = Task.detached {
      let end = Mutex("the function process ended")
      do {
        try await command.runAnnounced(talk: { inbox.hear($0) }) { line in
          let reason = await Self.converse(line, address, stream, inbox, bytesMax)
          if let reason { end.withLock { $0 = reason } }
        }
      } catch let error as ProcessError {
        end.withLock { $0 = "functions in Python cannot be run: \(error)" }
      } catch {
        end.withLock { $0 = "the function process was ended" }
      }
      Syscalls.remove(folder, file: "socket")
      inbox.fail(end.withLock { $0 })
      isGone.signal()
    }
  }

  func send(_ request: FunctionV1.RunRequest.OneOf_Kind) {
    requests.yield(FunctionV1.RunRequest(kind: request))
  }

  /// Ends the conversation, and the process if it does not end by itself within the time.
  func end(within grace: DispatchTimeInterval) {
    requests.finish()
    if isGone.wait(timeout: .now() + grace) == .success { return }
    task.cancel()
    _ = isGone.wait(timeout: .now() + .seconds(10))
  }

  /// Speaks with the process until the call ends; returns what went wrong.
  private static func converse(
    _ line: String?, _ address: String, _ requests: AsyncStream<FunctionV1.RunRequest>,
    _ inbox: Inbox, _ bytesMax: Int
  ) async -> String? {
    guard let line else { return "the function process ended before it was ready" }
    guard line == address else {
      return "the function process did not say its address but `\(line.prefix(200))`"
    }
    do {
      var options = HTTP2ChannelOptions.nearby
      options.messageBytesMax = bytesMax
      let channel = try HTTP2Channel(target: address, options: options)
      defer { channel.close() }
      try await FunctionV1.FunctionsClient(channel).run(
        options: CallOptions(messageBytesMax: bytesMax)
      ) { writer, responses in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for await request in requests { try await writer.write(request) }
            writer.finish()
          }
          for try await response in responses { inbox.put(response) }
          group.cancelAll()
        }
      }
      return nil
    } catch {
      return "the function process is lost: \(RPCError(translating: error))"
    }
  }
}
