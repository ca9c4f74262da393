import Compression
import Testing

struct CompressionTests {
  private func compressed(_ bytes: [UInt8], _ format: CompressionFormat) -> [UInt8] {
    var output: [UInt8] = []
    Compressor(format).compress(bytes, into: &output)
    return output
  }

  @Test(arguments: CompressionFormat.allCases, [0, 1, 1000, 100_000, 3_000_000])
  func `every size comes back as it was`(format: CompressionFormat, size: Int) throws {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<size).map { _ in UInt8.random(in: 0...15, using: &generator) }
    let small = compressed(bytes, format)
    #expect(size < 1000 || small.count < size)
    #expect(try Decompressor(format).decompress(small, bytesMax: size) == bytes)
  }

  @Test(arguments: CompressionFormat.allCases)
  func `objects are used again, also after a failure`(format: CompressionFormat) throws {
    let compressor = Compressor(format)
    let decompressor = Decompressor(format)
    for round in 0..<5 {
      let bytes = [UInt8](repeating: UInt8(round), count: 10_000 * round)
      var small: [UInt8] = [9, 9]
      compressor.compress(bytes, into: &small)
      #expect(small.prefix(2) == [9, 9])
      #expect(throws: CompressionError.self) {
        try decompressor.decompress(small, bytesMax: 1_000_000)
      }
      #expect(try decompressor.decompress(Array(small.dropFirst(2)), bytesMax: 50_000) == bytes)
    }
  }

  @Test(arguments: CompressionFormat.allCases)
  func `a bomb stops at the limit`(format: CompressionFormat) {
    let bomb = compressed([UInt8](repeating: 0, count: 64 << 20), format)
    #expect(bomb.count < 100_000)
    let error = #expect(throws: CompressionError.self) {
      try Decompressor(format).decompress(bomb, bytesMax: 4 << 20)
    }
    #expect(error?.code == .overLimit)
    #expect(throws: Never.self) { try Decompressor(format).decompress(bomb, bytesMax: 64 << 20) }
  }

  @Test(arguments: CompressionFormat.allCases)
  func `cut, foreign and trailing bytes are refused`(format: CompressionFormat) {
    let whole = compressed(Array("some text, some text, some text".utf8), format)
    for length in 0..<whole.count {
      #expect(throws: CompressionError.self, "cut at \(length)") {
        try Decompressor(format).decompress(Array(whole.prefix(length)), bytesMax: 1000)
      }
    }
    let other: CompressionFormat = format == .gzip ? .zlib : .gzip
    for wrong in [whole + [0], whole + whole, compressed([1, 2, 3], other), [1, 2, 3, 4, 5, 6]] {
      let error = #expect(throws: CompressionError.self) {
        try Decompressor(format).decompress(wrong, bytesMax: 1000)
      }
      #expect(error?.code == .corrupt)
    }
  }
}
