import PlatformEssentials

/// The covariance matrices of random effects by Cholesky roots, one row-major lower triangle for
/// each set of correlated terms, as lme4 has them: Sigma = L L'.
///
/// All numbers are allowed: SDs of 0 and correlations of -1 and 1, where logs and atanhs are
/// infinite, are inner points.
struct CovarianceRoots {
  /// The numbers of terms of the sets of all factors.
  let setSizes: [Int]

  /// Below this log an SD is as good as 0.
  private static let leastLogSD = -10.0
  /// Above this atanh a correlation is as good as 1.
  private static let largestAtanh = 8.0

  init(_ factors: [GroupingFactor]) {
    setSizes = factors.flatMap { $0.correlatedSets.map(\.count) }
  }

  var count: Int { setSizes.reduce(0) { $0 + $1 * ($1 + 1) / 2 } }

  /// The roots of some SDs and partial correlations, one set after another.
  func roots(standardDeviations: [Double], partialCorrelations: [Double]) -> [Double] {
    var roots: [Double] = []
    var (term, pair) = (0, 0)
    for size in setSizes {
      for i in 0..<size {
        var left = standardDeviations[term + i]
        for _ in 0..<i {
          roots.append(left * tanh(partialCorrelations[pair]))
          left /= cosh(partialCorrelations[pair])
          pair += 1
        }
        roots.append(left)
      }
      term += size
    }
    return roots
  }

  /// The row of a root that each of its numbers is in, counted over all sets: the random term.
  var terms: [Int] {
    var (terms, first) = ([Int](), 0)
    for size in setSizes {
      for i in 0..<size { terms += [Int](repeating: first + i, count: i + 1) }
      first += size
    }
    return terms
  }

  /// The log SDs and the atanh of partial correlations of roots, finite whatever these are.
  func hyperparameters(of roots: [Double]) -> (logSDs: [Double], partialCorrelations: [Double]) {
    var (logSDs, partials): ([Double], [Double]) = ([], [])
    var start = 0
    for size in setSizes {
      // A column may change its sign as a whole: the diagonal is to be positive.
      var signs = [Double](repeating: 1, count: size)
      for i in 0..<size {
        let row = roots[start..<(start + i + 1)]
        start += i + 1
        signs[i] = row[row.endIndex - 1] < 0 ? -1 : 1
        let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
        logSDs.append(max(length > 0 ? log(length) : -.infinity, Self.leastLogSD))
        var left = 1.0
        for (j, value) in row.dropLast().enumerated() {
          let share = length > 0 && left > 0 ? signs[j] * value / (length * left) : 0
          let z = atanh(max(-1, min(1, share)))
          partials.append(max(-Self.largestAtanh, min(Self.largestAtanh, z)))
          left *= max(0, 1 - share * share).squareRoot()
        }
      }
    }
    return (logSDs, partials)
  }
}
