import PlatformEssentials

/// The shift of the fixed effects' means under `corrected`, with many groups.
///
/// The variational mean of b given s is off by a share of a group's information that does not
/// shrink with the number of groups G: in posterior SDs, which do shrink, the error grows as the
/// square root of G, on sparse counts to 0.05 SD at 1,000 groups and 0.8 SD at 250,000. For any
/// smooth density E grad log p(b) = 0. With b ~ N(m, S), the average of the gradient over points
/// with that mean and covariance is therefore 0 where m is the mean, up to fourth derivatives;
/// elsewhere a Newton step leads there:
///
///     m <- m + (average of -H)^-1 (average of g),
///     g, H of log p(y, b | s), random effects integrated out by quadrature
///
/// Every fit's means are moved by the step from the gradient at the means themselves, which is
/// known there. That leaves out half the third derivatives times S, an error of some 0.02 SD at
/// 1,000 groups, and less with more. With up to 10,000 groups and 10 effects it is corrected: the
/// average over points is computed at one s, near the mean of the log SDs, and what it changes
/// there is added to every step. The means of random effects stay as they are: their error is small
/// beside their SDs, which do not shrink.
struct FixedMeanShift {
  /// With fewer groups the error is 0.02 SD or less, and the shift does not reduce it.
  static let minimumGroups = 100
  /// With more effects or more groups, averages are not taken.
  static let maximumEffects = 10
  static let maximumGroupsForAverages = 10_000
  /// With more effects than `maximumEffects`, means are not shifted with fewer groups than this.
  static let minimumGroupsForMean = 1000

  private let evidence: QuadratureEvidence
  /// Whether an average over points is added to every step.
  let takesAverages: Bool

  /// - Returns: nil where nothing is to be moved.
  init?(_ evidence: QuadratureEvidence?, data: ModelData) {
    let p = data.shape.fixedCount
    let groups = data.shape.groupCount
    let fewest = p <= Self.maximumEffects ? Self.minimumGroups : Self.minimumGroupsForMean
    guard let evidence, p > 0, groups >= fewest else { return nil }
    takesAverages = p <= Self.maximumEffects && groups <= Self.maximumGroupsForAverages
    self.evidence = evidence
  }

  /// Moves the means of all fits.
  func move(_ fits: [LogSDEvaluation], logSDs: [Marginal]) -> [LogSDEvaluation] {
    func distance(_ fit: LogSDEvaluation, from center: [Double]) -> Double {
      zip(zip(fit.logSDs, center), logSDs).reduce(0) { sum, pair in
        let z = (pair.0.0 - pair.0.1) / pair.1.standardDeviation
        return sum + z * z
      }
    }
    func nearest(_ candidates: [Int], to center: [Double]) -> Int? {
      candidates.min { distance(fits[$0], from: center) < distance(fits[$1], from: center) }
    }
    let steps = fits.map(\.meanStep)
    let known = steps.indices.filter { steps[$0] != nil }
    guard let middle = nearest(known, to: logSDs.map(\.mean)), let step = steps[middle] else {
      return fits
    }
    let average = takesAverages ? averageStep(fits[middle]) : nil
    return fits.indices.map { index in
      // A fit without a step of its own, which happens only far from the mode, takes that of the
      // nearest fit.
      let own = steps[index] ?? nearest(known, to: fits[index].logSDs).flatMap { steps[$0] } ?? step
      var fit = fits[index]
      for c in own.indices {
        fit.optimum.posterior.fixedMean[c] += own[c] + (average.map { $0[c] - step[c] } ?? 0)
      }
      return fit
    }
  }

  /// The step by averages over a simplex; nil if it is not finite.
  private func averageStep(_ fit: LogSDEvaluation) -> [Double]? {
    let p = fit.optimum.posterior.fixedMean.count
    let step = DoubleStorage(count: p)
    let precision = DoubleStorage(count: p * p)
    for offset in Self.simplex(fit.optimum.posterior.fixedCovariance) {
      let expansion = evidence.expansion(
        fixedEffects: zip(fit.optimum.posterior.fixedMean, offset).map { $0 + $1 },
        logSDs: fit.logSDs)
      for c in 0..<p { step.pointer[c] += expansion.gradient[c] }
      for index in 0..<(p * p) { precision.pointer[index] += expansion.precision.elements[index] }
    }
    // Both sides are sums and not averages: the number of points cancels.
    guard SmallCholesky.factor(precision.pointer, order: p).isFinite else { return nil }
    SmallCholesky.solve(precision.pointer, order: p, step.pointer)
    return step.array.allSatisfy(\.isFinite) ? step.array : nil
  }

  /// p + 1 points with mean 0 and covariance S: the corners of a simplex, by the rows of Helmert's
  /// matrix, times a root of S.
  static func simplex(_ covariance: Matrix) -> [[Double]] {
    let p = covariance.order
    let root = DoubleStorage(covariance.elements)
    SmallCholesky.factor(root.pointer, order: p)
    return (0...p).map { corner in
      let standard = (1...max(p, 1)).prefix(p).map { k -> Double in
        let scale = (Double(p + 1) / Double(k * (k + 1))).squareRoot()
        return corner < k ? scale : corner == k ? -Double(k) * scale : 0
      }
      return (0..<p).map { c in
        (0...c).reduce(0) { $0 + root.pointer[c * p + $1] * standard[$1] }
      }
    }
  }
}
