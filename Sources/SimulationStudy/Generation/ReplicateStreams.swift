import Foundation
import GSLNumerics
import PoissonGLMM

/// A data set that cannot be drawn. `description` is one sentence.
public struct GenerationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One sentence for the user.
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}

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

/// Counts from means on the log scale.
enum CountSampling {
  /// Counts of larger mean are beyond the whole numbers that a double holds exactly.
  static let maximumMean = 1e15

  /// One count a row of a family other than Poisson: of a mean times a gamma multiplier, or zero.
  /// - Parameter linearPredictor: the log of each row's mean, without inflated zeros.
  /// - Throws: as `poisson`.
  static func counts(
    _ linearPredictor: [Double], of distribution: CountDistribution, from stream: RandomStream
  ) throws(GenerationError) -> [Double] {
    let multipliers = linearPredictor.map { _ in
      let isZero =
        distribution.zeroShare > 0 && stream.bernoulli(probability: distribution.zeroShare) == 1
      let multiplier = distribution.size.map { stream.gamma(shape: $0, scale: 1 / $0) } ?? 1
      return isZero ? 0 : multiplier
    }
    return try poisson(linearPredictor, multipliers: multipliers, from: stream)
  }

  /// One Poisson count a row.
  /// - Parameters:
  ///   - linearPredictor: the log of each row's mean.
  ///   - multipliers: what each mean is multiplied by; nil for nothing.
  /// - Throws: `GenerationError` if a mean is not a number up to `maximumMean`.
  static func poisson(
    _ linearPredictor: [Double], multipliers: [Double]? = nil, from stream: RandomStream
  ) throws(GenerationError) -> [Double] {
    var counts: [Double] = []
    counts.reserveCapacity(linearPredictor.count)
    for (row, value) in linearPredictor.enumerated() {
      let mean = exp(value) * (multipliers?[row] ?? 1)
      guard mean <= maximumMean else {
        throw GenerationError(
          "counts too large: row \(row + 1) has a mean beyond 1e15, the most that can be drawn."
        )
      }
      counts.append(stream.poisson(mean: mean))
    }
    return counts
  }
}
