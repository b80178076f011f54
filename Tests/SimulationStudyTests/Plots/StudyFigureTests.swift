import Testing

@testable import SimulationStudy

/// From measures to figures: which values stand where.
@Suite struct StudyFigureTests {
  /// Five estimates of a truth of 1 with standard errors of 1, but the last, which is precise and
  /// wrong.
  private static func sample() -> ParameterSample {
    var sample = ParameterSample()
    for (replicate, values) in [(1.5, 1.0), (-1.0, 1.0), (1.0, 0.0), (2.0, 1.0), (1.5, 0.1)]
      .enumerated()
    {
      sample.append(
        Fixture.parameter("a", values.0, se: values.1, halfWidth: 1.5 * values.1),
        replicate: replicate)
    }
    return sample
  }

  @Test func intervalsAreRankedByTheirDistanceInStandardErrors() throws {
    let ranked = try #require(
      RankedIntervals(
        scenario: "s", method: "m", parameter: "a", alpha: 0.05, truth: 1, sample: Self.sample()))
    #expect(ranked.used == 5)
    // Distances 0.5, 2, 0 (exact, with a standard error of 0), 1, 5: of replicates 2, 0, 3, 1, 4.
    // Differences of numbers near 1: rounded in the 16th digit.
    for (interval, lower) in zip(ranked.intervals, [0, -1, -0.5, -3.5, 0.35]) {
      #expect(abs(interval.lower - lower) < 1e-14)
    }
    #expect(ranked.intervals.map(\.centile) == [10, 30, 50, 70, 90])
    #expect(ranked.intervals.map(\.coversTruth) == [true, true, true, false, false])
    #expect(ranked.covered == 3)
  }

  @Test func manyIntervalsAreThinnedEvenly() throws {
    var sample = ParameterSample()
    for replicate in 0..<1000 {
      sample.append(
        Fixture.parameter("a", Double(replicate), se: 1, halfWidth: 900), replicate: replicate)
    }
    let ranked = try #require(
      RankedIntervals(
        scenario: "s", method: "m", parameter: "a", alpha: 0.05, truth: 0, sample: sample))
    #expect(ranked.used == 1000)
    #expect(ranked.covered == 901)
    #expect(ranked.intervals.count == 200)
    // Ranks 2, 7, 12, ... of which those up to 897 cover the truth: 180 of 200, as 901 of 1,000.
    #expect(ranked.intervals.map { $0.lower + 900 } == (0..<200).map { Double(5 * $0 + 2) })
    #expect(ranked.intervals.count { $0.coversTruth } == 180)
  }

  /// Two scenarios, two methods; the second method's intervals are too short.
  private static func results(_ scenarios: [ScenarioSummary]) throws -> StudyResults {
    let records = scenarios.flatMap { scenario in
      scenario.methods.flatMap { method in
        (0..<scenario.replicates).map { replicate in
          let error = Double(replicate % 5 - 2)
          return Fixture.record(
            replicate,
            [
              Fixture.parameter(
                "a", error, se: 1.4, halfWidth: method == "mean-field" ? 0.5 : 2.8),
              Fixture.parameter("log_sd(a)", 1 + error, se: 1.4, halfWidth: 1.2),
            ], scenario: scenario.name, method: method,
            seconds: 0.001 * (scenario.rows ?? 1) / 100)
        }
      }
    }
    return try StudyResults(scenarios: scenarios, records: records)
  }

  private static func scenario(
    _ name: String, rows: Double? = nil, settings: [ScenarioSummary.Detail] = [],
    replicates: Int = 25
  ) -> ScenarioSummary {
    var scenario = Fixture.scenario(
      name, truth: ["a": 0, "log_sd(a)": 1], methods: ["structured", "mean-field"],
      replicates: replicates)
    scenario.rows = rows
    scenario.gridSettings = settings
    return scenario
  }

  private static func points(_ panel: FigurePanel) -> [[FigurePoint]] {
    panel.marks.compactMap { mark in
      if case .points(let points, _, _) = mark { points } else { nil }
    }
  }

  @Test func rowsHoldValuesAndTheirMonteCarloIntervals() throws {
    let results = try Self.results([Self.scenario("one"), Self.scenario("two")])
    let figures = StudyFigure.all(of: results)
    #expect(
      figures.map(\.figure.name) == [
        "coverage", "intervals", "bias", "standard-errors", "type-i-error",
      ])
    let coverage = try #require(figures.first).figure
    #expect(coverage.legend.map(\.name) == ["mean-field", "structured"])
    #expect(coverage.panels.map(\.title) == ["a", "log_sd(a)"])
    let panel = coverage.panels[0]
    #expect(panel.vertical.ticks.map(\.label) == ["one", "two"])
    let points = Self.points(panel)
    // Errors -2, -1, 0, 1, 2: all within 2.8, one in five within 0.5.
    #expect(points[0].map(\.x) == [0.2, 0.2])
    #expect(points[1].map(\.x) == [1, 1])
    // Mean-field above the middle of its row, structured below; 1 / (methods + 1) apart.
    #expect(points[0].map { Int(($0.y * 60).rounded()) } == [10, -50])
    #expect(points[1].map { Int(($0.y * 60).rounded()) } == [-10, -70])
    // statsmodels 0.15, proportion_confint(5, 25, method="wilson"), and of 25 among 25: 1 is not
    // certain.
    let interval = try #require(points[0][0].interval)
    #expect(abs(interval.lowerBound - 0.0886058) < 1e-7)
    #expect(abs(interval.upperBound - 0.3913095) < 1e-7)
    let whole = try #require(points[1][0].interval)
    #expect(abs(whole.lowerBound - 0.8668077) < 1e-7)
    #expect(whole.upperBound == 1)

    // Empirical SE: sqrt(25 * 2 / 24) = 1.4433757, bias 0 with an error of a fifth of it.
    let bias = Self.points(figures[2].figure.panels[0])[0][0]
    #expect(abs(bias.x) < 1e-12)
    #expect(abs((bias.interval?.upperBound ?? 0) - 1.959964 / 5) < 1e-12)
    // 1.4 / 1.4433757.
    let ratio = Self.points(figures[3].figure.panels[0])[0][0]
    #expect(abs(ratio.x - 0.9699485) < 1e-7)
  }

  @Test func theWorstScenarioShowsItsIntervals() throws {
    let small = Self.scenario("small", replicates: 20)
    let results = try Self.results([small, Self.scenario("large"), Self.scenario("equal")])
    // Equal coverage, 0.2; the first of those with more replicates is surer.
    #expect(Set(results.worstIntervals.map(\.scenario)) == ["large"])
    #expect(
      results.worstIntervals.map { "\($0.parameter) \($0.method)" } == [
        "a mean-field", "a structured", "log_sd(a) mean-field", "log_sd(a) structured",
      ])
    let figure = try #require(IntervalsFigure.figure(results)).figure
    #expect(figure.columns == 2)
    #expect(figure.panels.map(\.title).prefix(2) == ["mean-field, 0.20", "structured, 1.00"])
  }

  @Test func manyScenariosAreReducedToTheFarthest() throws {
    let results = try Self.results((0..<100).map { Self.scenario("s\($0)") })
    let coverage = try #require(StudyFigure.all(of: results).first)
    #expect(coverage.figure.panels[0].vertical.ticks.count == ScenarioRowsFigure.maximumRows)
    #expect(
      MarkdownRenderer.inline(coverage.caption).contains("the 30 of 100 scenarios farthest"))
  }

  /// A parameter of one scenario among five has a panel below the others, with that scenario's row
  /// alone.
  @Test func rareParametersStandApart() throws {
    let names = ["one", "two", "three", "four", "five"]
    let scenarios = names.map { name in
      Fixture.scenario(
        name, truth: ["a": 0, "b": 0, "z": 0, "log_sd(a)": 0], methods: ["corrected"],
        replicates: 20)
    }
    let records = scenarios.flatMap { scenario in
      (0..<20).map { replicate in
        let parameters = ["a", "log_sd(a)", "b"] + (scenario.name == "four" ? ["z"] : [])
        return Fixture.record(
          replicate, parameters.map { Fixture.parameter($0, Double(replicate % 5 - 2), se: 1) },
          scenario: scenario.name, method: "corrected")
      }
    }
    let results = try StudyResults(scenarios: scenarios, records: records)
    let figure = try #require(StudyFigure.all(of: results).first { $0.figure.name == "bias" })
      .figure
    #expect(figure.panels.map(\.title) == ["a", "b", "log_sd(a)", "z"])
    #expect(figure.columns == 3)
    #expect(figure.rows == [0..<3, 3..<4])
    #expect(figure.panels[0].vertical.ticks.map(\.label) == names)
    #expect(figure.panels[3].vertical.ticks.map(\.label) == ["four"])
    let places = FigureLayout(figure).panels
    #expect(places[3].left == places[0].left && places[3].right == places[0].right)
    #expect(places[3].top > places[0].bottom)
    #expect(places[3].bottom - places[3].top < (places[0].bottom - places[0].top) / 4)
  }

  /// A row without a point says why: nothing was lost.
  @Test func aParameterThatAModelLacksIsNoMissingNumber() throws {
    let scenarios = [("one", ["a", "b"]), ("two", ["a"]), ("three", ["a", "b"])].map {
      Fixture.scenario(
        $0, truth: Dictionary(uniqueKeysWithValues: $1.map { ($0, 0) }), methods: ["corrected"],
        replicates: 20)
    }
    let records = scenarios.flatMap { scenario in
      (0..<20).map { replicate in
        Fixture.record(
          replicate,
          scenario.truth.keys.sorted().map {
            Fixture.parameter($0, Double(replicate % 5 - 2), se: 1)
          }, scenario: scenario.name, method: "corrected")
      }
    }
    let results = try StudyResults(scenarios: scenarios, records: records)
    let panels = try #require(StudyFigure.all(of: results).first).figure.panels
    let texts = panels.map { panel in
      panel.marks.flatMap { mark in
        if case .texts(let texts) = mark { texts } else { [FigureText]() }
      }
    }
    #expect(texts.map { $0.map(\.text) } == [[], ["not in the model"]])
    #expect(texts[1].first?.position.y == -1)
    // No line crosses the words: those of the target and of the grid end above or below.
    func misses(_ ends: [Double]) -> Bool {
      ends.allSatisfy { $0 >= -0.5 } || ends.allSatisfy { $0 <= -1.5 }
    }
    #expect(panels[0].horizontal.hasGrid && !panels[1].horizontal.hasGrid)
    for mark in panels[1].marks {
      switch mark {
      case .line(let line, .reference, _):
        #expect(misses(line.map(\.y)))
      case .segments(let segments, .grid, _):
        #expect(
          segments.allSatisfy { $0.start.x != $0.end.x || misses([$0.start.y, $0.end.y]) })
      default: break
      }
    }
  }

  /// Titles of panels stay above their own panel, and short ones are as they were.
  @Test func titlesFitTheirPanels() {
    for room in [60.0, 143, 300] {
      for title in ["x1", "log_sd(school:class:Intercept)", String(repeating: "W", count: 200)] {
        let fitted = FigureLayout.title(title, within: room)
        #expect(FigureLayout.width(of: fitted.text, size: fitted.size) <= room + 1e-9)
        #expect((9...12).contains(fitted.size))
      }
    }
    #expect(FigureLayout.title("x1", within: 60) == ("x1", 12))
    // Smaller letters are enough where a title is a third too long.
    let long = FigureLayout.title("log_sd(school:class:Intercept)", within: 143)
    #expect(long.text == "log_sd(school:class:Intercept)" && long.size < 12)
  }

  @Test func intervalsThatGoOnBeyondThePanelAreMarked() throws {
    var sample = ParameterSample()
    for replicate in 0..<200 {
      sample.append(
        Fixture.parameter("a", 0, se: 1, halfWidth: replicate == 7 ? 100 : 2), replicate: replicate)
    }
    let ranked = try #require(
      RankedIntervals(
        scenario: "s", method: "m", parameter: "a", alpha: 0.05, truth: 0, sample: sample))
    let figure = try #require(IntervalsFigure.figure([ranked], methods: ["m"]))
    let ends = figure.figure.panels[0].marks.compactMap { mark in
      if case .segments(let segments, .reference, _) = mark { segments } else { nil }
    }
    // Both ends of the one interval.
    #expect(ends.map(\.count) == [2])
    #expect(MarkdownRenderer.inline(figure.caption).contains("its end has another shade"))
  }

  /// One value far from all others would take their room: it stands at the end with its number.
  @Test func aValueFarAwayIsMarkedAtTheEnd() throws {
    let names = (0..<10).map { "s\($0)" }
    let scenarios = names.map {
      Fixture.scenario($0, truth: ["a": 0], methods: ["structured", "corrected"], replicates: 50)
    }
    let records = scenarios.enumerated().flatMap { index, scenario in
      scenario.methods.flatMap { method in
        (0..<50).map { replicate in
          let shift = index == 3 ? (method == "corrected" ? 30.1 : 30.0) : 0.01 * Double(index)
          return Fixture.record(
            replicate, [Fixture.parameter("a", shift + Double(replicate % 5 - 2), se: 1)],
            scenario: scenario.name, method: method)
        }
      }
    }
    let results = try StudyResults(scenarios: scenarios, records: records)
    let bias = try #require(StudyFigure.all(of: results).first { $0.figure.name == "bias" })
    let panel = bias.figure.panels[0]
    #expect(panel.horizontal.range.upperBound < 1)
    let texts = panel.marks.compactMap { mark in
      if case .texts(let texts) = mark { texts } else { nil }
    }
    // 30 over sqrt(50 * 2 / 49), both methods in one text.
    #expect(texts.first?.map(\.text) == ["21 →"])
    let points = Self.points(panel)
    #expect(points.count == 2 && points.allSatisfy { $0.count == 10 })
    #expect(points.allSatisfy { $0[3].interval == nil && panel.horizontal.range.contains($0[3].x) })
    #expect(MarkdownRenderer.inline(bias.caption).contains("with an arrow and their number"))
    // Not where the others are not so near.
    let coverage = try #require(StudyFigure.all(of: results).first)
    #expect(!MarkdownRenderer.inline(coverage.caption).contains("arrow"))
  }

  /// Shares of 0.07 and 0.08 of 400: the axis begins at 0 and holds all of both bars.
  @Test func smallSharesHaveTheirBarsOnTheAxis() throws {
    let values = try [0.07, 0.08].map { try #require(PlottedMeasure.Value(share: $0, of: 400)) }
    let axis = try #require(PlottedMeasure.typeIError.axis(for: values, target: 0.05, room: 9))
    #expect(axis.range.contains(0))
    for bar in values.compactMap(\.interval) {
      #expect(axis.range.contains(bar.lowerBound) && axis.range.contains(bar.upperBound))
    }
  }

  @Test func aGridBecomesLines() throws {
    let cells = ["3", "5", "9"].flatMap { groups in
      ["5", "20"].map { size in
        Self.scenario(
          "g\(groups)-\(size)", settings: [.init("groups", groups), .init("group_size", size)])
      }
    }
    let figures = StudyFigure.all(of: try Self.results(cells + [Self.scenario("loose")]))
    #expect(
      figures.map(\.figure.name) == [
        "coverage", "coverage-grid", "intervals", "bias", "bias-grid", "standard-errors",
        "standard-errors-grid", "type-i-error", "type-i-error-grid",
      ])
    #expect(figures[0].figure.panels[0].vertical.ticks.map(\.label) == ["loose"])
    let grid = figures[1].figure
    #expect(grid.columns == 2)
    #expect(grid.horizontalLabel == "groups")
    #expect(
      grid.panels.map(\.title) == [
        "a, group_size 5", "a, group_size 20", "log_sd(a), group_size 5",
        "log_sd(a), group_size 20",
      ])
    #expect(grid.panels[2].horizontal.ticks.map(\.label) == ["3", "5", "9"])
    #expect(
      Self.points(grid.panels[0]).map { $0.map { $0.x.rounded() } } == [[0, 1, 2], [0, 1, 2]])
  }

  /// More combinations than panels side by side: one after the other, with lines that name them.
  @Test func aLargeGridIsNested() throws {
    let cells = (0..<4).flatMap { b in
      (0..<5).map { a in
        Self.scenario("c\(a)-\(b)", settings: [.init("x", "\(a)"), .init("y", "\(b)")])
      }
    }
    let figure = try #require(
      StudyFigure.all(of: try Self.results(cells)).first { $0.figure.name == "coverage-grid" }
    ).figure
    #expect(figure.columns == 1)
    #expect(figure.panels.count == 3)
    let strip = try #require(figure.panels.last)
    #expect(strip.vertical.ticks.map(\.label) == ["y", "x"])
    // 4 runs of y and 20 of x.
    guard case .segments(let segments, _, _) = strip.marks[0] else {
      Issue.record("no segments")
      return
    }
    #expect(segments.count == 24)
    let xs = Self.points(figure.panels[0])[0].map { Int($0.x.rounded()) }
    #expect(xs == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22])
  }

  @Test func timeStandsAgainstRows() throws {
    let sizes = [100.0, 1_000, 10_000]
    let results = try Self.results(sizes.map { Self.scenario("rows-\(Int($0))", rows: $0) })
    let figure = try #require(StudyFigure.all(of: results).last).figure
    #expect(figure.name == "time")
    let points = Self.points(figure.panels[0])
    // A millisecond for 100 rows.
    #expect(points[0].map { ($0.y * 1e9).rounded() / 1e9 } == [1, 10, 100])
    #expect(zip(points[0], points[1]).allSatisfy { $0.x < $1.x && $1.x < 1.06 * $0.x })
    let narrow = try Self.results([10.0, 20, 30].map { Self.scenario("n\(Int($0))", rows: $0) })
    #expect(StudyFigure.all(of: narrow).allSatisfy { $0.figure.name != "time" })
    // Designs of nearly the same size, which differ in time by what they are.
    let close = try Self.results(
      [10.0, 900, 1000].map { Self.scenario("c\(Int($0))", rows: $0) })
    #expect(StudyFigure.all(of: close).allSatisfy { $0.figure.name != "time" })
  }

  @Test func aStudyWithoutNumbersHasNoFigures() throws {
    let empty = try StudyResults(scenarios: [Self.scenario("s", rows: 5)], records: [])
    #expect(StudyFigure.all(of: empty).isEmpty)
    let unknown = Fixture.scenario(truth: [:], replicates: 1)
    let one = try StudyResults(
      scenarios: [unknown], records: [Fixture.record(0, [Fixture.parameter("a", 1)])])
    #expect(StudyFigure.all(of: one).isEmpty)
  }

  /// What no axis can hold is left out; the others stay.
  @Test func hugeNumbersLeaveTheOthersAlone() throws {
    let records = (0..<20).flatMap { replicate in
      [("s", 1.0), ("t", 1e200)].map { scenario, scale in
        Fixture.record(
          replicate, [Fixture.parameter("a", scale * Double(replicate % 3), se: scale)],
          scenario: scenario)
      }
    }
    let results = try StudyResults(
      scenarios: [Fixture.scenario("s", replicates: 20), Fixture.scenario("t", replicates: 20)],
      records: records)
    for figure in StudyFigure.all(of: results) {
      let text = GnuplotScript.text(of: figure.figure).lowercased()
      #expect(!text.split { !$0.isLetter }.contains { $0 == "nan" || $0 == "inf" })
      #expect(!figure.figure.panels.isEmpty)
    }
  }

  @Test func calibrationCurvesStandInTheirBands() throws {
    func curve(_ method: String, _ parameter: String, _ scale: Double) -> CalibrationCurve {
      CalibrationCurve(
        scenario: "s", method: method, parameter: parameter, probabilities: [0, 0.5, 1],
        difference: [0, scale, 0], lower: [0, -0.1, 0], upper: [0, 0.1, 0], used: 100,
        simultaneousLevel: 0.95)
    }
    let curves = [
      curve("corrected", "a", 0.02), curve("mean-field", "a", 0.3), curve("corrected", "b", .nan),
    ]
    let figure = try #require(
      CalibrationFigure.figure(curves, methods: ["corrected", "mean-field"]))
    #expect(figure.figure.panels.map(\.title) == ["a"])
    #expect(
      figure.figure.panels[0].marks.first
        == .band([
          .init(x: 0, lower: 0, upper: 0), .init(x: 0.5, lower: -0.1, upper: 0.1),
          .init(x: 1, lower: 0, upper: 0),
        ]))
    #expect(figure.figure.panels.map(\.rowTitle) == ["s, bands of 95 %"])
    #expect(figure.figure.panels[0].vertical.scale == .linear)
    let far = try #require(
      CalibrationFigure.figure([curve("mean-field", "a", 0.5)], methods: ["mean-field"]))
    #expect(far.figure.panels[0].vertical.scale == .compressed(beyond: 0.1))
    #expect(MarkdownRenderer.inline(far.caption).contains("compressed beyond the band"))
    #expect(CalibrationFigure.figure([], methods: ["corrected"]) == nil)
    #expect(CalibrationFigure.figure([curve("corrected", "b", .nan)], methods: []) == nil)
  }
}
