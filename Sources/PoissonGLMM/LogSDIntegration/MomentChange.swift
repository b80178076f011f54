/// What the posterior moments of the effects change by where they are one average of some fits in
/// place of another: the measure of whether polynomials through few fits are near enough.
struct MomentChange {
  let fits: [ConditionalFit]
  /// The shares of the fits in the one average and in the other.
  private let fine: [Double]
  private let change: [Double]

  /// What may change, in posterior SDs and relative to variances. Levels of a sparse grid gain an
  /// order of magnitude each or more where it is so small.
  private static let largest = 5e-3

  init(of fits: [ConditionalFit], from coarse: [Double], to fine: [Double]) {
    self.fits = fits
    self.fine = fine
    change = zip(fine, coarse).map { $0 - $1 }
  }

  var isSmall: Bool {
    isSmall(\.fixedMean, variances: { gaussian, c in gaussian.fixedCovariance[c, c] })
      && isSmall(\.randomMean, variances: { gaussian, index in gaussian.randomVariance[index] })
  }

  private func isSmall(
    _ means: KeyPath<GaussianPosterior, [Double]>,
    variances: (GaussianPosterior, Int) -> Double
  ) -> Bool {
    let used = fits.indices.filter { fine[$0] != 0 || change[$0] != 0 }
    let gaussians = used.map { fits[$0].optimum.posterior }
    let means = gaussians.map { $0[keyPath: means] }
    return (means.first ?? []).indices.allSatisfy { index in
      var (variance, meanChange, varianceChange) = (0.0, 0.0, 0.0)
      for (fit, share) in used.enumerated() {
        let value = variances(gaussians[fit], index)
        variance += fine[share] * value
        varianceChange += change[share] * value
        meanChange += change[share] * means[fit][index]
      }
      // False for NaN too.
      return meanChange * meanChange < Self.largest * Self.largest * variance
        && varianceChange.magnitude < Self.largest * variance
    }
  }
}
