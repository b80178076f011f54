import Foundation

/// The number of rows of each group.
public enum GroupSize: Sendable, Equatable {
  /// The same for every group.
  case constant(Int)
  /// Poisson with this mean; a draw below the minimum is raised to it.
  case poisson(mean: Double, minimum: Int)
  /// Every whole number of the range alike.
  case uniform(ClosedRange<Int>)
  /// Lognormal with this mean and this standard deviation, rounded to a whole number; a draw below
  /// the minimum is raised to it.
  case lognormal(mean: Double, sd: Double, minimum: Int)
  /// One size for each group, in order.
  case listed([Int])

  /// Mean and standard deviation of the log of a lognormal variable with these moments of its own.
  static func logMoments(mean: Double, sd: Double) -> (meanLog: Double, sdLog: Double) {
    let ratio = sd / mean
    let variance = log1p(ratio * ratio)
    return (log(mean) - variance / 2, variance.squareRoot())
  }
}
