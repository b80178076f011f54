import PlatformEssentials

/// The fit of a model without random effects: the Gaussian that maximizes the bound and, under
/// `corrected`, what it lacks of the posterior's first three cumulants and of the evidence.
///
/// With t w'b added to the log joint density F + R generates the cumulants of w'b, so that the
/// means lack dR/dt, and the third cumulant is the derivative of the covariances by t. Both are
/// differences along the linear response.
struct RegressionFit {
  let posterior: Posterior
  let bound: Double
  let logEvidence: Double?
  let optimization: OptimizationSummary
  let warnings: [String]
  /// The largest variance of a row's linear predictor. The corrections are expansions in these.
  let largestVariance: Double

  /// The step of the differences, in SDs.
  private static let differenceStep = 1e-3
  /// Where p max v is below, all corrections are: R is at most a twelfth of it, and a variance
  /// grows by less than half of max v.
  private static let negligible = 1e-5
  /// The most multiplications that corrections may take: some seconds.
  private static let largestCost = 2e10

  /// - Parameter effectMatrix: M, p x p, where the fixed effects to be reported are M b.
  init(
    _ model: PoissonMixedModel, options: FitOptions, effectMatrix: Matrix?
  ) throws(FitError) {
    let rows = RegressionRows(model.data, priors: model.priors)
    let isMeanField = options.approximation == .meanField
    let (point, summary) = try RegressionMaximizer(rows, isMeanField: isMeanField)
      .maximize(maximumIterations: options.maximumIterations)
    bound = point.bound
    largestVariance = point.variances.max() ?? 0
    optimization = summary
    var gaussian = GaussianPosterior(
      logSDMean: [], logSDVariance: [], fixedMean: point.mean, fixedCovariance: point.covariance,
      randomMean: [], randomVariance: [], covarianceSource: isMeanField ? .independent : .bound)
    guard options.approximation == .corrected else {
      posterior = Posterior(gaussian.transformed(by: effectMatrix))
      (logEvidence, warnings) = (nil, [])
      return
    }
    guard Double(rows.width) * largestVariance > Self.negligible else {
      posterior = Posterior(gaussian.transformed(by: effectMatrix))
      (logEvidence, warnings) = (point.bound, [])
      return
    }
    let cost = RegressionCorrection.cost(rows)
    guard cost < Self.largestCost,
      let correction = RegressionCorrection(rows, weights: point.rates)
    else {
      posterior = Posterior(gaussian.transformed(by: effectMatrix))
      logEvidence = nil
      warnings = [
        cost < Self.largestCost
          ? "The linear response has no solution: corrected has nothing to add to integrated."
          : "With \(rows.width) fixed effects and \(rows.count) rows the corrections would take "
            + "too long: the posterior is that of integrated."
      ]
      return
    }
    gaussian.fixedCovariance = correction.covariance
    gaussian.covarianceSource = .linearResponse
    logEvidence = point.bound + correction.evidence
    let directions =
      effectMatrix ?? Matrix(diagonal: [Double](repeating: 1, count: rows.width))
    var skewness: [Double] = []
    if cost * Double(2 * rows.width + options.combinations.count) < Self.largestCost,
      let shifts = Self.shifts(rows, point.rates, correction)
    {
      for c in shifts.indices { gaussian.fixedMean[c] += shifts[c] }
      let combinations = options.combinations.map { directions.transposed * $0 }
      skewness = ((0..<rows.width).map { Array(directions.row($0)) } + combinations).map {
        Self.skewness(rows, point.rates, correction, $0)
      }
    }
    warnings =
      skewness.isEmpty && rows.width > 0
      ? [
        "With \(rows.width) fixed effects and \(rows.count) rows the means are those of integrated."
      ] : []
    var posterior = Posterior(
      components: [
        Posterior.Component(
          weight: 1, gaussian: gaussian.transformed(by: effectMatrix), fixedSkewness: skewness)
      ], logSDs: [], randomMean: [], randomVariance: [])
    posterior.skewedCombinations = options.combinations
    self.posterior = posterior
  }

  /// The corrections at the weights that a move of w'b by a small share of an SD leads to.
  private static func moved(
    _ rows: RegressionRows, _ weights: [Double], _ correction: RegressionCorrection, _ w: [Double]
  ) -> RegressionCorrection? {
    RegressionCorrection(
      rows,
      weights: zip(weights, correction.weightChange(w)).map { $0 + differenceStep * $1 })
  }

  /// dR/dt for each effect; nil where one has no value.
  private static func shifts(
    _ rows: RegressionRows, _ weights: [Double], _ correction: RegressionCorrection
  ) -> [Double]? {
    var shifts: [Double] = []
    for c in 0..<rows.width {
      var unit = [Double](repeating: 0, count: rows.width)
      unit[c] = 1
      guard let moved = moved(rows, weights, correction, unit) else { return nil }
      // A mean that moves by one SD belongs to dt = 1 / SD.
      let sd = correction.covariance[c, c].squareRoot()
      let shift = sd * (moved.evidence - correction.evidence) / differenceStep
      guard shift.isFinite else { return nil }
      shifts.append(shift)
    }
    return shifts
  }

  /// The skewness of w'b; 0 where it has no value.
  private static func skewness(
    _ rows: RegressionRows, _ weights: [Double], _ correction: RegressionCorrection, _ w: [Double]
  ) -> Double {
    guard let moved = moved(rows, weights, correction, w) else { return 0 }
    let variance = correction.covariance.quadraticForm(w)
    let skewness = (moved.covariance.quadraticForm(w) / variance - 1) / differenceStep
    return skewness.isFinite ? skewness : 0
  }
}

extension PoissonMixedModel {
  /// log p(y | b) of a model without random effects, at given parameters of its family.
  func regressionLogLikelihood(_ b: [Double], _ familyParameters: [Double]) -> Double {
    RegressionRows(data, priors: priors).logLikelihood(
      b, family == .poisson ? nil : CountDistribution(family, parameters: familyParameters))
  }
}
