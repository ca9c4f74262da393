internal import Resources
internal import Synchronization

/// Contents that have just been brought to the disk, and that handlers are about to ask for: each is
/// handed out once, and the disk has what does not fit.
final class RecentContents: Sendable {
  private struct State {
    var contents: [ContentDigest: [UInt8]] = [:]
    var bytes = 0
  }

  private let bytesMax: Int
  private let state = Mutex(State())

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  func add(_ files: [(id: ContentDigest, bytes: [UInt8])]) {
    state.withLock { state in
      for file in files where state.bytes + file.bytes.count <= bytesMax {
        guard state.contents.updateValue(file.bytes, forKey: file.id) == nil else { continue }
        state.bytes += file.bytes.count
      }
    }
  }

  func take(_ id: ContentDigest) -> [UInt8]? {
    state.withLock { state in
      let bytes = state.contents.removeValue(forKey: id)
      state.bytes -= bytes?.count ?? 0
      return bytes
    }
  }

  func removeAll() { state.withLock { $0 = State() } }
}
