/// Random numbers for the jitter of waits, which nobody needs to be unable to guess (SplitMix64).
///
/// It has a size, unlike the generator of the system: the thread sanitizer takes accesses to a stored
/// value without one for accesses to what happens to lie there.
struct JitterGenerator: RandomNumberGenerator {
  private var state = UInt64.random(in: 0 ... .max)

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
