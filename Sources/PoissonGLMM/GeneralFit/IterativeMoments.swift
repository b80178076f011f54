import Foundation

/// The moments of the effects of an `IterativeGaussian`, and what corrections make of them.
struct IterativeMoments {
  private(set) var fixedMean: [Double]
  private(set) var fixedCovariance: Matrix
  private(set) var randomMean: [Double]
  private(set) var randomVariance: [Double]

  /// A mean moves by this many SDs for the derivative of R.
  private static let meanStep = 0.05

  init(_ gaussian: IterativeGaussian) {
    fixedMean = gaussian.problem.fixedPart(gaussian.means)
    randomMean = gaussian.problem.randomPart(gaussian.means)
    fixedCovariance = gaussian.fixedCovariance()
    randomVariance = gaussian.problem.randomPart(gaussian.effectVariances)
  }

  /// Moments of the effects by linear response, and the means of the fixed effects by the
  /// derivative of R along it.
  /// - Parameter value: R.
  mutating func correct(
    _ gaussian: IterativeGaussian, _ evidence: IterativeEvidence, value: Double
  ) throws(FitError) {
    let response = IterativeResponse(gaussian)
    guard response.update() else {
      throw FitError("Linear response has no solution: structured needs none.")
    }
    let problem = gaussian.problem
    fixedCovariance = response.fixedCovariance()
    response.setVariances()
    randomVariance = problem.randomPart(response.effectVariances)
    let center = gaussian.expectations.curvatures.weights.array
    let moved = DoubleStorage(count: center.count)
    response.forEachWeightChange { c, change in
      for i in center.indices {
        moved.pointer[i] = center[i] + Self.meanStep * change.pointer[i]
      }
      guard gaussian.update(weights: moved) else { return }
      // A mean that moves by one SD belongs to dt = 1 / SD, so that this is dR/dt in SDs.
      let shift = (evidence.value() - value) / Self.meanStep
      if shift.isFinite { fixedMean[c] += shift * fixedCovariance[c, c].squareRoot() }
    }
  }

  /// Adds what the moments of the effects owe to those of phi.
  mutating func follow(_ curve: IterativeMode, _ problem: GeneralProblem) {
    let covariance = curve.covariance
    let fixed = curve.slopes.map { problem.fixedPart($0) }
    let random = curve.slopes.map { problem.randomPart($0) }
    for a in fixed.indices {
      for b in fixed.indices {
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
