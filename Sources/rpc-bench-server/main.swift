// Serves `Protos/bench/bench.proto` for measurements:
// rpc-bench-server [--port N | --address URI] [--threads T] [--spin MICROSECONDS]
// [--tls-cert FILE --tls-key FILE]
import Glibc
import RPCCore
import RPCHTTP2
import RPCServices
import TLS

var address = ServiceAddress.tcp(host: "127.0.0.1", port: 0)
var options = HTTP2ServerOptions()
var certificates: String?
var privateKey: String?
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
  case "--threads":
    guard let threads = Int(value), 1...64 ~= threads else {
      fail("--threads needs a number from 1 to 64")
    }
    options.loops = threads
  case "--spin":
    guard let spin = Int(value), 0...1_000_000 ~= spin else {
      fail("--spin needs a number of microseconds from 0 to 1000000")
    }
    options.spin = .microseconds(spin)
  case "--tls-cert": certificates = value
  case "--tls-key": privateKey = value
  default:
    fail(
      "unknown flag \(flag); "
        + "use --port, --address, --threads, --spin, --tls-cert or --tls-key")
  }
}

do {
  if let certificates, let privateKey {
    options.tls = try TLSContext(
      .server(
        TLSCredentials(certificates: .file(certificates), privateKey: .file(privateKey))))
  } else if certificates != nil || privateKey != nil {
    fail("--tls-cert and --tls-key come together")
  }
  let router = RPCRouter.standard(services: [BenchHandlers()], health: HealthReporter())
  let server = try HTTP2Server(addresses: [address], router: router, options: options)
  let bound = try await server.start()
  print(bound.map(\.description).joined(separator: " "))
  fflush(nil)
  try await server.run()
} catch {
  fail("\(error)")
}
