/// What an estimator says of one parameter.
public struct ParameterEstimate: Sendable, Equatable {
  /// A fixed effect by its name, `log_sd(NAME)` for a random term, `cor(NAME,NAME)` for two.
  public let parameter: String
  /// The point estimate, such as a posterior mean; in the units of the parameter.
  public let estimate: Double
  /// nil where the method has none.
  public let standardError: Double?
  /// Both ends are there or neither, as a method has intervals or not.
  public let intervalLower: Double?
  /// Upper end of the interval, whose nominal level is the scenario's 1 - alpha.
  public let intervalUpper: Double?
  /// Two-sided p value or posterior tail probability; nil where zero is not a natural null value.
  public let pValue: Double?
  /// The true value, where each replicate has its own.
  public let truth: Double?
  /// The posterior probability that the parameter is at most `truth`; nil without a truth, or from
  /// a method that has no posterior distribution.
  public let probabilityBelowTruth: Double?

  /// Numbers as they are: a study tells whether they can be used.
  public init(
    parameter: String, estimate: Double, standardError: Double?, intervalLower: Double?,
    intervalUpper: Double?, pValue: Double?, truth: Double? = nil,
    probabilityBelowTruth: Double? = nil
  ) {
    self.parameter = parameter
    self.estimate = estimate
    self.standardError = standardError
    self.intervalLower = intervalLower
    self.intervalUpper = intervalUpper
    self.pValue = pValue
    self.truth = truth
    self.probabilityBelowTruth = probabilityBelowTruth
  }

  /// The same estimate beside a true value.
  func with(truth: Double?) -> ParameterEstimate {
    ParameterEstimate(
      parameter: parameter, estimate: estimate, standardError: standardError,
      intervalLower: intervalLower, intervalUpper: intervalUpper, pValue: pValue, truth: truth,
      probabilityBelowTruth: probabilityBelowTruth)
  }
}

/// A number that an estimator says of the whole fit, beside its parameters. A study keeps it, and a
/// comparison of two versions looks at it; no performance measure does.
public struct FitQuantity: Sendable, Hashable, Codable {
  /// For example `log_evidence`; unique within a result.
  public let name: String
  /// The quantity of the same result in whose size a difference is judged, an SD as a rule; nil for
  /// a logarithm, whose differences are judged as they are, in nats.
  public let scale: String?

  /// A quantity without its value.
  public init(_ name: String, scale: String? = nil) {
    self.name = name
    self.scale = scale
  }
}

/// What an estimator gives for one data set.
public struct EstimationResult: Sendable, Equatable {
  /// Fixed effects in the model's order, then the log SDs, then the correlations. A parameter
  /// without an estimate is left out.
  public let parameters: [ParameterEstimate]
  /// The lower bound of the log evidence that the estimator has reached; nil if it has none.
  public let evidenceLowerBound: Double?
  /// 0 where the method does not count them.
  public let iterations: Int
  /// Why the optimization stopped, for example `converged`.
  public let reason: String
  /// Whether the method holds its result for final; a study counts others as failed.
  public let converged: Bool
  /// What the fit took, as the method measures it; nil where the caller's clock is as good.
  public let seconds: Double?
  /// What is said of the whole fit besides.
  public let quantities: [FitQuantity]
  /// One value for each of `quantities`.
  public let quantityValues: [Double]

  /// The estimates of one data set, and how they were reached.
  public init(
    parameters: [ParameterEstimate], evidenceLowerBound: Double?, iterations: Int, reason: String,
    converged: Bool, seconds: Double? = nil, quantities: [(FitQuantity, Double)] = []
  ) {
    self.parameters = parameters
    self.evidenceLowerBound = evidenceLowerBound
    self.iterations = iterations
    self.reason = reason
    self.converged = converged
    self.seconds = seconds
    self.quantities = quantities.map { $0.0 }
    quantityValues = quantities.map { $0.1 }
  }

  /// The same result with true values by parameter name.
  func with(truth: [String: Double]) -> EstimationResult {
    EstimationResult(
      parameters: parameters.map { $0.with(truth: truth[$0.parameter]) },
      evidenceLowerBound: evidenceLowerBound, iterations: iterations, reason: reason,
      converged: converged, seconds: seconds,
      quantities: Array(zip(quantities, quantityValues)))
  }
}

/// An estimator's refusal of its own result, or of the data.
public struct EstimationError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One sentence for the user.
  public let description: String

  /// A refusal.
  /// - Parameter description: one sentence that says why.
  public init(_ description: String) {
    self.description = description
  }
}

/// A method under study: a data set in, estimates out. The only door between a study and a fitter.
///
/// A study makes one estimator for each scenario and method and calls it from several threads at
/// once, in any order of the replicates. For equal data it has to give equal results: what a study
/// records must not depend on the number of workers.
public protocol Estimator: Sendable {
  /// The method's name in the scenario and in every report.
  var name: String { get }
  /// Fits the model of `data`: its fixed effects, for each random term the log of the standard
  /// deviation between the levels of its factor, and the correlations of those that have one.
  /// - Throws: any error; the study records its description and counts the replicate as failed.
  ///   `CancellationError` alone says nothing of the data: the replicate is not recorded.
  func estimate(_ data: ClusteredCounts) throws -> EstimationResult
  /// The same estimates, and for each parameter with a value in `values` the posterior probability
  /// that it is at most that: `probabilityBelowTruth`. A method without a posterior distribution
  /// has no need of this; its results then have no such probabilities.
  /// - Throws: as above.
  func estimate(
    _ data: ClusteredCounts, probabilitiesAt values: [String: Double]
  ) throws -> EstimationResult
}

extension Estimator {
  /// The estimates without any probability: what a method without a posterior distribution answers.
  public func estimate(
    _ data: ClusteredCounts, probabilitiesAt values: [String: Double]
  ) throws -> EstimationResult {
    try estimate(data)
  }
}
