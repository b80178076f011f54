import Foundation
import GSLNumerics

/// Counts from means on the log scale.
enum CountSampling {
  /// One Poisson count a row.
  /// - Parameters:
  ///   - linearPredictor: the log of each row's mean.
  ///   - multipliers: what each mean is multiplied by; nil for nothing.
  /// - Throws: `GenerationError` if a mean is not a number up to `DataGenerator.largestMean`.
  static func poisson(
    _ linearPredictor: [Double], multipliers: [Double]? = nil, from stream: RandomStream
  ) throws(GenerationError) -> [Double] {
    var counts: [Double] = []
    counts.reserveCapacity(linearPredictor.count)
    for (row, value) in linearPredictor.enumerated() {
      let mean = exp(value) * (multipliers?[row] ?? 1)
      guard mean <= DataGenerator.largestMean else {
        throw GenerationError(
          "counts too large: row \(row + 1) has a mean beyond 1e15, the most that can be drawn."
        )
      }
      counts.append(stream.poisson(mean: mean))
    }
    return counts
  }
}
