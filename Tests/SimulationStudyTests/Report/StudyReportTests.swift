import Foundation
import Testing

@testable import SimulationStudy

/// The whole report of a small study that never changes: two simulated scenarios whose estimates
/// follow known errors, one of them with failures, and a data set without a known truth.
@Suite struct StudyReportTests {
  /// A low-discrepancy number in (0, 1): fractional part of replicate times an irrational.
  private static func uniform(_ replicate: Int, _ step: Double) -> Double {
    let value = (Double(replicate) + 0.5) * step
    return value - value.rounded(.down)
  }

  /// Symmetric triangular with variance 1; only square roots, so the same bits everywhere.
  private static func standardized(_ u: Double) -> Double {
    6.0.squareRoot() * (u < 0.5 ? (2 * u).squareRoot() - 1 : 1 - (2 * (1 - u)).squareRoot())
  }

  private static let truth = ["Intercept": 0.5, "x|1": -0.25, "log_sd(Intercept)": -0.7]
  private static let steps = ["Intercept": 0.6180339887, "x|1": 0.4142135624]

  private static func record(
    _ scenario: String, _ method: String, _ replicate: Int
  ) -> ReplicateRecord {
    // The second method claims half the standard error its estimates have.
    let claimed = method == "structured" ? 0.2 : 0.1
    let parameters = ["Intercept", "x|1", "log_sd(Intercept)"].map { name in
      let error = 0.2 * standardized(uniform(replicate, steps[name] ?? 0.7320508076))
      let shift = name == "log_sd(Intercept)" ? -0.1 : 0
      return Fixture.parameter(
        name, (truth[name] ?? 0) + shift + error, se: claimed, halfWidth: 1.96 * claimed,
        p: name.hasPrefix("log_sd") ? nil : 0.01)
    }
    let converged = !(scenario == "few-groups" && replicate % 40 == 7)
    return ReplicateRecord(
      scenario: scenario, method: method, replicate: replicate,
      outcome: scenario == "few-groups" && method == "mean-field" && replicate == 3
        ? .failed("the matrix is <singular>")
        : .fitted(
          Fixture.result(
            parameters, iterations: 4 + replicate % 5,
            reason: converged ? "converged" : "iteration-limit", converged: converged)),
      seconds: 0.001 * Double(1 + replicate % 10))
  }

  static let scenarios: [ScenarioSummary] = {
    func scenario(
      _ name: String, _ description: String, replicates: Int, gates: [Gate],
      details: [ScenarioSummary.Detail]
    ) -> ScenarioSummary {
      ScenarioSummary(
        name: name, description: description, seed: 20_261_122, generator: "philox4x64-10",
        replicates: replicates, alpha: 0.05, truth: truth,
        methods: ["structured", "mean-field"], gates: gates, contentHash: "\(name)-digest",
        details: details)
    }
    func gate(_ method: String, _ parameter: String, _ lower: Double, _ upper: Double) -> Gate {
      Gate(
        scenario: "few-groups", method: method, parameter: parameter, measure: .coverage,
        lower: lower, upper: upper)
    }
    return [
      scenario(
        "few-groups", "5 groups of 10, an *even* design", replicates: 100,
        gates: [
          gate("structured", "Intercept", 0.9, 1), gate("mean-field", "x|1", 0.9, .infinity),
          gate("structured", "x9", 0.9, 1),
        ],
        details: [.init("groups", "5"), .init("group size", "10")]),
      scenario(
        "many-groups", "", replicates: 200, gates: [], details: [.init("groups", "100")]),
      ScenarioSummary(
        name: "epilepsy", description: "59 patients, as published", seed: 0, generator: "",
        replicates: 1, alpha: 0.05, truth: [:], methods: ["structured"], gates: [],
        contentHash: "epilepsy-digest", details: [.init("rows", "236")]),
    ]
  }()

  static let records: [ReplicateRecord] = {
    var records: [ReplicateRecord] = []
    for (scenario, replicates) in [("few-groups", 100), ("many-groups", 200)] {
      for method in ["structured", "mean-field"] {
        records += (0..<replicates).map { record(scenario, method, $0) }
      }
    }
    let epilepsy = Fixture.parameter("Intercept", 1.5625, se: 0.1, halfWidth: 0.2)
    records.append(
      Fixture.record(0, [epilepsy], scenario: "epilepsy", method: "structured", seconds: 0.004))
    return records
  }()

  static func report(_ records: [ReplicateRecord] = records) throws -> StudyReport {
    try StudyReport(
      scenarios: scenarios, records: records, environment: Fixture.environment,
      command: "glmm-poisson study run Scenarios/core --out build/core")
  }

