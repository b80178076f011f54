import PlatformEssentials

/// What the variances of a fit mean: shares of the variance of a linear predictor, and of a count.
///
/// With s_k^2 the variance that grouping factor k adds to a row's linear predictor, on average over
/// the rows (z'Sigma_k z for random slopes), s_f^2 that of the fixed part x'b over the rows, and
/// the observation-level variance of the lognormal method, ln(1 + 1 / lambda), lambda the mean
/// count (Nakagawa, Johnson & Schielzeth 2017):
///
///     marginal R^2    s_f^2 / (s_f^2 + sum s_k^2 + ln(1 + 1/lambda))
///     conditional R^2 (s_f^2 + sum s_k^2) / the same
///     ICC, latent     s_k^2 / (sum s_k^2 + ln(1 + 1/lambda))
///     ICC, counts     (exp s_k^2 - 1) / (exp(sum s_k^2) - 1 + 1/lambda)
///     median rate ratio  exp(sqrt(2 s_k^2) Phi^-1(3/4))
///
/// The ICC of counts is the correlation of two counts of mean lambda that share a level of factor k
/// alone. A factor with one level for each row is overdispersion: it is in the denominators, and no
/// part of the conditional R^2. Offsets are no part of s_f^2.
public struct VarianceSummary: Sendable {
  /// The posterior of a quantity.
  public struct Quantity: Sendable, Equatable {
    /// The posterior median.
    public let median: Double
    /// The lower end of the interval that holds it with probability 1 - alpha.
    public let lower: Double
    /// The upper end.
    public let upper: Double
  }

  /// What belongs to one grouping factor.
  public struct Factor: Sendable {
    /// The name of the factor.
    public let name: String
    /// s_k^2
    public let variance: Quantity
    /// How many times higher the rate is in the one of two levels with the higher rate, at the
    /// median over pairs (Larsen et al. 2000).
    public let medianRateRatio: Quantity
    /// The intraclass correlation of linear predictors.
    public let latentICC: Quantity
    /// The intraclass correlation of counts.
    public let countICC: Quantity
  }

  /// One for each grouping factor.
  public let factors: [Factor]
  /// The share of the variance that fixed effects explain.
  public let marginalR2: Quantity
  /// The share that fixed and random effects explain.
  public let conditionalR2: Quantity
  /// s_f^2
  public let fixedVariance: Quantity
  /// ln(1 + 1 / lambda); infinite without any event.
  public let observationVariance: Double
  /// lambda
  public let meanCount: Double
}

extension PoissonMixedModelFit {
  /// What the variances mean: intraclass correlations, median rate ratios and R^2.
  /// - Parameters:
  ///   - model: the model that this is a fit of.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  /// - Throws: `FitError` if the fit is of another model.
  public func varianceSummary(
    of model: PoissonMixedModel, alpha: Double = 0.05
  ) throws(FitError) -> VarianceSummary {
    guard model.family == .poisson else {
      throw FitError(
        "What the variances mean is known for Poisson counts only: intraclass correlations and R^2 "
          + "of \(model.family.phrase) counts are not supported.")
    }
    let (moments, parts) = try varianceDraws(of: model)
    let (total, isRow) = (
      parts.map { $0.factors.reduce(0, +) },
      model.factors.map { $0.levels.count == model.rowCount }
    )
    let level = 1 / moments.meanCount
    let observation = log1p(level)
    func perDraw(_ value: (Int) -> Double) -> VarianceSummary.Quantity {
      VarianceSummary.Quantity(draws: parts.indices.map(value), alpha: alpha)
    }
    return VarianceSummary(
      factors: model.factors.enumerated().map { k, factor in
        VarianceSummary.Factor(
          name: factor.name, variance: perDraw { parts[$0].factors[k] },
          medianRateRatio: perDraw { VarianceSummary.medianRateRatio(parts[$0].factors[k]) },
          latentICC: perDraw { parts[$0].factors[k] / (total[$0] + observation) },
          countICC: perDraw { expm1(parts[$0].factors[k]) / (expm1(total[$0]) + level) })
      },
      marginalR2: perDraw { parts[$0].fixed / (parts[$0].fixed + total[$0] + observation) },
      conditionalR2: perDraw { index in
        let explained = zip(parts[index].factors, isRow).reduce(parts[index].fixed) {
          $1.1 ? $0 : $0 + $1.0
        }
        return explained / (parts[index].fixed + total[index] + observation)
      },
      fixedVariance: perDraw { parts[$0].fixed }, observationVariance: observation,
      meanCount: moments.meanCount)
  }

