import Testing

@testable import SimulationStudy

/// Methods that do not say everything: estimates without a standard error, without an interval, or
/// none at all.
@Suite struct PartialEstimateTests {
  private static func record(
    _ replicate: Int, method: String = "m", precision: [ParameterEstimate]
  ) -> ReplicateRecord {
    ReplicateRecord(
      scenario: "s", method: method, replicate: replicate,
      outcome: .fitted(
        EstimationResult(
          parameters: precision, evidenceLowerBound: nil, iterations: 0, reason: "converged",
          converged: true)), seconds: 0.1)
  }

  private static func summary(replicates: Int, precision: PrecisionTarget? = nil)
    -> ScenarioSummary
  {
    ScenarioSummary(
      name: "s", description: "", seed: 1, generator: "philox4x64-10", replicates: replicates,
      precision: precision, alpha: 0.05, truth: ["a": 0, "log_sd(a)": 0], methods: ["m"], gates: [],
      contentHash: "", details: [])
  }

  private static func full(_ estimate: Double) -> ParameterEstimate {
    ParameterEstimate(
      parameter: "a", estimate: estimate, standardError: 1, intervalLower: estimate - 2,
      intervalUpper: estimate + 2, pValue: nil)
  }

  private static func bare(_ estimate: Double) -> ParameterEstimate {
    ParameterEstimate(
      parameter: "log_sd(a)", estimate: estimate, standardError: nil, intervalLower: nil,
      intervalUpper: nil, pValue: nil)
  }

  @Test func whatIsNotSaidIsNotMeasured() throws {
    let records = (0..<4).map { replicate in
      Self.record(
        replicate,
        // The last replicate has no estimate of the log SD.
        precision: [Self.full(Double(replicate))] + (replicate < 3 ? [Self.bare(1)] : []))
    }
    let report = try StudyReport(
      scenarios: [Self.summary(replicates: 4)], records: records,
      environment: .current(packageVersion: "0", workers: 1), command: "")
    func row(_ parameter: String, _ measure: PerformanceMeasure) throws -> MeasureRow {
      try #require(
        report.measures.first { $0.parameter == parameter && $0.measure == measure })
    }
    for measure in [PerformanceMeasure.bias, .coverage, .modelStandardError] {
      #expect(try row("a", measure).used == 4)
      #expect(try row("a", measure).estimate != nil)
    }
    #expect(try row("log_sd(a)", .bias).used == 3)
    #expect(try row("log_sd(a)", .bias).estimate == 1)
    for measure in [
      PerformanceMeasure.coverage, .biasEliminatedCoverage, .modelStandardError,
      .relativeErrorOfModelStandardError, .intervalWidth,
    ] {
      let row = try row("log_sd(a)", measure)
      #expect((row.used, row.estimate, row.failed) == (0, nil, 0))
    }
    #expect(report.markdown().contains("n/a (0 used)"))
    #expect(report.markdown().contains("- `log_sd(a)` by `m` in `s`: 1 of 4"))
    #expect(report.timings.first?.medianIterations == nil)
  }

  @Test func halfAnIntervalIsAFailure() {
    let half = ParameterEstimate(
      parameter: "a", estimate: 1, standardError: nil, intervalLower: 0, intervalUpper: nil,
      pValue: nil)
    guard case .failed(let reason) = Self.record(0, precision: [half]).usability else {
      Issue.record("it was taken")
      return
    }
    #expect(reason == "the interval of a has one end only")
  }

  /// Otherwise a scenario would never be precise enough that has a method without intervals for one
  /// parameter.
  @Test func whatIsNeverSaidDoesNotKeepAScenarioFromStopping() throws {
    let target = PrecisionTarget(measure: .coverage, monteCarloStandardError: 0.1)
    var rule = try #require(StoppingRule(Self.summary(replicates: 1000, precision: target)))
    for replicate in 0..<200 {
      rule.add(
        [Self.record(replicate, precision: [Self.full(0), Self.bare(1)])], ofReplicate: replicate)
    }
    // With every interval right the error counts as that with one wrong one, 0.005 of 200.
    #expect(rule.stop == 200)
    var silent = try #require(StoppingRule(Self.summary(replicates: 300, precision: target)))
    for replicate in 0..<300 {
      silent.add([Self.record(replicate, precision: [Self.bare(1)])], ofReplicate: replicate)
    }
    #expect(silent.stop == nil)
  }

  @Test func theStoreGivesThemBack() throws {
    let result = EstimationResult(
      parameters: [
        Self.full(0.25), Self.bare(-1),
        ParameterEstimate(
          parameter: "b", estimate: 1, standardError: 2, intervalLower: nil, intervalUpper: nil,
          pValue: 0.5),
      ], evidenceLowerBound: nil, iterations: 0, reason: "converged", converged: true)
    let layout = try FitLayout(json: FitLayout(result).json())
    let bytes = FitLayout.encode(result)
    #expect(bytes.count == 8 * (4 + 1 + 3))
    let back = layout.decode(bytes, iterations: 0, reason: "converged", converged: true)
    #expect(back == result)
    // A layout of parameters that say everything is written as it was before there were others.
    let whole = EstimationResult(
      parameters: [Self.full(1)], evidenceLowerBound: nil, iterations: 1, reason: "converged",
      converged: true)
    #expect(
      try FitLayout(whole).json()
        == #"{"bound":false,"parameters":[{"name":"a","p_value":false}]}"#)
  }
}
