import PlatformEssentials

/// E Sigma^-1, E log|Sigma| and E log p of one grouping factor, with their derivatives, where the
/// hyperparameters are independent, phi_a ~ N(m_a, r_a). With r = 0 they are known.
///
/// All is in closed form but E log cosh z, which takes a sum over 30 points or so:
///
///     E Sigma^-1_ab = E exp(-s_a - s_b) E R^-1_ab
///     E exp(-s_a - s_b) = exp(-m_a - m_b + (r_a + r_b) / 2) for a != b,   exp(-2 m_a + 2 r_a)
///     E log|Sigma| = 2 sum_a m_a - 2 sum_ij E log cosh z_ij
struct CovarianceMoments {
  private let structure: CovarianceStructure
  private let means: [Double]
  private let variances: [Double]
  private let sets: [SetMoments]

  /// Derivatives by m and by log r, one number a hyperparameter each.
  struct Gradient {
    var means: [Double]
    var logVariances: [Double]
  }

  /// - Parameters:
  ///   - means: m, as many as the structure has hyperparameters.
  ///   - variances: r.
  init(_ structure: CovarianceStructure, means: [Double], variances: [Double]) {
    precondition(means.count == structure.hyperparameterCount)
    precondition(variances.count == means.count)
    self.structure = structure
    self.means = means
    self.variances = variances
    sets = zip(structure.sets, structure.hyperparameterRanges).map { set, range in
      SetMoments(order: set.count, means: Array(means[range]), variances: Array(variances[range]))
    }
  }

  /// E Sigma^-1, q x q.
  var precision: Matrix {
    var result = Matrix(order: structure.termCount)
    for (set, moments) in zip(structure.sets, sets) {
      for a in set {
        for b in set {
          let (i, j) = (a - set.lowerBound, b - set.lowerBound)
          result[a, b] = moments.precision[i * set.count + j]
        }
      }
    }
    return result
  }

  /// E log|Sigma|.
  var logDeterminant: Double { sets.reduce(0) { $0 + $1.logDeterminant } }

  /// The derivatives of -G/2 E log|Sigma| - 1/2 tr(E Sigma^-1 T).
  /// - Parameters:
  ///   - levels: G.
  ///   - secondMoments: T, q x q, symmetric.
  func gradient(levels: Int, secondMoments: Matrix) -> Gradient {
    var gradient = Gradient(means: [], logVariances: [])
    for (set, moments) in zip(structure.sets, sets) {
      let own = set.flatMap { a in set.map { secondMoments[a, $0] } }
      let part = moments.gradient(levels: Double(levels), secondMoments: own)
      gradient.means += part.means
      gradient.logVariances += part.logVariances
    }
    return gradient
  }

  /// E log p, which is exact where log SDs have normal priors or are known.
  func logPrior(_ prior: HyperparameterPrior) -> Double {
    var sum = 0.0
    for (set, (range, moments)) in zip(
      structure.sets, zip(structure.hyperparameterRanges, sets))
    {
      for (term, index) in zip(set, range) {
        sum += prior.logSDs[term].expectedLogDensity(
          mean: means[index], variance: variances[index])
      }
      for (column, term) in zip(CovarianceStructure.columns(setSize: set.count), moments.logCosh) {
        sum += prior.logNormalizer(column: column, setSize: set.count)
        sum -= prior.power(column: column, setSize: set.count) * term.value
      }
    }
    return sum
  }

  /// The derivatives of E log p, likewise.
  func logPriorGradient(_ prior: HyperparameterPrior) -> Gradient {
    var gradient = Gradient(means: [], logVariances: [])
    for (set, (range, moments)) in zip(
      structure.sets, zip(structure.hyperparameterRanges, sets))
    {
      for (term, index) in zip(set, range) {
        let logSD = prior.logSDs[term]
        gradient.means.append(logSD.slope(at: means[index]))
        gradient.logVariances.append(
          0.5 * logSD.curvature(at: means[index]) * variances[index])
      }
      let columns = CovarianceStructure.columns(setSize: set.count)
      for (index, (column, term)) in zip(
        range.dropFirst(set.count), zip(columns, moments.logCosh))
      {
        let power = prior.power(column: column, setSize: set.count)
        gradient.means.append(-power * term.slope)
        gradient.logVariances.append(-0.5 * power * term.curvature * variances[index])
      }
    }
    return gradient
  }