  private func snapshot(_ name: String) throws -> String {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Snapshots"))
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// To accept a change of the report after reading it, copy the text this test leaves in the
  /// temporary directory over the snapshot.
  @Test func markdownIsAsReadAndAccepted() throws {
    let text = try Self.report().markdown()
    let accepted = try snapshot("report.md")
    if text != accepted {
      let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("glmm-poisson-report-snapshot.md")
      try StudyFile.write(text, to: file)
      Issue.record("The report differs from its snapshot; it is in \(file.path).")
    }
  }

  @Test func filesDoNotDependOnTheOrderOfRecords() throws {
    let report = try Self.report()
    let other = try Self.report(Self.records.reversed())
    #expect(StudyTables.measures(report.measures) == StudyTables.measures(other.measures))
    #expect(StudyTables.failures(report.failures) == StudyTables.failures(other.failures))
    #expect(report.markdown() == other.markdown())
  }

  @Test func onlyTimeAndMachineChangeFromRunToRun() throws {
    let slower = Self.records.map {
      ReplicateRecord(
        scenario: $0.scenario, method: $0.method, replicate: $0.replicate, outcome: $0.outcome,
        seconds: 3 * $0.seconds)
    }
    let other = try StudyReport(
      scenarios: Self.scenarios, records: slower,
      environment: RunEnvironment(
        packageVersion: "0.2.0", swiftVersion: "7", gslVersion: "2.8", processor: "Other",
        cores: 64, operatingSystem: "Other", workers: 60),
      command: "glmm-poisson study run Scenarios/core --out build/core")
    func stable(_ text: String) -> [String] {
      text.components(separatedBy: "\n## ").filter {
        !$0.hasPrefix("Time\n") && !$0.hasPrefix("Versions and machine\n")
      }
    }
    let (first, second) = (try Self.report().markdown(), other.markdown())
    #expect(first != second)
    #expect(stable(first) == stable(second))
  }

  @Test func noTextHoldsANumberThatIsNone() throws {
    let report = try Self.report()
    for text in [
      report.markdown(), StudyTables.measures(report.measures),
      StudyTables.timing(report.timings), try report.manifest.json(),
    ] {
      let words = text.split { !$0.isLetter }.map { $0.lowercased() }
      #expect(!words.contains("nan"))
    }
    #expect(!StudyTables.measures(report.measures).contains("inf"))
  }

  @Test func aStudyWithoutAnyRecordStillReports() throws {
    let text = try Self.report([]).markdown()
    #expect(text.contains("**The study is incomplete:** 601 fits were planned."))
    #expect(text.contains("n/a (0 used)"))
    #expect(text.contains("**3 of 3 gates do not pass:**"))
  }

  @Test func theDirectoryAloneTellsTheGates() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)/study")
    defer { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }
    let report = try Self.report()
    try report.write(to: directory)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        == ["failures.csv", "manifest.json", "measures.csv", "plots", "report.md", "timing.csv"])
    let gates = try GateCheck.evaluate(directory: directory)
    #expect(gates == report.gates)
    #expect(gates.map(\.status) == [.passed, .failed, .missing])
    // Over an older report.
    try Self.report([]).write(to: directory)
    #expect(try GateCheck.evaluate(directory: directory).allSatisfy { $0.status == .missing })
  }

  @Test func whatCannotBeWrittenSaysWhere() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    try StudyFile.write("a file, no directory", to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let error = #expect(throws: StudyError.self) { try Self.report([]).write(to: file) }
    #expect(error?.kind == .unwritable)
    #expect(error?.description.contains(file.path) == true)
  }

  /// 10^5 records of 6 parameters; a report is a small part of the study that made them. The limit
  /// is several times what a busy machine needs and a fraction of what a quadratic step would.
  @Test func aHundredThousandRecordsTakeSeconds() throws {
    let names = (0..<6).map { "x\($0)" }
    let records = (0..<100_000).map { position in
      Fixture.record(
        position / 4,
        names.map { Fixture.parameter($0, Self.standardized(Self.uniform(position, 0.618))) },
        method: "m\(position % 4)")
    }
    let scenario = Fixture.scenario(
      truth: Dictionary(uniqueKeysWithValues: names.map { ($0, 0) }),
      methods: ["m0", "m1", "m2", "m3"], replicates: 25_000)
    let clock = ContinuousClock()
    let elapsed = try clock.measure {
      let report = try StudyReport(
        scenarios: [scenario], records: records, environment: Fixture.environment, command: "c")
      #expect(!report.markdown().isEmpty)
      #expect(!StudyTables.measures(report.measures).isEmpty)
    }
    #expect(elapsed < .seconds(5))
  }
}
