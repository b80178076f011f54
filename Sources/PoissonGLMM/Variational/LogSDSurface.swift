import Foundation

/// Polynomials in the log SDs, through fits at the few points of a sparse grid, in place of a fit at every point of a lattice.
///
/// With groups enough the posterior of the log SDs is narrow, and everything that a fit at s gives changes little and
/// smoothly over it. With L L' the precision of s at its mode, the polynomials are in z = L'(s - mode), in which the grid's points
/// are 2 and 4 SDs from the mode. Two things tell whether they are near enough: the slopes of F(s), which are known at the
/// grid's points beside the values that the polynomial goes through, and what the grid's last level has changed. Slopes along the axes
/// also correct the polynomial for F(s), which matters most.
struct LogSDSurface {
  let fits: [HeldFit]
  private let grid: SparseGrid
  private let mode: LogSDMode
  /// L
  private let factor: DoubleStorage

  /// By axis, for its points: what the slope of F(s) along it exceeds that of the grid's polynomial by.
  private let slopeErrors: [[Double]]

  /// The third derivative of log q(s) in SDs beyond which polynomials are not tried: they would be given up later. With one log SD less
  /// is gained by them, and so less tried for them.
  private static func largestAsymmetry(dimensions: Int) -> Double { dimensions == 1 ? 0.12 : 0.2 }
  /// The largest error of the grid's polynomial in the slopes along the axes, which are put right. What is then left is the tenth
  /// derivative / 10! times (z (z^2 - 4) (z^2 - 16))^2 at most: for a log-gamma density, whose slopes are so wrong where its third derivative
  /// is 0.45, 1e-5 within 4 SDs.
  private static let largestSlopeError = 0.05
  /// The largest error of the other slopes: within one SD the log density's error is about as large, and odd in two coordinates, so
  /// that it moves no mean.
  private static let largestCrossSlopeError = 3e-3
  /// What the last level may change, weighted, in posterior SDs and relative to variances. Levels gain an order of magnitude each
  /// or more where it is so small.
  private static let largestChange = 5e-3
  /// Points farther out than this many SDs are too far from the grid's for its polynomials. Not a whole number, which the distances of
  /// a lattice's points are: rounding is not to decide.
  private static let largestDistance = 6.5

