import PlatformEssentials

/// One correlation of a model as a function of its hyperparameters.
struct HyperparameterCorrelation: Sendable {
  private let structure: CovarianceStructure
  /// Where the factor's hyperparameters are in phi.
  private let range: Range<Int>
  /// The set of correlated terms, and the two terms' places in it.
  private let set: Int
  private let row: Int
  private let column: Int
  /// Where z is in phi if the correlation is tanh z, as in a set of two terms; nil otherwise.
  let soleHyperparameter: Int?
  /// Where the set's z's are in phi.
  let hyperparameters: Range<Int>

  /// The correlation at phi.
  func value(_ phi: [Double]) -> Double {
    structure.correlations(at: phi[range])[set][row, column]
  }

  /// The correlations of a factor: set after set, row by row.
  static func all(of structure: CovarianceStructure, in range: Range<Int>)
    -> [HyperparameterCorrelation]
  {
    structure.sets.enumerated().flatMap { set, terms in
      let own = structure.hyperparameterRanges[set]
      let first = range.lowerBound + own.lowerBound + terms.count
      let zs = first..<(range.lowerBound + own.upperBound)
      return (0..<terms.count).flatMap { row in
        (0..<row).map { column in
          HyperparameterCorrelation(
            structure: structure, range: range, set: set, row: row, column: column,
            soleHyperparameter: terms.count == 2 ? first : nil, hyperparameters: zs)
        }
      }
    }
  }
}

extension GeneralProblem {
  /// All correlations, factor after factor.
  var correlations: [HyperparameterCorrelation] {
    zip(hyperparameters.factors, hyperparameters.ranges).flatMap {
      HyperparameterCorrelation.all(of: $0, in: $1)
    }
  }
}

extension Marginal {
  /// A correlation under independent normals of the hyperparameters: tanh of a normal, exactly for
  /// a set of two terms. For more, its atanh has the mean and the variance over the 2 k points mean
  /// +- sqrt(k) SD of the k hyperparameters that it depends on, and is taken for normal.
  init(correlation: HyperparameterCorrelation, means: [Double], variances: [Double]) {
    let places = Array(correlation.hyperparameters)
    let length = Double(places.count).squareRoot()
    var values: [Double] = []
    for place in places {
      for side in [length, -length] {
        var phi = means
        phi[place] += side * variances[place].squareRoot()
        let value = correlation.value(phi)
        values.append(atanh(max(-1 + 1e-15, min(1 - 1e-15, value))))
      }
    }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let sd = max(variance, 1e-20).squareRoot()
    // Moments of the tanh by the trapezoid rule.
    var (total, first, second) = (0.0, 0.0, 0.0)
    for index in -32...32 {
      let t = 0.25 * Double(index)
      let (weight, value) = (exp(-0.5 * t * t), tanh(mean + sd * t))
      total += weight
      first += weight * value
      second += weight * value * value
    }
    let center = first / total
    self.init(
      TransformedMixture(
        mean: center,
        standardDeviation: max(second / total - center * center, 0).squareRoot(),
        mixture: NormalMixture(weights: [1], means: [mean], standardDeviations: [sd]),
        transformation: .hyperbolicTangent))
  }
}
