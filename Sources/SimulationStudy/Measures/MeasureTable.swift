/// Every performance measure of a study.
enum MeasureTable {
  /// Rows in the order of scenarios, methods, parameters and measures.
  ///
  /// Left out are measures without a meaning for their row: the mean estimate where the truth is
  /// known (bias says it), what needs a truth where there is none, relative precision of the
  /// reference method against itself, the rejection rate of a parameter without p values, all else
  /// of a check of the model, and what belongs to calibrations anywhere else. In a calibration the
  /// others are those of the errors, estimates less the true value of their replicate.
  /// - Parameter measures: those to compute; those of each scenario if nil.
  static func rows(
    _ samples: [ScenarioSample],
    measures: [PerformanceMeasure]? = nil
  ) -> [MeasureRow] {
    samples.flatMap { sample in
      sample.methods.enumerated().flatMap { position, method in
        sample.parameters.flatMap { parameter in
          rows(
            sample, method, isReference: position == 0, parameter,
            measures ?? sample.summary.measures)
        }
      }
    }
  }

  private static func rows(
    _ sample: ScenarioSample, _ method: MethodSample, isReference: Bool, _ parameter: String,
    _ measures: [PerformanceMeasure]
  ) -> [MeasureRow] {
    let scenario = sample.summary
    let truth = scenario.truth(of: parameter, by: method.method)
      .flatMap { $0.isFinite ? $0 : nil }
    let isCalibration = scenario.kind == .calibration
    let target = isCalibration ? 0 : truth
    let isTested = sample.methods.contains { !$0[parameter].pValues.isEmpty }
    let reference = sample.methods.first?[parameter] ?? ParameterSample()
    let columns = method[parameter]
    let kind = ParameterKind(parameter: parameter)
    // A method that fits another family does not have the parameter.
    if kind == .familyParameter, method.parameters[parameter] == nil { return [] }
    let isCheck = kind == .check
    return measures.compactMap { measure in
      switch measure {
      case _ where isCheck && measure != .rejectionRate: return nil
      case .estimate where target != nil: return nil
      case _ where measure.needsCalibration && !isCalibration: return nil
      case .relativePrecision where isReference: return nil
      case .rejectionRate where !isTested: return nil
      case _ where measure.needsTruth && target == nil: return nil
      default: break
      }
      let result = columns.performance(
        measure, truth: target, alpha: scenario.alpha, reference: reference)
      return MeasureRow(
        scenario: scenario.name, method: method.method, parameter: parameter, measure: measure,
        estimate: result.value, monteCarloStandardError: result.monteCarloStandardError,
        truth: truth, attempted: method.attempted, failed: method.failures.count,
        used: result.used)
    }
  }
}

/// The calibration of every parameter, by every method, in every scenario that is a calibration.
enum CalibrationTable {
  /// The probability with which a method that is right stays within the bands of all parameters of
  /// a scenario.
  static let familyLevel = 0.95

  /// Rows in the order of scenarios, methods and parameters. A scenario with m parameters has bands
  /// of the simultaneous level 1 - (1 - familyLevel) / m (Bonferroni): so what a row says depends
  /// on its scenario alone.
  static func rows(_ samples: [ScenarioSample]) -> [CalibrationRow] {
    var bands = BandCache()
    var rows: [CalibrationRow] = []
    for sample in samples where sample.summary.kind == .calibration {
      let level = 1 - (1 - familyLevel) / Double(max(1, sample.parameters.count))
      for method in sample.methods {
        for parameter in sample.parameters {
          if ParameterKind(parameter: parameter) == .familyParameter,
            method.parameters[parameter] == nil
          {
            continue
          }
          let values = method[parameter].probabilities
          rows.append(
            CalibrationRow(
              scenario: sample.summary.name, method: method.method, parameter: parameter,
              attempted: method.attempted, used: values.count,
              chiSquared: ChiSquaredUniformityTest(values), ecdf: ECDFUniformityTest(values),
              shape: values.count < 2 ? nil : CalibrationShape(values),
              curve: EmpiricalCurve(values).map { curve in
                let band = bands.band(count: values.count, level: level)
                return CalibrationCurve(
                  scenario: sample.summary.name, method: method.method, parameter: parameter,
                  probabilities: [0] + curve.probabilities + [1],
                  difference: [0] + curve.differences + [0], lower: [0] + band.lower + [0],
                  upper: [0] + band.upper + [0], used: values.count, simultaneousLevel: level)
              }))
        }
      }
    }
    return rows
  }

  /// Most rows of a study have the same number of replicates, and with it the same band.
  private struct BandCache {
    private struct Key: Hashable {
      let count: Int
      let level: Double
    }

    private var bands: [Key: SimultaneousBand] = [:]

    mutating func band(count: Int, level: Double) -> SimultaneousBand {
      let key = Key(count: count, level: level)
      if let band = bands[key] { return band }
      let band = SimultaneousBand(count: count, level: level)
      bands[key] = band
      return band
    }
  }
}