  /// - Returns: nil if the log density is not smooth enough, or a fit failed.
  init?(_ fitter: HeldFitter, mode: LogSDMode) {
    let count = mode.center.count
    guard mode.asymmetry < Self.largestAsymmetry(dimensions: count) else { return nil }
    factor = DoubleStorage(mode.precision)
    guard SmallCholesky.factor(factor.pointer, order: count).isFinite else { return nil }
    self.mode = mode
    grid = SparseGrid(dimensions: count)
    var fits: [HeldFit] = []
    var states: [DoubleStorage] = []
    for (point, z) in grid.points.enumerated() {
      let start = Self.start(for: point, of: grid, states, default: mode.state)
      let logSDs = Self.position(z, mode, factor)
      guard let fit = try? fitter.fit(at: logSDs, from: start, isFinal: true), fit.isComplete
      else { return nil }
      fits.append(fit)
      states.append(fitter.state)
    }
    self.fits = fits
    let slopes = zip(fits, grid.points).map { [grid, factor] fit, z in
      // L^-1 times the slope in s is that in z.
      var known = fit.gradient
      for k in 0..<count {
        for l in 0..<k { known[k] -= factor.pointer[k * count + l] * known[l] }
        known[k] /= factor.pointer[k * (count + 1)]
      }
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
    _ fits: [HeldFit], _ shares: [Double], _ value: KeyPath<HeldFit, Double>
  ) -> Double {
    zip(fits, shares).reduce(0) { $0 + $1.0[keyPath: value] * $1.1 }
  }

  /// Whether the slopes of the grid's polynomial are near enough. They matter as the density does, half way from a point to
  /// the next towards the mode.
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

  /// s = mode + L^-T z
  private static func position(_ z: [Double], _ mode: LogSDMode, _ factor: DoubleStorage)
    -> [Double]
  {
    let count = z.count
    var offset = z
    for k in stride(from: count - 1, through: 0, by: -1) {
      for l in (k + 1)..<max(count, k + 1) {
        offset[k] -= factor.pointer[l * count + k] * offset[l]
      }
      offset[k] /= factor.pointer[k * (count + 1)]
    }
    return zip(mode.peak, offset).map { $0 + $1 }
  }

  /// z = L'(s - mode)
  private func coordinates(of logSDs: [Double]) -> [Double] {
    let count = logSDs.count
    return (0..<count).map { k in
      (k..<count).reduce(0) {
        $0 + factor.pointer[$1 * count + k] * (logSDs[$1] - mode.peak[$1])
      }
    }
  }

  /// Along a straight line from two points fitted before, where there are two.
  private static func start(
    for point: Int, of grid: SparseGrid, _ states: [DoubleStorage],
    default center: DoubleStorage
  ) -> DoubleStorage {
    guard let (nearest, next) = grid.predecessors(of: point) else { return center }
    guard let next else { return states[nearest] }
    let start = DoubleStorage(count: center.count)
    start.interpolate(from: states[next], to: states[nearest], fraction: 2)
    return start
  }

  /// The polynomials at `logSDs`; nil beyond where they hold.
  func point(at logSDs: [Double]) -> LogSDPoint? {
    let z = coordinates(of: logSDs)
    guard z.reduce(0, { $0 + $1 * $1 }) < Self.largestDistance * Self.largestDistance else {
      return nil
    }
    let count = z.count
    let shares = grid.coefficients(at: z)
    var logBound = Self.sum(fits, shares, \.logBound)
    var slopes = [Double](repeating: 0, count: count)
    for k in 0..<count {
      let correction = slopeCorrection(at: z[k], along: k)
      logBound += correction.value
      slopes[k] = Self.sum(fits, grid.slopes(at: z, along: k), \.logBound) + correction.slope
    }
    return LogSDPoint(
      logSDs: logSDs, logBound: logBound, excess: Self.sum(fits, shares, \.excess),
      gradient: (0..<count).map { k in
        (0...k).reduce(0) { $0 + factor.pointer[k * count + $1] * slopes[$1] }
      },
      parts: shares.indices.map { LogSDPoint.Part(fit: $0, share: shares[$0]) })
  }

  /// Whether the last level of the grid has changed little, on average over points with `weights`.
  func isSettled(_ points: [LogSDPoint], weights: [Double]) -> Bool {
    var coarse = [Double](repeating: 0, count: fits.count)
    var fine = coarse
    var excessChange = 0.0
    for (point, weight) in zip(points, weights) {
      let shares = grid.coefficients(at: coordinates(of: point.logSDs), level: SparseGrid.level - 1)
      var excess = point.excess
      for (index, share) in shares.enumerated() {
        coarse[index] += weight * share
        fine[index] += weight * point.parts[index].share
        excess -= share * fits[index].excess
      }
      excessChange += weight * excess.magnitude
      guard hasCovariance(point) else { return false }
    }
    guard excessChange < Self.largestChange else { return false }
    let change = zip(fine, coarse).map { $0 - $1 }
    let p = fits.first?.optimum.fixedMean.count ?? 0
    return areSettled(
      \.fixedMean, variances: { optimum, c in optimum.fixedCovariance[c * (p + 1)] }, fine, change)
      && areSettled(
        \.randomMean, variances: { optimum, index in optimum.randomVariance[index] }, fine, change)
  }

  private func hasCovariance(_ point: LogSDPoint) -> Bool {
    let covariance = DoubleStorage(point.combination(of: fits) { $0.optimum.fixedCovariance })
    let p = fits.first?.optimum.fixedMean.count ?? 0
    return SmallCholesky.factor(covariance.pointer, order: p).isFinite
  }

  private func areSettled(
    _ means: KeyPath<HeldOptimum, [Double]>, variances: (HeldOptimum, Int) -> Double,
    _ shares: [Double], _ changes: [Double]
  ) -> Bool {
    let optima = fits.map(\.optimum)
    let means = optima.map { $0[keyPath: means] }
    return (means.first ?? []).indices.allSatisfy { index in
      var (variance, meanChange, varianceChange) = (0.0, 0.0, 0.0)
      for fit in optima.indices {
        let value = variances(optima[fit], index)
        variance += shares[fit] * value
        varianceChange += changes[fit] * value
        meanChange += changes[fit] * means[fit][index]
      }
      // False for NaN too.
      return meanChange * meanChange < Self.largestChange * Self.largestChange * variance
        && varianceChange.magnitude < Self.largestChange * variance
    }
  }
}
