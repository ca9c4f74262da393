// Drives `bench.Bench` and prints one table row a case:
// rpc-bench-client --target URI [--case NAME] [--seconds N] [--calls-at-once N] [--size BYTES]
// [--server-pid PID] [--tls-ca FILE] [--spin MICROSECONDS]
import RPCCore
import RPCHTTP2
import TLS

var settings = BenchSettings()
var arguments = CommandLine.arguments.dropFirst()
while let flag = arguments.popFirst() {
  guard let value = arguments.popFirst() else { fail("\(flag) needs a value") }
  if let problem = settings.set(flag, value) { fail(problem) }
}

do {
  var options = HTTP2ChannelOptions()
  options.spin = .microseconds(settings.spin)
  options.tls = try settings.authority.map { file in
    try TLSContext(.client(trustRoots: .pem(.file(file))))
  }
  let channel = try HTTP2Channel(target: settings.target, options: options)
  let cases = settings.name.map { [$0] } ?? BenchCase.allCases
  print(BenchResult.heading)
  for name in cases {
    // Calls of tasks on the loop of the channel change no threads.
    let run = BenchRun(channel: channel, settings: settings)
    let result = try await Task(executorPreference: channel.tasks) {
      try await run.measure(name)
    }.value
    print(result.row)
  }
  channel.close()
} catch {
  fail("\(error)")
}
