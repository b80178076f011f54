import Foundation
import GSLNumerics
import Testing

@testable import SimulationStudy

/// Records whose posterior probabilities are planted: what the tables and the report make of them.
@Suite struct CalibrationTableTests {
  /// Methods by what is wrong with them, as the u of a posterior N(shift, 1/spread^2) of a standard
  /// normal truth.
  private static let methods: [(name: String, shift: Double, spread: Double)] = [
    ("right", 0, 1), ("low", 0.2, 1), ("high", -0.2, 1), ("narrow", 0, 1.25), ("wide", 0, 0.8),
    ("narrow-and-low", 0.2, 1.6),
  ]

  private static func records(replicates: Int = 2000) throws -> [ReplicateRecord] {
    let stream = try RandomStream(
      seed: 5, scenario: "planted", replicate: 0, purpose: .counts)
    return (0..<replicates).flatMap { replicate in
      let (truth, z) = (stream.normal(), stream.normal())
      return methods.map { method in
        let u = NormalDistribution.cumulative(method.shift + method.spread * z)
        return ReplicateRecord(
          scenario: "s", method: method.name, replicate: replicate,
          outcome: .fitted(
            Fixture.result([
              ParameterEstimate(
                parameter: "a", estimate: truth - z, standardError: 1,
                intervalLower: truth - z - 1.96, intervalUpper: truth - z + 1.96, pValue: 0.5,
                truth: truth, probabilityBelowTruth: u)
            ])),
          seconds: 0.001)
      }
    }
  }

  private static func summary(
    replicates: Int = 2000, methods: [String]? = nil, gates: [Gate] = []
  ) -> ScenarioSummary {
    ScenarioSummary(
      kind: .calibration, name: "s", description: "", seed: 1, generator: "philox4x64-10",
      replicates: replicates, alpha: 0.05, truth: [:],
      methods: methods ?? Self.methods.map(\.name), gates: gates, contentHash: "00ff",
      details: [])
  }

  private static func report(_ gates: [Gate] = []) throws -> StudyReport {
    try StudyReport(
      scenarios: [summary(gates: gates)], records: records(), environment: Fixture.environment,
      command: "run")
  }

