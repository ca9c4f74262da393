// Serves `Protos/bench/bench.proto` for measurements: rpc-bench-server [--port N | --address URI]
import Glibc
import RPCCore
import RPCHTTP2
import RPCServices

var address = ServiceAddress.tcp(host: "127.0.0.1", port: 0)
var arguments = CommandLine.arguments.dropFirst()
while let flag = arguments.popFirst() {
  guard let value = arguments.popFirst() else { fail("\(flag) needs a value") }
  switch flag {
  case "--port":
    guard let port = UInt16(value) else { fail("--port needs a number from 0 to 65535") }
    address = .tcp(host: "127.0.0.1", port: Int(port))
  case "--address":
    do {
      address = try ServiceAddress(parsing: value)
    } catch {
      fail(error.message)
    }
  default: fail("unknown flag \(flag); use --port N or --address URI")
  }
}

do {
  let router = RPCRouter.standard(services: [BenchHandlers()], health: HealthReporter())
  let server = try HTTP2Server(addresses: [address], router: router)
  let bound = try await server.start()
  print(bound.map(\.description).joined(separator: " "))
  fflush(nil)
  try await server.run()
} catch {
  fail("\(error)")
}
