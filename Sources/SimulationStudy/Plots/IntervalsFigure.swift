/// The zip plot of Morris, White & Crowther (2019), figure 5: with valid intervals the lowest 95 %
/// are those that cover the truth.
enum IntervalsFigure {
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
    let columns = min(
      RankedIntervals.panelsPerRow, ranked.count { $0.parameter == first.parameter })
    let shown = ranked.contains { $0.used > RankedIntervals.maximumLines }
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
        " Each panel shows \(NumberText.count(RankedIntervals.maximumLines)) evenly spaced ranks."
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
      ranked.intervals.filter { $0.coversTruth == holding }.map {
        FigureSegment(
          start: FigurePosition(x: $0.lower, y: $0.centile),
          end: FigurePosition(x: $0.upper, y: $0.centile))
      }
    }
    let level = 100 * nominal
    let share = NumberText.rounded(
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
