import Testing

@testable import SimulationStudy

@Suite struct StudyTablesTests {
  private static let header =
    "scenario,method,parameter,measure,estimate,mcse,truth,attempted,failed,used\n"

  private let rows = [
    MeasureRow(
      scenario: "a,b", method: "m \"1\"", parameter: "log_sd(Intercept)", measure: .coverage,
      estimate: 2.0 / 3, monteCarloStandardError: 0.1, truth: -0.6931471805599453, attempted: 10,
      failed: 1, used: 9),
    MeasureRow(
      scenario: "s", method: "m", parameter: "x", measure: .estimate, estimate: nil,
      monteCarloStandardError: nil, truth: nil, attempted: 0, failed: 0, used: 0),
  ]

  @Test func measuresInTheDocumentedColumns() {
    #expect(
      StudyTables.measures(rows) == Self.header
        + "\"a,b\",\"m \"\"1\"\"\",log_sd(Intercept),coverage,0.6666666666666666,0.1,"
        + "-0.6931471805599453,10,1,9\n"
        + "s,m,x,estimate,,,,0,0,0\n")
  }

  @Test func whatGridsVaryHasColumnsOfItsOwn() throws {
    func summary(_ name: String, _ settings: [(String, String)]) -> ScenarioSummary {
      var summary = Fixture.scenario(name)
      summary.gridSettings = settings.map { .init($0.0, $0.1) }
      return summary
    }
    let factors = GridColumns([
      summary("a,b", [("groups", "10"), ("group_size", "skewed")]), summary("s", []),
      summary("t", [("alpha", "0.1")]),
    ])
    let text = StudyTables.measures(rows, factors: factors)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[0] + "\n" == Self.header.dropLast() + ",groups,group_size,alpha\n")
    #expect(lines[1].hasSuffix(",10,1,9,10,skewed,"))
    #expect(lines[2].hasSuffix(",0,0,0,,,"))
    #expect(try StudyTables.readMeasures(text) == rows)
  }

  @Test func measuresReadBack() throws {
    #expect(try StudyTables.readMeasures(StudyTables.measures(rows)) == rows)
    #expect(try StudyTables.readMeasures(Self.header) == [])
  }

  @Test(arguments: [
    ("", "line 1: expected the columns scenario,method,"),
    ("a,b\n", "line 1: expected the columns scenario,method,"),
    (header + "s,m,x,bias\n", "line 2: expected 10 fields, found 4."),
    (header + "s,m,x,bais,1,1,1,1,1,1\n", "line 2: 'bais' is not a performance measure."),
    (header + "s,m,x,bias,one,1,1,1,1,1\n", "line 2: estimate 'one' is not a finite number."),
    (header + "s,m,x,bias,nan,1,1,1,1,1\n", "line 2: estimate 'nan' is not a finite number."),
    (header + "s,m,x,bias,1,1,1e999,1,1,1\n", "line 2: truth '1e999' is not a finite number."),
    (header + "s,m,x,bias,1,1,1,1,1,-1\n", "line 2: used '-1' is not a count."),
    (header + "s,m,x,bias,1,1,1,1,1.5,1\n", "line 2: failed '1.5' is not a count."),
    (
      header + "s,m,x,bias,1,1,1,1,1,1\n\ns,m,x,bias,2,1,1,1,1,1\n",
      "line 4: the measure is already on line 2."
    ),
    (header + "\"s,m\n", "line 2: a quote is never closed."),
  ])
  func defectsAreNamedWithTheirLine(_ text: String, _ message: String) {
    let error = #expect(throws: StudyError.self) {
      try StudyTables.readMeasures(text, name: "m.csv")
    }
    #expect(error?.kind == .malformed)
    #expect(error?.description.hasPrefix("m.csv, " + message) == true, "\(error as Any)")
  }

  @Test func timingAndFailures() {
    let timing = TimingRow(
      scenario: "s", method: "m",
      records: [Fixture.record(0, [], seconds: 0.5), Fixture.failure(1, "no")])
    #expect(
      StudyTables.timing([timing])
        == "scenario,method,fits,median_seconds,p05_seconds,p95_seconds,total_seconds,"
        + "median_iterations,fits_per_second\ns,m,1,0.5,0.5,0.5,0.5,5.0,2.0\n")
    let failure = FailureRow(
      scenario: "s", method: "m", replicate: 7, reason: "column 'x', row 3:\n\"NaN\"")
    #expect(
      StudyTables.failures([failure])
        == "scenario,method,replicate,reason,replay\ns,m,7,\"column 'x', row "
        + "3:\n\"\"NaN\"\"\",glmm-poisson study replay . --scenario s --replicate 7\n"
    )
  }
}
