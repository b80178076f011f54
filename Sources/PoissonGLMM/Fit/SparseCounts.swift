import PlatformEssentials

/// How far sparse counts put the log SD of a random intercept below where it belongs, where the
/// evidence bound F(s) stands in for log p(y | s).
///
/// The bound loses little where the posterior of an effect u_j is near a normal one. With W_j for
/// the expected count of level j and v_j = 1 / (W_j + exp(-2 s)) for the effect's variance, the
/// loss is W_j^2 v_j^3 / 12 to leading order, from the third derivative W_j of the log density. It
/// grows with s, and so pulls the mode of F down by its slope over the information 2 (W_j v_j)^2
/// that level j has on s:
///
///     shift = sum_j W_j^2 v_j^4 exp(-2 s) / 2 / (sum_j 2 (W_j v_j)^2 + lambda)
///
/// with lambda the prior's precision. At the bound's maximum W_j is the level's count less E u_j
/// exp(-2 s), with a single intercept exactly so.
struct SparseCounts {
  /// How much too low the log SD is, roughly.
  let shift: Double
  /// The SD of the log SD that the information implies.
  let standardDeviation: Double

  /// Below both, other errors are as large and no reader would notice.
  static let smallestShift = 0.05
  static let smallestShare = 0.25

  /// - Parameters:
  ///   - counts: the sum of the counts of each level.
  ///   - means: E u_j by level.
  ///   - priorPrecision: minus the curvature of the log SD's log prior.
  init(counts: [Double], means: [Double], logSD: Double, priorPrecision: Double) {
    let precision = exp(-2 * logSD)
    var (slope, information) = (0.0, priorPrecision)
    for (count, mean) in zip(counts, means) {
      let expected = max(count - mean * precision, 0)
      let variance = 1 / (expected + precision)
      let share = expected * variance
      slope += 0.5 * share * share * variance * variance * precision
      information += 2 * share * share
    }
    shift = slope / information
    standardDeviation = 1 / information.squareRoot()
  }

  var isNotable: Bool {
    shift > Self.smallestShift && shift > Self.smallestShare * standardDeviation
  }
}

extension PoissonMixedModel {
  /// Warnings about random intercepts whose SD comes out too small, for approximations that take
  /// the bound for the evidence.
  func sparsenessWarnings(_ approximation: Approximation, _ posterior: Posterior) -> [String] {
    guard approximation != .corrected, family == .poisson else { return [] }
    var warnings: [String] = []
    let logSDPriors = logSDPriors
    var (firstTerm, firstEffect) = (0, 0)
    for (factor, grouped) in zip(factors, groupedCounts) {
      let q = factor.terms.count
      defer {
        firstTerm += q
        firstEffect += q * factor.levels.count
      }
      guard let term = grouped.intercept else { continue }
      let logSD = posterior.logSDs[firstTerm + term].mean
      let sparse = SparseCounts(
        counts: grouped.counts,
        means: factor.levels.indices.map { posterior.randomMean[firstEffect + $0 * q + term] },
        logSD: logSD, priorPrecision: -logSDPriors[firstTerm + term].curvature(at: logSD))
      guard sparse.isNotable else { continue }
      let percent = String(printf: "%.0f", 100 * (1 - exp(-sparse.shift)))
      warnings.append(
        "Counts are sparse for '\(randomNames[firstTerm + term])': with \(approximation.rawValue) "
          + "its standard deviation is some \(percent) % too small; take corrected.")
    }
    return warnings
  }

  /// By factor: the sum of the counts of each level, and the random term that is a column of ones.
  private var groupedCounts: [(counts: [Double], intercept: Int?)] {
    guard let design else {
      let counts = (0..<data.shape.groupCount).map { group in
        (data.groupStarts[group]..<data.groupStarts[group + 1]).reduce(0) {
          $0 + data.counts.pointer[$1]
        }
      }
      let intercept = (0..<data.shape.termCount).first { term in
        (0..<rowCount).allSatisfy { data.randomDesign.pointer[term * rowCount + $0] == 1 }
      }
      return [(counts, intercept)]
    }
    return design.factors.map { factor in
      var counts = [Double](repeating: 0, count: factor.grouping.count)
      for (row, level) in factor.grouping.groupOfRow.enumerated() {
        counts[level] += design.counts[row]
      }
      return (counts, factor.terms.firstIndex { $0.values.allSatisfy { $0 == 1 } })
    }
  }
}
