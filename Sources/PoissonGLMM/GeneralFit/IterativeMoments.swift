/// The moments of the effects at given hyperparameters, for designs that cannot be factored.
struct IterativeMoments: Sendable {
  var fixedMean: [Double]
  var fixedCovariance: Matrix
  private(set) var randomMean: [Double]
  var randomVariance: [Double]
  /// Whether covariances are those of linear response.
  var hasResponse = false

  init(_ gaussian: IterativeGaussian) {
    fixedMean = gaussian.problem.fixedPart(gaussian.means)
    randomMean = gaussian.problem.randomPart(gaussian.means)
    fixedCovariance = gaussian.fixedCovariance()
    randomVariance = gaussian.problem.randomPart(gaussian.effectVariances)
  }

  /// Moves the means of the fixed effects by numbers of SDs.
  mutating func shift(by shifts: [Double]) {
    for (c, shift) in shifts.enumerated() {
      fixedMean[c] += shift * fixedCovariance[c, c].squareRoot()
    }
  }

  /// Adds what the moments of the effects owe to hyperparameters of a given covariance.
  /// - Parameter slopes: the derivatives of the means, by hyperparameter.
  mutating func follow(
    _ covariance: Matrix, slopes: [DoubleStorage], _ problem: GeneralProblem
  ) {
    let fixed = slopes.map { problem.fixedPart($0) }
    let random = slopes.map { problem.randomPart($0) }
    for a in fixed.indices {
      for b in fixed.indices where covariance[a, b] != 0 {
        for c in fixedMean.indices {
          for e in fixedMean.indices {
            fixedCovariance[c, e] += covariance[a, b] * fixed[a][c] * fixed[b][e]
          }
        }
        for index in randomVariance.indices {
          randomVariance[index] += covariance[a, b] * random[a][index] * random[b][index]
        }
      }
    }
  }
}
