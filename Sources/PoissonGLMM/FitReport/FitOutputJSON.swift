import PlatformEssentials

extension FitOutput {
  /// One JSON object, numbers unrounded, null for what is not known.
  package var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      return String(decoding: try encoder.encode(JSON(self)), as: UTF8.self) + "\n"
    }
  }

  /// The documented object; its keys are these names in snake case.
  private struct JSON: Encodable {
    let formula: String
    /// Left out where there are none.
    let references: [String: String]?
    let approximation: String
    /// This and its parameters are left out for Poisson.
    let family: String?
    let alpha: Double
    let fixedPriorSd: Double
    /// By fixed effect; left out where there are none.
    let coefficientPriors: [String: CoefficientPriorJSON]?
    let logSdPriorSd: Double
    /// As `--prior` has them, by name; left out where there are none.
    let sdPriors: [String: String]?
    let correlationShape: Double
    let observations: Int
    let groups: LevelCounts
    let droppedRows: Int
    let standardized: Bool
    let converged: Bool
    let reason: String
    let iterations: Int
    let seconds: Double
    let elbo: JSONNumber
    let logEvidence: JSONNumber
    let logLikelihood: JSONNumber
    let aic: JSONNumber
    let bic: JSONNumber
    let warnings: [String]
    let fixedEffects: [EffectJSON]
    let randomEffects: [RandomEffectJSON]
    let correlations: [CorrelationJSON]
    let familyParameters: [FamilyJSON]?
    /// By parameter.
    let priorSensitivity: [String: JSONNumber]
    let fixedCovariance: [[JSONNumber]]
    let checks: [CheckJSON]
    /// These are left out where they were not asked for.
    let contrasts: [EffectJSON]?
    let means: [MarginalMeanJSON]?
    let pairs: [PairJSON]?
    let variances: VarianceJSON?

    init(_ output: FitOutput) {
      formula = output.formula
      references = output.references.isEmpty ? nil : output.references
      approximation = output.approximation.rawValue
      family = output.family == .poisson ? nil : output.family.rawValue
      familyParameters = output.family == .poisson ? nil : output.familyRows.map(FamilyJSON.init)
      alpha = output.alpha
      fixedPriorSd = output.priors.fixedEffectSD
      coefficientPriors =
        output.priors.coefficients.isEmpty
        ? nil
        : output.priors.coefficients.mapValues {
          CoefficientPriorJSON(mean: $0.mean, sd: $0.standardDeviation)
        }
      logSdPriorSd = output.priors.logSDSD
      sdPriors =
        output.priors.standardDeviations.isEmpty
        ? nil : output.priors.standardDeviations.mapValues(\.description)
      correlationShape = output.priors.correlationShape
      observations = output.observations
      groups = LevelCounts(factors: output.factors)
      droppedRows = output.droppedRows
      standardized = output.isStandardized
      converged = output.optimization.converged
      reason = output.optimization.stopReason.rawValue
      iterations = output.optimization.iterations
      seconds = output.seconds
      elbo = JSONNumber(value: output.elbo)
      logEvidence = JSONNumber(value: output.logEvidence)
      logLikelihood = JSONNumber(value: output.criteria?.logLikelihood)
      aic = JSONNumber(value: output.criteria?.aic)
      bic = JSONNumber(value: output.criteria?.bic)
      warnings = output.warnings
      fixedEffects = output.fixedEffects.map { EffectJSON(key: "parameter", effect: $0) }
      randomEffects = output.factors.flatMap { factor in
        factor.randomEffects.map { RandomEffectJSON($0, group: factor.name) }
      }
      correlations = output.factors.flatMap { factor in
        factor.correlations.map { CorrelationJSON($0, group: factor.name) }
      }
      priorSensitivity = Dictionary(
        output.priorSensitivity.map { ($0.name, JSONNumber(value: $0.value)) },
        uniquingKeysWith: { first, _ in first })
      let covariance = output.fixedCovariance
      fixedCovariance = (0..<covariance.rows).map { row in
        covariance.row(row).map { JSONNumber(value: $0) }
      }
      variances = output.variances.map(VarianceJSON.init)
      func asked<Value>(_ values: [Value]) -> [Value]? { values.isEmpty ? nil : values }
      let derived = output.derived
      contrasts = asked(derived.contrasts.map { EffectJSON(key: "contrast", effect: $0) })
      means = asked(
        derived.means.flatMap { means in
          means.means.map { MarginalMeanJSON($0, factor: means.factor) }
        })
      pairs = asked(
        derived.pairs.flatMap { pairs in
          pairs.differences.map { PairJSON(factor: pairs.factor, pair: $0) }
        })
      checks = output.checks.map(CheckJSON.init)
    }
  }

  /// How many levels there are: a number with one grouping factor, 0 without, an object with the
  /// factors' names as keys with several.
  private struct LevelCounts: Encodable {
    let factors: [Factor]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if factors.count <= 1 {
        try container.encode(factors.first?.levels ?? 0)
      } else {
        try container.encode(
          Dictionary(factors.map { ($0.name, $0.levels) }, uniquingKeysWith: { first, _ in first }))
      }
    }
  }

  private struct CoefficientPriorJSON: Encodable {
    let mean, sd: Double
  }

  private struct RandomEffectJSON: Encodable {
    let group: String
    let parameter: String
    let logSdMean, logSdSd: JSONNumber
    let sd, sdLower, sdUpper, variance: JSONNumber
    /// `sd` is exp of the log's mean; these are the median, the mean and the SD of the posterior of
    /// the SD itself.
    let sdMedian, sdMean, sdSd: JSONNumber

    init(_ effect: RandomEffect, group: String) {
      self.group = group
      parameter = effect.parameter
      logSdMean = JSONNumber(value: effect.logSDMean)
      logSdSd = JSONNumber(value: effect.logSDSD)
      sd = JSONNumber(value: effect.sd)
      sdLower = JSONNumber(value: effect.interval.lower)
      sdUpper = JSONNumber(value: effect.interval.upper)
      variance = JSONNumber(value: effect.variance)
      sdMedian = JSONNumber(value: effect.median)
      sdMean = JSONNumber(value: effect.ownMean)
      sdSd = JSONNumber(value: effect.ownSD)
    }
  }

  private struct CorrelationJSON: Encodable {
    let group: String
    let parameters: [String]
    let mean, sd, ciLower, ciUpper: JSONNumber
    let atanhMean, atanhSd: JSONNumber

    init(_ correlation: Correlation, group: String) {
      self.group = group
      parameters = correlation.parameters
      mean = JSONNumber(value: correlation.mean)
      sd = JSONNumber(value: correlation.sd)
      ciLower = JSONNumber(value: correlation.interval.lower)
      ciUpper = JSONNumber(value: correlation.interval.upper)
      atanhMean = JSONNumber(value: correlation.atanhMean)
      atanhSd = JSONNumber(value: correlation.atanhSD)
    }
  }

  private struct FamilyJSON: Encodable {
    let parameter: String
    let mean, sd, median, ciLower, ciUpper: JSONNumber

    init(_ row: FamilyRow) {
      parameter = row.parameter
      mean = JSONNumber(value: row.mean)
      sd = JSONNumber(value: row.sd)
      median = JSONNumber(value: row.median)
      ciLower = JSONNumber(value: row.interval.lower)
      ciUpper = JSONNumber(value: row.interval.upper)
    }
  }

  private struct CheckJSON: Encodable {
    let name: String
    let statistic, p: JSONNumber
    let sentence: String
    /// Whether the text tells it.
    let matters: Bool

    init(_ check: ModelCheck) {
      name = check.name
      statistic = JSONNumber(value: check.statistic)
      p = JSONNumber(value: check.p)
      sentence = check.sentence
      matters = check.matters
    }
  }
}
