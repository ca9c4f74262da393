internal import Synchronization
internal import Threads

/// A connection to one load balancer. Commands of several handlers go one after the other.
final class DeviceConnection: Sendable {
  /// What the device said about itself when it let us in: `serial`, `version`.
  let properties: [String: String]

  /// Held during one command, on a thread of that command: no task of the pool ever waits for it.
  private let socket: Mutex<DeviceSocket>

  private init(_ socket: consuming DeviceSocket, properties: [String: String]) {
    self.socket = Mutex(socket)
    self.properties = properties
  }

  /// Connects and logs in.
  ///
  /// - Parameters:
  ///   - address: `host:port`.
  ///   - password: What the device asks for.
  /// - Returns: The connection.
  /// - Throws: ``DeviceError``.
  static func connect(to address: String, password: String) async throws -> DeviceConnection {
    try await WorkThread.run {
      Result { () throws(DeviceError) in
        var socket = try DeviceSocket(connectingTo: address)
        let answer = try socket.exchange("LOGIN \(password)")
        return DeviceConnection(socket, properties: try DeviceConnection.parse(answer) ?? [:])
      }
    }.get()
  }

  /// Sends a command.
  ///
  /// - Parameter command: One line, without its end.
  /// - Returns: The values of the answer; nil if what was asked for does not exist.
  /// - Throws: ``DeviceError``.
  func ask(_ command: String) async throws -> [String: String]? {
    let answer = await WorkThread.run {
      Result { () throws(DeviceError) in
        try self.socket.withLock { socket throws(DeviceError) in try socket.exchange(command) }
      }
    }
    return try DeviceConnection.parse(answer.get())
  }

  /// Closes the connection; later commands fail.
  func close() async {
    await WorkThread.run { self.socket.withLock { $0.close() } }
  }

  private static func parse(_ answer: String) throws(DeviceError) -> [String: String]? {
    let words = answer.split(separator: " ")
    switch words.first {
    case "NONE": return nil
    case "OK":
      var values: [String: String] = [:]
      for word in words.dropFirst() {
        guard let equals = word.firstIndex(of: "=") else { continue }
        values[String(word[..<equals])] = String(word[word.index(after: equals)...])
      }
      return values
    case "ERR": throw DeviceError(description: "the device refused: \(answer.dropFirst(4))")
    default: throw DeviceError(description: "the device answered `\(answer.prefix(80))`")
    }
  }
}

/// What went wrong between us and a device.
struct DeviceError: Error, Sendable, CustomStringConvertible {
  let description: String
  /// Whether the connection is gone, so that another one may help.
  var isConnectionLost = false
}
