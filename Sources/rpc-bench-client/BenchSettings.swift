/// What to measure.
enum BenchCase: String, CaseIterable, Sendable {
  case unary
  case latency
  case stream
  case pingpong
  case sink
}

/// The flags of the command line.
struct BenchSettings: Sendable {
  var target = "tcp://127.0.0.1:7499"
  var name: BenchCase?
  var seconds = 3
  var callsAtOnce = 100
  var messageBytes: Int?
  /// Microseconds that the loop polls before it sleeps.
  var spin = 0
  /// File of the authority that vouches for the server; plaintext without it.
  var authority: String?
  /// Process whose CPU time is shown beside that of the client.
  var serverProcess: Int32?

  /// Sets a flag and returns what is wrong with it, if anything.
  mutating func set(_ flag: String, _ value: String) -> String? {
    switch flag {
    case "--target": target = value
    case "--tls-ca": authority = value
    case "--case":
      guard let name = BenchCase(rawValue: value) else {
        let names = BenchCase.allCases.map(\.rawValue).joined(separator: ", ")
        return "no case \(value); there are \(names)"
      }
      self.name = name
    case "--seconds", "--calls-at-once", "--size", "--server-pid", "--spin":
      guard let number = Int(value), (0...1_000_000_000).contains(number) else {
        return "\(flag) needs a number"
      }
      switch flag {
      case "--seconds": seconds = number
      case "--calls-at-once": callsAtOnce = max(1, number)
      case "--server-pid": serverProcess = Int32(number)
      case "--spin": spin = number
      default: messageBytes = number
      }
    default: return "unknown flag \(flag)"
    }
    return nil
  }
}
