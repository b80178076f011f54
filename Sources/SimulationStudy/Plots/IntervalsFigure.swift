/// The intervals of one method for one parameter of a scenario, ranked by how far the estimate is
/// from the truth in its own standard errors: what a zip plot shows.
struct RankedIntervals: Sendable, Equatable {
  struct Interval: Sendable, Equatable {
    /// Share of replicates that are less far away, in percent.
    let centile: Double
    /// Ends, less the truth.
    let lower: Double
    let upper: Double

    var holdsTruth: Bool { lower <= 0 && 0 <= upper }
  }

  /// Lines that one panel can hold.
  static let most = 200

  let scenario: String
  let method: String
  let parameter: String
  let alpha: Double
  /// Replicates with an interval.
  let used: Int
  /// Of them, those with the truth in it.
  let covered: Int
  /// From the nearest to the farthest; of more than `most`, as many evenly spaced ones.
  let intervals: [Interval]

  /// nil where replicates have no interval or no standard error.
  init?(
    scenario: String, method: String, parameter: String, alpha: Double, truth: Double,
    sample: ParameterSample
  ) {
    let used = sample.estimates.count
    guard used > 0, truth.isFinite, sample.lower.count == used, sample.standardErrors.count == used
    else { return nil }
    self.scenario = scenario
    self.method = method
    self.parameter = parameter
    self.alpha = alpha
    self.used = used
    covered = sample.estimates.indices.count {
      sample.lower[$0] <= truth && truth <= sample.upper[$0]
    }
    let distances = sample.estimates.indices.map { index -> Double in
      let distance = abs(sample.estimates[index] - truth)
      return distance == 0 ? 0 : distance / sample.standardErrors[index]
    }
    let order = sample.estimates.indices.sorted {
      distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1
    }
    let shown = min(used, Self.most)
    intervals = (0..<shown).map { line in
      // The middle one of those that the line stands for.
      let rank = shown == used ? line : Int((Double(line) + 0.5) * Double(used) / Double(shown))
      let index = order[min(rank, used - 1)]
      return Interval(
        centile: 100 * (Double(line) + 0.5) / Double(shown), lower: sample.lower[index] - truth,
        upper: sample.upper[index] - truth)
    }
  }

  /// Those of a scenario that are worth a look: its worst fixed effect and its worst log SD, under
  /// every method. Where there are many methods, the worse of the two only.
  /// - Returns: nil for a scenario in which nothing can be judged; `shortfall` is how far the
  ///   lowest coverage is below nominal, in standard errors of a nominal one.
  static func worst(of sample: ScenarioSample) -> (shortfall: Double, panels: [RankedIntervals])? {
    let scenario = sample.summary
    var worstOfKind: [(shortfall: Double, parameter: String)] = []
    for kind in ParameterKind.allCases {
      let candidates = sample.parameters.filter { ParameterKind(parameter: $0) == kind }
      let rated = candidates.compactMap { parameter -> (shortfall: Double, parameter: String)? in
        guard let truth = scenario.truth[parameter], truth.isFinite else { return nil }
        let shortfalls = sample.methods.compactMap { method -> Double? in
          let columns = method[parameter]
          let used = columns.lower.count
          guard used >= fewest else { return nil }
          let coverage = IntervalPerformance.coverage(
            lower: columns.lower, upper: columns.upper, of: truth)
          let error = (scenario.alpha * (1 - scenario.alpha) / Double(used)).squareRoot()
          return coverage.value.map { (1 - scenario.alpha - $0) / error }
        }
        return shortfalls.max().map { ($0, parameter) }
      }
      // The first of equally bad ones.
      if let worst = rated.reversed().max(by: { $0.shortfall < $1.shortfall }) {
        worstOfKind.append(worst)
      }
    }
    guard let worst = worstOfKind.max(by: { $0.shortfall < $1.shortfall }) else { return nil }
    let parameters =
      sample.methods.count <= IntervalsFigure.mostColumns
      ? worstOfKind.map(\.parameter) : [worst.parameter]
    let panels = parameters.flatMap { parameter in
      MethodOrder.sorted(sample.methods.map(\.method)).compactMap { name -> RankedIntervals? in
        guard let truth = scenario.truth[parameter],
          let method = sample.methods.first(where: { $0.method == name })
        else { return nil }
        return RankedIntervals(
          scenario: scenario.name, method: method.method, parameter: parameter,
          alpha: scenario.alpha, truth: truth, sample: method[parameter])
      }
    }
    return (worst.shortfall, Array(panels.prefix(2 * IntervalsFigure.mostColumns)))
  }

  /// Replicates below which the lines are no distribution.
  private static let fewest = 20
}

/// The zip plot of Morris, White & Crowther (2019), figure 5: with valid intervals the lowest 95 %
/// are those that hold the truth.
enum IntervalsFigure {
  static let mostColumns = 4

  static func figure(_ results: StudyResults) -> StudyFigure? {
    figure(results.worstIntervals, methods: results.methods)
  }

