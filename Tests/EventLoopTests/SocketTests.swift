import EventLoop
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SocketTests {
  private func loopback() throws -> SocketAddress {
    try #require(
      SocketAddress.resolve(host: "127.0.0.1", port: 0, isNumeric: true).first)
  }

  /// Both ends of a connection.
  private func pair() throws -> (client: StreamSocket, server: StreamSocket) {
    let listening = try ListeningSocket(at: try loopback())
    let client = try StreamSocket.connect(to: try #require(listening.address))
    while true {
      if case .socket(let server) = listening.accept() { return (client, server) }
    }
  }

  /// What a socket gives, once it gives something.
  private func read(_ socket: StreamSocket) throws -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1024)
    while true {
      switch try socket.read(into: &buffer) {
      case .bytes(let count): return Array(buffer[..<count])
      case .end: return nil
      case .wouldBlock: continue
      }
    }
  }

  @Test func `bytes go over, and nothing to read would block`() throws {
    let (client, server) = try pair()
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try server.read(into: &buffer) == .wouldBlock)
    #expect(try client.write([9, 1, 2, 3], from: 1) == .bytes(3))
    #expect(try read(server) == [1, 2, 3])
    client.close()
    client.close()
    #expect(try read(server) == nil)
  }

  @Test func `a socket that is full would block, and one whose peer is gone says so`() throws {
    let (client, server) = try pair()
    let block = [UInt8](repeating: 7, count: 1 << 20)
    var isFull = false
    for _ in 0..<1000 where !isFull { isFull = try client.write(block) == .wouldBlock }
    #expect(isFull)
    server.close()
    var failure: EventLoopError?
    for _ in 0..<1000 where failure == nil {
      do throws(EventLoopError) {
        _ = try client.write(block)
      } catch {
        failure = error
      }
    }
    #expect(failure?.code == .peerGone)
  }

  @Test func `connecting where nobody listens is refused with the address`() throws {
    let listening = try ListeningSocket(at: try loopback())
    let address = try #require(listening.address)
    listening.close()
    do throws(EventLoopError) {
      let socket = try StreamSocket.connect(to: address)
      // Over loopback the answer is there at once.
      try socket.finishConnecting(to: address)
      var buffer = [UInt8](repeating: 0, count: 1)
      _ = try socket.read(into: &buffer)
      Issue.record("connected")
    } catch {
      #expect(error.code == .refused)
      #expect(error.message.contains("\(address)"))
    }
  }

  @Test func `an address in use is named`() throws {
    let first = try ListeningSocket(at: try loopback())
    let address = try #require(first.address)
    do throws(EventLoopError) {
      _ = try ListeningSocket(at: address)
      Issue.record("bound twice")
    } catch {
      #expect(error.code == .addressInUse)
      #expect(error.message.contains("\(address)"))
    }
  }

  @Test(arguments: [
    ("127.0.0.1", "tcp://127.0.0.1:80"), ("::1", "tcp://[::1]:80"), ("0.0.0.0", "tcp://0.0.0.0:80"),
  ])
  func `a numeric host is resolved without asking anybody`(host: String, text: String) throws {
    let addresses = try SocketAddress.resolve(host: host, port: 80, isNumeric: true)
    #expect(addresses.map(\.description) == [text])
    #expect(addresses.first?.host == host && addresses.first?.port == 80)
    #expect(addresses.first?.unixPath == nil)
  }

  @Test func `a name is no number, and a name that nobody knows is an error`() throws {
    #expect(try SocketAddress.resolve(host: "localhost", port: 1, isNumeric: true) == [])
    do throws(EventLoopError) {
      _ = try SocketAddress.resolve(host: "no-such-host.invalid", port: 1)
      Issue.record("resolved")
    } catch {
      #expect(error.code == .addressInvalid)
      #expect(error.message.contains("no-such-host.invalid"))
    }
  }

  @Test(arguments: ["", String(repeating: "a", count: 108), "a\0b"])
  func `a path that no socket can have is refused`(path: String) {
    do throws(EventLoopError) {
      _ = try SocketAddress(unixPath: path)
      Issue.record("taken")
    } catch {
      #expect(error.code == .addressInvalid)
    }
  }

  /// Counts what a loop tells it.
  private final class Watcher: SocketEventHandler {
    let events = Mutex<[SocketEvents]>([])
    let called: @Sendable (SocketEvents) -> Void

    init(_ called: @escaping @Sendable (SocketEvents) -> Void = { _ in }) { self.called = called }

    func ready(_ events: SocketEvents) {
      self.events.withLock { $0.append(events) }
      called(events)
    }
  }

  @Test func `a loop tells of what it was asked for, until it is asked no more`() async throws {
    let loop = try EventLoop(name: "sockets")
    try loop.start()
    let (client, server) = try pair()
    let descriptor = server.descriptor
    let state = Mutex<SocketRegistration?>(nil)
    let watcher: Watcher = await withCheckedContinuation { continuation in
      loop.execute {
        // The handler is called again and again while nobody reads: it deregisters itself.
        final class Box: Sendable { let watcher = Mutex<Watcher?>(nil) }
        let box = Box()
        let watcher = Watcher { events in
          guard events.contains(.readable), let registration = state.withLock({ $0 }) else {
            return
          }
          loop.deregister(registration)
          loop.deregister(registration)
          if let watcher = box.watcher.withLock({ $0 }) { continuation.resume(returning: watcher) }
        }
        box.watcher.withLock { $0 = watcher }
        let registration = loop.register(descriptor, for: .readable, watcher)
        state.withLock { $0 = registration }
      }
      _ = try? client.write([1])
    }
    // Readable still, and no longer watched: two more turns tell nothing.
    for _ in 0..<2 {
      await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
    }
    #expect(watcher.events.withLock(\.count) == 1)
    loop.stop()
  }
}