  /// The median rate ratio of each grouping factor, which has a meaning for every family of counts.
  /// - Parameters:
  ///   - model: the model that this is a fit of.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  /// - Throws: `FitError` if the fit is of another model.
  package func medianRateRatios(
    of model: PoissonMixedModel, alpha: Double
  ) throws(FitError) -> [VarianceSummary.Quantity] {
    let parts = try varianceDraws(of: model).parts
    return model.factors.indices.map { k in
      VarianceSummary.Quantity(
        draws: parts.map { VarianceSummary.medianRateRatio($0.factors[k]) }, alpha: alpha)
    }
  }

  /// s_f^2 and s_k^2 at draws from the posterior.
  private func varianceDraws(
    of model: PoissonMixedModel
  ) throws(FitError) -> (moments: ColumnMoments, parts: [(fixed: Double, factors: [Double])]) {
    guard fixedEffects.map(\.name) == model.fixedNames,
      factors.map(\.groupLabels) == model.factors.map(\.levels)
    else { throw FitError("The fit is of another model: its effects have other names.") }
    let moments = ColumnMoments(model)
    let draws = try ParameterDraws(posterior).draws(count: ParameterDraws.count)
    return (moments, draws.map { moments.variances($0) })
  }
}

extension VarianceSummary {
  /// exp(sqrt(2 s_k^2) Phi^-1(3/4))
  fileprivate static func medianRateRatio(_ variance: Double) -> Double {
    exp((2 * variance).squareRoot() * 0.674489750196)
  }
}

extension VarianceSummary.Quantity {
  fileprivate init(draws: [Double], alpha: Double) {
    let posterior = DrawnPosterior(draws)
    self.init(
      median: posterior.quantile(0.5), lower: posterior.quantile(alpha / 2),
      upper: posterior.quantile(1 - alpha / 2))
  }
}

/// What variances over the rows are made of: quadratic forms in the parameters.
private struct ColumnMoments {
  let meanCount: Double
  /// The covariance matrix of the fixed columns over the rows, p x p, with the divisor n - 1.
  private let fixed: Matrix
  /// Z_k'Z_k / n of each factor.
  private let random: [Matrix]
  private let layout: HyperparameterLayout

  init(_ model: PoissonMixedModel) {
    let n = model.rowCount
    meanCount = (0..<n).reduce(0) { $0 + model.data.counts.pointer[$1] } / Double(n)
    let p = model.fixedNames.count
    let columns = (0..<p).map { c in
      Array(UnsafeBufferPointer(start: model.data.fixedDesign.pointer + c * n, count: n))
    }
    let centered = columns.map { column in
      let mean = column.reduce(0, +) / Double(n)
      return column.map { $0 - mean }
    }
    fixed = Self.products(centered, divisor: Double(max(n - 1, 1)))
    random =
      model.design?.factors.map { Self.products($0.terms.map(\.values), divisor: Double(n)) }
      ?? model.factors.map { factor in
        Self.products(
          factor.terms.indices.map { k in
            Array(UnsafeBufferPointer(start: model.data.randomDesign.pointer + k * n, count: n))
          }, divisor: Double(n))
      }
    layout = HyperparameterLayout(
      model.factors.map { CovarianceStructure(setSizes: $0.correlatedSets.map(\.count)) })
  }

  private static func products(_ columns: [[Double]], divisor: Double) -> Matrix {
    var matrix = Matrix(order: columns.count)
    for (c, column) in columns.enumerated() {
      for d in 0...c {
        matrix[c, d] = zip(column, columns[d]).reduce(0) { $0 + $1.0 * $1.1 } / divisor
        matrix[d, c] = matrix[c, d]
      }
    }
    return matrix
  }

  /// s_f^2 and s_k^2 at a draw.
  func variances(_ draw: ParameterDraws.Draw) -> (fixed: Double, factors: [Double]) {
    let covariances = layout.covariances(at: layout.hyperparameters(of: draw))
    return (
      fixed.quadraticForm(draw.fixedEffects),
      zip(covariances, random).map { covariance, products in
        zip(covariance.elements, products.elements).reduce(0) { $0 + $1.0 * $1.1 }
      }
    )
  }
}
