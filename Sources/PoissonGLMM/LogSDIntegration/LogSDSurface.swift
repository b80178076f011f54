import PlatformEssentials

/// Polynomials in the log SDs, through fits at the few points of a sparse grid, in place of a fit
/// at every point of a lattice.
///
/// With enough groups the posterior of the log SDs is narrow, and everything that a fit at s gives
/// changes little and smoothly over it. With L L' the precision of s, the polynomials are in z =
/// L'(s - center), in which the grid's points are 2 and 4 SDs from the center, which is near the
/// mode. Two things tell whether they are near enough: the slopes of F(s), which are known at the
/// grid's points beside the values that the polynomial goes through, and what the grid's last level
/// has changed. Slopes along the axes also correct the polynomial for F(s), which matters most.
struct LogSDSurface {
  let fits: [LogSDEvaluation]
  /// The approximate mode of the density.
  let mode: [Double]
  private let grid: SparseGrid
  private let axes: LogSDAxes
  /// The level of the grid that moments and evidence gaps are taken from.
  private let momentLevel: Int
  /// Whether moments are taken from straight lines.
  var hasStraightMoments: Bool { momentLevel < SparseGrid.level }

  /// By axis, for its points: the slope of F(s) along it less that of the grid's polynomial.
  private let slopeErrors: [[Double]]

  /// The third derivative of log q(s), in units of SDs, beyond which polynomials are not tried:
  /// they would fail the later checks. With one log SD they save less, and the limit is lower.
  private static func largestAsymmetry(dimensions: Int) -> Double { dimensions == 1 ? 0.12 : 0.2 }
  /// The largest error of the grid's polynomial in the slopes along the axes, which is then
  /// corrected. The error of the values that is left is the tenth derivative / 10! times (z (z^2 -
  /// 4) (z^2 - 16))^2 at most: for a log-gamma density, whose slopes are so wrong where its third
  /// derivative is 0.45, 1e-5 within 4 SDs.
  private static let largestSlopeError = 0.05
  /// The largest error of the other slopes: within one SD the log density's error is about as
  /// large, and odd in two coordinates, so that it moves no mean.
  private static let largestCrossSlopeError = 3e-3
  /// The largest weighted change of the log density through the evidence gaps of the last level,
  /// which vary slowly: a change of 0.026 left 3e-6 in the log evidence and 5e-4 SDs in quantiles.
  private static let maximumEvidenceGapChange = 0.05
  /// Points farther out than this many SDs are too far from the grid's for its polynomials. It is
  /// not a whole number, as the distances of a lattice's points are, so that rounding does not
  /// decide.
  private static let largestDistance = 6.5

  /// - Returns: nil if the log density is not smooth enough, or a fit failed.
  init?(_ fitter: LogSDEvaluator, mode: LogSDMode) {
    let count = mode.center.count
    guard mode.asymmetry < Self.largestAsymmetry(dimensions: count),
      let found = LogSDGridFits(fitter, mode: mode)
    else { return nil }
    (grid, axes, fits, momentLevel) = (found.grid, found.axes, found.fits, found.momentLevel)
    self.mode = axes.position(found.mode)
    let slopes = zip(fits, grid.points).map { [grid, axes, fits] fit, z in
      let known = axes.slopes(inverting: fit.gradient)
      return (0..<count).map { k in
        known[k] - Self.sum(fits, grid.slopes(at: z, along: k), \.logBound)
      }
    }
    slopeErrors = (0..<count).map { [grid] k in
      grid.points(onAxis: k).map { slopes[$0][k] }
    }
    guard areSmall(slopes) else { return nil }
  }

  private static func sum(
    _ fits: [LogSDEvaluation], _ shares: [Double], _ value: KeyPath<LogSDEvaluation, Double>
  ) -> Double {
    zip(fits, shares).reduce(0) { $0 + $1.0[keyPath: value] * $1.1 }
  }

  /// Whether the slopes of the grid's polynomial are near enough. An error counts by the height of
  /// the density half way from its point to the next one towards the mode.
  private func areSmall(_ slopeErrors: [[Double]]) -> Bool {
    zip(grid.points, slopeErrors).allSatisfy { z, errors in
      let distance = z.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let weight = exp(-0.5 * max(0, distance - 1) * max(0, distance - 1))
      return z.indices.allSatisfy { k in
        let isOnAxis = z.indices.allSatisfy { $0 == k || z[$0] == 0 }
        let left = isOnAxis ? errors[k] : errors[k] - slopeCorrection(at: z[k], along: k).slope
        let largest = isOnAxis ? Self.largestSlopeError : Self.largestCrossSlopeError
        return left.magnitude * weight < largest
      }
    }
  }

  private func slopeCorrection(at x: Double, along k: Int) -> (value: Double, slope: Double) {
    let corrections = SparseGrid.slopeCorrections(at: x)
    return (
      zip(slopeErrors[k], corrections.values).reduce(0) { $0 + $1.0 * $1.1 },
      zip(slopeErrors[k], corrections.slopes).reduce(0) { $0 + $1.0 * $1.1 }
    )
  }

  /// The polynomials at `logSDs`; nil beyond where they hold.
  func point(at logSDs: [Double]) -> LogSDPoint? {
    let z = axes.coordinates(of: logSDs)
    guard z.reduce(0, { $0 + $1 * $1 }) < Self.largestDistance * Self.largestDistance else {
      return nil
    }
    let count = z.count
    var logBound = Self.sum(fits, grid.coefficients(at: z), \.logBound)
    let shares = grid.coefficients(at: z, level: momentLevel)
    var slopes = [Double](repeating: 0, count: count)
    for k in 0..<count {
      let correction = slopeCorrection(at: z[k], along: k)
      logBound += correction.value
      slopes[k] = Self.sum(fits, grid.slopes(at: z, along: k), \.logBound) + correction.slope
    }
    return LogSDPoint(
      logSDs: logSDs, logBound: logBound, evidenceGap: Self.sum(fits, shares, \.evidenceGap),
      gradient: axes.gradient(slopes),
      parts: shares.indices.filter { shares[$0] != 0 }.map {
        LogSDPoint.Part(fit: $0, share: shares[$0])
      })
  }

  /// Whether the last level of the grid has changed little, on average over points with `weights`.
  /// Where moments and evidence gaps are not taken from that level, its change is known to be
  /// smaller.
  func isSettled(_ points: [LogSDPoint], weights: [Double]) -> Bool {
    guard points.allSatisfy(hasCovariance) else { return false }
    guard momentLevel == SparseGrid.level else { return true }
    var coarse = [Double](repeating: 0, count: fits.count)
    var fine = coarse
    var evidenceGapChange = 0.0
    for (point, weight) in zip(points, weights) {
      let shares = grid.coefficients(
        at: axes.coordinates(of: point.logSDs), level: SparseGrid.level - 1)
      var evidenceGap = point.evidenceGap
      for (index, share) in shares.enumerated() {
        coarse[index] += weight * share
        evidenceGap -= share * fits[index].evidenceGap
      }
      for part in point.parts { fine[part.fit] += weight * part.share }
      evidenceGapChange += weight * evidenceGap.magnitude
    }
    return evidenceGapChange < Self.maximumEvidenceGapChange
      && MomentChange(of: fits, from: coarse, to: fine).isSmall
  }

  private func hasCovariance(_ point: LogSDPoint) -> Bool {
    point.fixedCovariance(of: fits).logDeterminant.isFinite
  }
}
