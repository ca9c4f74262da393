/// The number of an open socket. Whoever holds it does not own it.
public struct SocketDescriptor: Sendable, Hashable {
  let rawValue: Int32
}