  /// - Parameters:
  ///   - ranked: of one scenario, parameter by parameter.
  ///   - methods: all of the study.
  static func figure(_ ranked: [RankedIntervals], methods: [String]) -> StudyFigure? {
    guard let first = ranked.first else { return nil }
    let styles = MethodStyle.styles(of: methods)
    let parameters = ranked.map(\.parameter).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    var panels: [FigurePanel] = []
    var isCut = false
    for parameter in parameters {
      let own = ranked.filter { $0.parameter == parameter }
      guard let axis = axis(own) else { continue }
      isCut = isCut || own.contains { !cut($0, axis).isEmpty }
      panels += own.compactMap { intervals in
        styles[intervals.method].map { panel(intervals, axis, $0, nominal: 1 - first.alpha) }
      }
    }
    guard !panels.isEmpty else { return nil }
    let columns = min(mostColumns, ranked.count { $0.parameter == first.parameter })
    let shown = ranked.contains { $0.used > RankedIntervals.most }
    var caption: RichText =
      "Zip plot of scenario \(code: first.scenario), where coverage falls farthest short: one line "
      + "an "
    caption += "interval, ranked by how far the estimate is from the truth in its standard errors. "
    caption +=
      "Intervals in colour miss the truth; those of a valid method begin at the dashed line. "
    caption += "Beside each method stands its coverage."
    if isCut {
      caption += " Where an interval goes on beyond the panel, its end has another shade."
    }
    if shown {
      caption +=
        " Each panel shows \(ReportNumber.count(RankedIntervals.most)) evenly spaced ranks."
    }
    return StudyFigure(
      question: .coverage,
      figure: Figure(
        name: "intervals", title: "Intervals in \(first.scenario)", legend: [], panels: panels,
        columns: columns, horizontalLabel: "interval, less the truth",
        verticalLabel: "centile of |estimate − truth| / SE"),
      alternative:
        "Zip plot: ranked intervals in scenario \(first.scenario), those that miss the truth "
        + "in colour",
      caption: caption, scenario: first.scenario)
  }

  private static func axis(_ ranked: [RankedIntervals]) -> FigureAxis? {
    // A few very long intervals are cut off, so that the others can be seen.
    let ends = ranked.flatMap { $0.intervals.flatMap { [$0.lower, $0.upper] } }
      .filter(FigureAxis.isDrawable).sorted()
    guard let low = Moments.quantile(ofSorted: ends, 0.01),
      let high = Moments.quantile(ofSorted: ends, 0.99)
    else { return nil }
    return .linear([low, high, 0], ticks: 4)
  }

  /// Short lines at the sides of the panel where intervals go on beyond it.
  private static func cut(_ ranked: RankedIntervals, _ axis: FigureAxis) -> [FigureSegment] {
    let (left, right) = (axis.range.lowerBound, axis.range.upperBound)
    let length = 0.025 * (right - left)
    return ranked.intervals.flatMap { interval -> [FigureSegment] in
      func segment(_ start: Double, _ end: Double) -> FigureSegment {
        FigureSegment(
          start: FigurePosition(x: start, y: interval.centile),
          end: FigurePosition(x: end, y: interval.centile))
      }
      return (interval.lower < left ? [segment(left, left + length)] : [])
        + (interval.upper > right ? [segment(right - length, right)] : [])
    }
  }

  private static func panel(
    _ ranked: RankedIntervals, _ axis: FigureAxis, _ style: MethodStyle, nominal: Double
  ) -> FigurePanel {
    func segments(holding: Bool) -> [FigureSegment] {
      ranked.intervals.filter { $0.holdsTruth == holding }.map {
        FigureSegment(
          start: FigurePosition(x: $0.lower, y: $0.centile),
          end: FigurePosition(x: $0.upper, y: $0.centile))
      }
    }
    let level = 100 * nominal
    let share = ReportNumber.rounded(
      Double(ranked.covered) / Double(ranked.used),
      error: (ranked.alpha * (1 - ranked.alpha) / Double(ranked.used)).squareRoot())
    let vertical = FigureAxis(
      range: 0...100,
      ticks: ([0, 50, 100] + (abs(level - 100) > 2 && level > 60 ? [level] : [])).sorted().filter {
        $0 != 100 || level < 90
      }.map { .init(value: $0, label: FigureAxis.label($0)) }, hasGrid: false)
    return FigurePanel(
      rowTitle: ranked.parameter, title: "\(ranked.method), \(share)", horizontal: axis,
      vertical: vertical, height: 190,
      marks: [
        .segments(segments(holding: true), .background, width: 1),
        .segments(segments(holding: false), style.ink, width: 1),
        .segments(cut(ranked, axis), .reference, width: 1),
        .line(
          [
            FigurePosition(x: axis.range.lowerBound, y: level),
            FigurePosition(x: axis.range.upperBound, y: level),
          ], .reference, .dashed),
        .line([FigurePosition(x: 0, y: 0), FigurePosition(x: 0, y: 100)], .reference, .solid),
      ])
  }
}