  /// sum_a 1/2 log(2 pi e r_a), the entropy of the normals. Its derivative by each log r is 1/2.
  var entropy: Double {
    variances.reduce(0) { $0 + 0.5 * (1 + log(2 * Double.pi * $1)) }
  }
}

/// The same for one set of q correlated terms.
struct SetMoments {
  private let order: Int
  private let means: [Double]
  private let variances: [Double]
  private let hyperbolic: [HyperbolicMoments]
  /// Of each z.
  let logCosh: [LogCoshMoments]
  private let rows: [InverseRowCoefficients]
  private let inverse: InverseFactorMoments
  /// E exp(-s_a - s_b), q x q.
  private let scales: [Double]
  /// E R^-1, q x q.
  private let inverseCorrelation: [Double]

  /// - Parameters:
  ///   - order: q.
  ///   - means: of the q log SDs, then of the z's.
  ///   - variances: of the same.
  init(order q: Int, means: [Double], variances: [Double]) {
    order = q
    self.means = means
    self.variances = variances
    let z = zip(means, variances).dropFirst(q)
    let hyperbolic = z.map { HyperbolicMoments(mean: $0, variance: $1) }
    self.hyperbolic = hyperbolic
    logCosh = z.map { LogCoshMoments(mean: $0, variance: $1) }
    rows = (0..<q).map { InverseRowCoefficients(Array(hyperbolic[Self.places(row: $0)])) }
    inverse = InverseFactorMoments(rows)
    scales = (0..<(q * q)).map { entry in
      let (a, b) = (entry / q, entry % q)
      let spread = a == b ? 2 * variances[a] : 0.5 * (variances[a] + variances[b])
      return exp(spread - means[a] - means[b])
    }
    inverseCorrelation = inverse.precision
  }

  /// Where the z's of a row are among all z's.
  private static func places(row: Int) -> Range<Int> {
    let start = row * (row - 1) / 2
    return start..<(start + row)
  }

  /// E Sigma^-1 of the set, q x q row-major.
  var precision: [Double] { zip(scales, inverseCorrelation).map(*) }

  /// E log|Sigma| of the set.
  var logDeterminant: Double {
    2 * means.prefix(order).reduce(0, +) - 2 * logCosh.reduce(0) { $0 + $1.value }
  }

  /// The derivatives of -G/2 E log|Sigma| - 1/2 tr(E Sigma^-1 T), T = `secondMoments`.
  func gradient(
    levels: Double, secondMoments: [Double]
  ) -> CovarianceMoments.Gradient {
    let q = order
    let scaled = zip(scales, secondMoments).map(*)
    var gradient = CovarianceMoments.Gradient(means: [], logVariances: [])
    for a in 0..<q {
      var (sum, spread) = (0.0, 0.0)
      for b in 0..<q {
        let term = scaled[a * q + b] * inverseCorrelation[a * q + b]
        sum += term
        spread += a == b ? 2 * term : term
      }
      gradient.means.append(sum - levels)
      gradient.logVariances.append(-0.5 * variances[a] * spread)
    }
    /// -1/2 tr of the derivative of E R^-1 where the moments of one z have changed.
    func trace(row: Int, place: Int, _ change: HyperbolicMoments) -> Double {
      var moments = hyperbolic
      moments[place] = change
      let derivative = inverse.precisionDerivative(
        row: row, change: InverseRowCoefficients(Array(moments[Self.places(row: row)])),
        rows: rows)
      return -0.5 * zip(scaled, derivative).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for row in 0..<q {
      for place in Self.places(row: row) {
        let moments = hyperbolic[place]
        gradient.means.append(
          levels * logCosh[place].slope
            + trace(row: row, place: place, moments.derivativeByMean))
        let variance = variances[q + place]
        guard variance > 0 else {
          gradient.logVariances.append(0)
          continue
        }
        let slope =
          0.5 * levels * logCosh[place].curvature
          + trace(row: row, place: place, moments.derivativeByVariance)
        gradient.logVariances.append(variance * slope)
      }
    }
    return gradient
  }
}
