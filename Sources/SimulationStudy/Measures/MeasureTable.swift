/// Every performance measure of a study.
enum MeasureTable {
  /// Rows in the order of scenarios, methods, parameters and measures.
  ///
  /// Left out are measures without a meaning for their row: the mean estimate where the truth is
  /// known (bias says it), what needs a truth where there is none, relative precision of the
  /// reference method against itself, the rejection rate of a parameter without p values, and what
  /// belongs to calibrations anywhere else. In a calibration the others are those of the errors,
  /// estimates less the true value of their replicate.
  /// - Parameter measures: those to compute.
  static func rows(
    _ samples: [ScenarioSample],
    measures: [PerformanceMeasure] = PerformanceMeasure.allCases
  ) -> [MeasureRow] {
    samples.flatMap { sample in
      sample.methods.enumerated().flatMap { position, method in
        sample.parameters.flatMap { parameter in
          rows(sample, method, isReference: position == 0, parameter, measures)
        }
      }
    }
  }

  private static func rows(
    _ sample: ScenarioSample, _ method: MethodSample, isReference: Bool, _ parameter: String,
    _ measures: [PerformanceMeasure]
  ) -> [MeasureRow] {
    let scenario = sample.summary
    let truth = scenario.truth[parameter].flatMap { $0.isFinite ? $0 : nil }
    let isCalibration = scenario.kind == .calibration
    let target = isCalibration ? 0 : truth
    let isTested = sample.methods.contains { !$0[parameter].pValues.isEmpty }
    let reference = sample.methods.first?[parameter] ?? ParameterSample()
    let columns = method[parameter]
    return measures.compactMap { measure in
      switch measure {
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
