import Foundation

/// What the fixed effects' means under `corrected` are moved by where groups are many.
///
/// The variational mean of b given s is off by a share of a group's information that does not shrink with the number of groups G: in
/// posterior SDs, which do shrink, the error grows as the square root of G, on sparse counts to 0.05 SD at 1,000 groups and 0.8 SD at
/// 250,000. For any smooth density E grad log p(b) = 0. With b ~ N(m, S), the average of the gradient over points
/// with that mean and covariance is therefore 0 where m is the mean, up to fourth derivatives; elsewhere a Newton step leads there:
///
///     m <- m + (average of -H)^-1 (average of g),      g, H of log p(y, b | s), random effects integrated out by quadrature
///
/// The shift is taken at one s, near the mean of the log SDs, for all: their posterior is narrow where it matters. Effects of groups stay as
/// they are: what they miss is small beside their SDs, which do not shrink.
struct FixedMeanShift {
  /// With fewer groups the error is 0.02 SD or less, and such a shift no better.
  static let fewestGroups = 100
  /// Beyond, the gradient is taken at the mean alone, which leaves out half the third derivatives times S: some 0.02 SD at
  /// `fewestGroupsForMean` groups, and less with more.
  static let mostEffects = 10
  static let fewestGroupsForMean = 1000

  private let evidence: QuadratureEvidence
  private let componentOfTerm: [Int]

  /// - Returns: nil where nothing is to be moved.
  init?(_ evidence: QuadratureEvidence?, data: ModelData) {
    let p = data.shape.fixedCount
    let fewest = p <= Self.mostEffects ? Self.fewestGroups : Self.fewestGroupsForMean
    guard let evidence, p > 0, data.shape.groupCount >= fewest else { return nil }
    self.evidence = evidence
    componentOfTerm = data.componentOfTerm
  }

  /// The shift by the fit nearest to the means of the log SDs, p numbers; nil if it is not finite.
  func shift(_ fits: [HeldFit], logSDs: [Marginal]) -> [Double]? {
    func distance(_ fit: HeldFit) -> Double {
      zip(fit.logSDs, logSDs).reduce(0) { sum, pair in
        let z = (pair.0 - pair.1.mean) / pair.1.standardDeviation
        return sum + z * z
      }
    }
    guard let fit = fits.min(by: { distance($0) < distance($1) }) else { return nil }
    let mean = fit.optimum.fixedMean
    let p = mean.count
    let offsets =
      p <= Self.mostEffects ? Self.simplex(fit.optimum.fixedCovariance) : [mean.map { _ in 0 }]
    let step = DoubleStorage(count: p)
    let precision = DoubleStorage(count: p * p)
    for offset in offsets {
      let expansion = evidence.expansion(
        fixedEffects: zip(mean, offset).map { $0 + $1 },
        logSDs: componentOfTerm.map { fit.logSDs[$0] })
      for c in 0..<p { step.pointer[c] += expansion.gradient[c] }
      for index in 0..<(p * p) { precision.pointer[index] += expansion.precision[index] }
    }
    // Sums on both sides: the number of points cancels.
    guard SmallCholesky.factor(precision.pointer, order: p).isFinite else { return nil }
    SmallCholesky.solve(precision.pointer, order: p, step.pointer)
    return step.array.allSatisfy(\.isFinite) ? step.array : nil
  }

  /// p + 1 points with mean 0 and covariance S: the corners of a simplex, by the rows of Helmert's matrix, times a root of S.
  static func simplex(_ covariance: [Double]) -> [[Double]] {
    let p = Int(Double(covariance.count).squareRoot())
    let root = DoubleStorage(covariance)
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
