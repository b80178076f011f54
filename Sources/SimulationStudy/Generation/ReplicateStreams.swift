import GSLNumerics

/// The random streams of one replicate.
struct ReplicateStreams {
  let generator: RandomGenerator
  let seed: UInt64
  let scenario: String
  let replicate: UInt64

  /// - Throws: `GenerationError` if there is no memory for it.
  func stream(_ purpose: StreamPurpose) throws(GenerationError) -> RandomStream {
    try stream(purpose, replicate: replicate)
  }

  /// The stream that is the same in all replicates.
  /// - Throws: `GenerationError` if there is no memory for it.
  func sharedStream(_ purpose: StreamPurpose) throws(GenerationError) -> RandomStream {
    try stream(purpose, replicate: 0)
  }

  private func stream(
    _ purpose: StreamPurpose, replicate: UInt64
  ) throws(GenerationError) -> RandomStream {
    do {
      return try RandomStream(
        generator: generator, seed: seed, scenario: scenario, replicate: replicate,
        purpose: purpose)
    } catch {
      throw GenerationError("no random stream: \(error).")
    }
  }
}