  @Test func everyPlantedFaultIsNamedAndTheRightOneIsNot() throws {
    let report = try Self.report()
    let faults = report.calibrations.map(\.faults)
    #expect(
      faults == [
        [], [.tooLow], [.tooHigh], [.tooNarrow], [.tooWide], [.tooNarrow, .tooLow],
      ])
    #expect(report.calibrations.map(\.isInside) == [true, false, false, false, false, false])
    let text = report.markdown()
    #expect(text.contains("## Calibration"))
    #expect(text.contains("**`right`: calibrated: its curve is within its band.**"))
    #expect(text.contains("**`narrow`: not calibrated: its curve is outside its band.** "))
    #expect(text.contains("Intervals too narrow: `a`."))
    #expect(text.contains("too narrow, too low**"))
  }

  @Test func curvesCarryTheirBands() throws {
    let curves = try Self.report().calibrations.compactMap(\.curve)
    #expect(curves.count == 6)
    for curve in curves {
      #expect(curve.probabilities.count == 101)
      #expect(curve.probabilities.first == 0 && curve.probabilities.last == 1)
      for column in [curve.difference, curve.lower, curve.upper] {
        #expect(column.count == 101 && column.first == 0 && column.last == 0)
      }
      #expect(zip(curve.lower, curve.upper).allSatisfy { $0 <= $1 })
      #expect(curve.used == 2000 && curve.simultaneousLevel == 0.95)
      // At 1/2 the standard deviation is 0.011; simultaneously some three of them.
      #expect(curve.upper[50] > 0.028 && curve.upper[50] < 0.04)
      #expect(curve.lower[50] == -curve.upper[50])
    }
    // Too low estimates leave too few u below z.
    #expect(curves[1].difference[50] < -0.05 && curves[2].difference[50] > 0.05)
  }

  /// Errors have mean 0 and SD 1, and 95 % of them are within 1.96; gates look at measures.csv
  /// alone.
  @Test func theOtherMeasuresAreOfErrors() throws {
    let gates = [("right", 1e-4, 1.0), ("narrow", 0, 1e-9), ("narrow", 1e-4, 1)].map {
      Gate(
        scenario: "s", method: $0, parameter: "a", measure: .calibrationECDFP, lower: $1,
        upper: $2)
    }
    let report = try Self.report(gates)
    #expect(report.gates.map(\.status) == [.passed, .passed, .failed])
    let rows = report.measures.filter { $0.method == "right" }
    func value(_ measure: PerformanceMeasure) -> Double? {
      rows.first { $0.measure == measure }?.estimate
    }
    // Four standard errors of 2,000 replicates.
    #expect(abs(try #require(value(.bias))) < 4 * 0.0224)
    #expect(abs(try #require(value(.empiricalStandardError)) - 1) < 4 * 0.0158)
    #expect(abs(try #require(value(.coverage)) - 0.95) < 4 * 0.0049)
    #expect(value(.modelStandardError) == 1)
    #expect(abs(try #require(value(.intervalWidth)) - 3.92) < 1e-12)
    #expect(try #require(value(.calibrationChiSquaredP)) > 1e-4)
    #expect(rows.allSatisfy { $0.truth == nil })
    #expect(value(.rejectionRate) == nil && value(.estimate) == nil)
    let back = try StudyTables.readMeasures(StudyTables.measures(report.measures))
    #expect(back == report.measures)
  }

  @Test func theTableHasOneLineAParameter() throws {
    let rows = try Self.report().calibrations
    let lines = StudyTables.calibration(rows).split(separator: "\n")
    #expect(lines.count == 7)
    #expect(
      lines[0]
        == "scenario,method,parameter,attempted,used,chi_squared,degrees_of_freedom,chi_squared_p,"
        + "max_ecdf_difference,max_at,ecdf_p,level,inside,shift,spread,faults")
    #expect(lines[1].hasPrefix("s,right,a,2000,2000,"))
    #expect(lines[6].hasSuffix(",too_narrow too_low"))
  }

  /// A simulation has neither section nor measures nor file.
  @Test func simulationsHaveNoCalibration() throws {
    let report = try StudyReport(
      scenarios: [Fixture.scenario()],
      records: (0..<4).map { Fixture.record($0, [Fixture.parameter("a", 1)]) },
      environment: Fixture.environment, command: "run")
    #expect(report.calibrations.isEmpty)
    #expect(!report.markdown().contains("alibrat"))
    #expect(!report.measures.contains { $0.measure.needsCalibration })
  }

  /// Without posterior probabilities, or without replicates, a method is not judged and says so.
  @Test func aMethodWithoutAPosteriorIsNotJudged() throws {
    let records = (0..<30).flatMap { replicate in
      ["point", "none"].map { method in
        method == "none"
          ? Fixture.failure(replicate, "no.", method: method)
          : ReplicateRecord(
            scenario: "s", method: method, replicate: replicate,
            outcome: .fitted(
              Fixture.result([Fixture.parameter("a", Double(replicate % 3)).with(truth: 1)])),
            seconds: 0)
      }
    }
    let report = try StudyReport(
      scenarios: [Self.summary(replicates: 30, methods: ["point", "none"])], records: records,
      environment: Fixture.environment, command: "run")
    #expect(report.calibrations.map(\.used) == [0, 0])
    #expect(report.calibrations.allSatisfy { $0.curve == nil })
    let text = report.markdown()
    #expect(text.contains("`point`: no posterior distribution, or too few usable replicates."))
    #expect(text.contains("n/a (0 used)"))
    let coverage = report.measures.first { $0.method == "point" && $0.measure == .coverage }
    #expect(coverage?.estimate == 1)
  }
}
