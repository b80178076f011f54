import Foundation

/// The time of a fit against the rows of a data set, both on logarithmic axes.
enum TimeFigure {
  /// Ratio of the largest to the smallest number of rows: below it time depends more on the designs
  /// than on the rows.
  static let minimumRange = 50.0
  /// Ratio of neighbouring numbers of rows: with smaller ones the line zigzags.
  static let minimumStep = 1.5

  /// nil unless the scenarios have three sizes or more, apart from each other, that span a range.
  static func figure(_ results: StudyResults) -> StudyFigure? {
    let rowsOf = Dictionary(
      results.scenarios.compactMap { scenario in
        scenario.rows.flatMap { $0 > 0 && FigureAxis.isDrawable($0) ? (scenario.name, $0) : nil }
      }, uniquingKeysWith: { first, _ in first })
    let styles = MethodStyle.styles(of: results.methods)
    var legend: [Figure.LegendEntry] = []
    var marks: [FigureMark] = []
    var all: [FigurePoint] = []
    var (rows, seconds): ([Double], [Double]) = ([], [])
    for (order, method) in results.methods.enumerated() {
      guard let style = styles[method] else { continue }
      let points = results.timings.compactMap { timing -> FigurePoint? in
        guard timing.method == method, let rows = rowsOf[timing.scenario],
          let median = timing.medianSeconds, median > 0, FigureAxis.isDrawable(median)
        else { return nil }
        // Side by side, by a twentieth each.
        let shift = exp(0.05 * (Double(order) - Double(results.methods.count - 1) / 2))
        return FigurePoint(
          x: rows * shift, y: median,
          interval: interval(timing.fifthPercentileSeconds, timing.ninetyFifthPercentileSeconds))
      }.sorted { $0.x < $1.x }
      guard !points.isEmpty else { continue }
      legend.append(.init(name: method, style: style))
      marks.append(
        .line(points.map { FigurePosition(x: $0.x, y: $0.y) }, style.ink, .solid))
      marks.append(.points(points, style, bars: .vertical))
      all += points
      rows += points.map(\.x)
      seconds += points.flatMap { point in
        [point.y] + (point.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
      }
    }
    guard let least = rows.min(), let most = rows.max(), most >= minimumRange * least,
      areApart(Set(rowsOf.values)), let horizontal = FigureAxis.logarithmic(rows),
      let vertical = FigureAxis.logarithmic(seconds.map { 1000 * $0 })
    else { return nil }
    let reference = proportional(all, horizontal, vertical)
    let figure = Figure(
      name: "time", title: "Time of a fit", legend: legend,
      panels: [
        FigurePanel(
          title: "", horizontal: horizontal, vertical: vertical, height: 320,
          marks: reference + marks.map(inMilliseconds))
      ], columns: 1, horizontalLabel: "rows of a data set", verticalLabel: "time of a fit, ms")
    return StudyFigure(
      question: .time, figure: figure,
      alternative: "Time of a fit against the rows of a data set on logarithmic axes, one line for "
        + "each method",
      caption: "Median time, with bars from the 5 % to the 95 % point. Along the dashed line time "
        + "is proportional to rows.")
  }

  private static func areApart(_ sizes: Set<Double>) -> Bool {
    let sorted = sizes.sorted()
    return sorted.count >= 3
      && zip(sorted, sorted.dropFirst()).allSatisfy { $1 >= minimumStep * $0 }
  }

  private static func interval(_ lower: Double?, _ upper: Double?) -> ClosedRange<Double>? {
    guard let lower, let upper, lower > 0, lower <= upper, FigureAxis.isDrawable(upper) else {
      return nil
    }
    return lower...upper
  }

  private static func inMilliseconds(_ mark: FigureMark) -> FigureMark {
    switch mark {
    case .points(let points, let style, let bars):
      .points(
        points.map { point in
          FigurePoint(
            x: point.x, y: 1000 * point.y,
            interval: point.interval.map { (1000 * $0.lowerBound)...(1000 * $0.upperBound) })
        }, style, bars: bars)
    case .line(let line, let ink, let kind):
      .line(line.map { FigurePosition(x: $0.x, y: 1000 * $0.y) }, ink, kind)
    default: mark
    }
  }

  /// A line of slope 1 below all points.
  private static func proportional(
    _ points: [FigurePoint], _ horizontal: FigureAxis, _ vertical: FigureAxis
  ) -> [FigureMark] {
    guard let ratio = points.map({ 1000 * $0.y / $0.x }).min() else { return [] }
    let (left, right) = (horizontal.range.lowerBound, horizontal.range.upperBound)
    let (bottom, top) = (vertical.range.lowerBound, vertical.range.upperBound)
    let ends = [max(left, 2 * bottom / ratio), min(right, 2 * top / ratio)]
    guard ends[0] < ends[1] else { return [] }
    return [
      .line(ends.map { FigurePosition(x: $0, y: ratio / 2 * $0) }, .reference, .dashed)
    ]
  }
}
