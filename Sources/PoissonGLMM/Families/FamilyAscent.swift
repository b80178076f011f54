import PlatformEssentials

/// How independent normals N(m_a, r_a) of a family's parameters move uphill on the joint bound:
/// Newton's steps of m and log r with q(theta) held, each parameter by itself.
struct FamilyAscent: Sendable {
  /// By parameter; their means are 0.
  let priorSDs: [Double]

  /// No step is longer.
  private static let longestStep = 1.0
  /// No direction counts as flatter than a normal of SD 2.
  private static let smallestCurvature = 0.25

  var count: Int { priorSDs.count }

  /// E log p and the entropy.
  func logPriorAndEntropy(means: [Double], variances: [Double]) -> Double {
    var sum = 0.0
    for (a, sd) in priorSDs.enumerated() {
      sum -= 0.5 * (means[a] * means[a] + variances[a]) / (sd * sd) + log(sd)
      sum += 0.5 * (1 + log(variances[a]))
    }
    return sum
  }

  /// - Parameter slopes: the derivatives of sum_i l0 by the means and by the logs of the variances.
  /// - Returns: the steps of m and of log r, their weights, and the square length in SDs.
  func step(
    means: [Double], variances: [Double], slopes: [Double]
  ) -> (steps: [Double], weights: [Double], length: Double) {
    var (meanSteps, spreadSteps): ([Double], [Double]) = ([], [])
    var weights: [Double] = []
    var length = 0.0
    for (a, sd) in priorSDs.enumerated() {
      let precision = 1 / (sd * sd)
      let slope = slopes[a] - means[a] * precision
      // By Price's theorem the derivative by log r is r / 2 times the expected second derivative.
      let curvature = max(
        precision - 2 * slopes[count + a] / variances[a], Self.smallestCurvature * precision)
      let full = slope / curvature
      meanSteps.append(min(max(full, -Self.longestStep), Self.longestStep))
      weights.append(curvature)
      let spread = -log(curvature * variances[a])
      spreadSteps.append(min(max(spread, -Self.longestStep), Self.longestStep))
      length += slope * full + 0.5 * spread * spread
    }
    return (meanSteps + spreadSteps, weights + priorSDs.map { _ in 0.5 }, length)
  }
}
