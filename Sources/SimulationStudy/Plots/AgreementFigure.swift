/// Differences of two methods' estimates against their means (Bland & Altman 1986), for the
/// parameter of the study on which methods differ most.
enum AgreementFigure {
  /// Panels that stand side by side; more methods have rows below.
  private static let maximumColumns = 3
  private static let maximumPanels = 6
  /// Limits of agreement hold 95 % of normal differences.
  private static let limit = 1.96

  static func figure(_ results: StudyResults) -> StudyFigure? {
    figure(results.leastAgreement, methods: results.methods)
  }

  /// - Parameters:
  ///   - pairs: of one scenario and parameter, all with one reference.
  ///   - methods: all of the study.
  static func figure(_ pairs: [PairedEstimates], methods: [String]) -> StudyFigure? {
    let shown = methods.compactMap { name in pairs.first { $0.method == name } }
      .prefix(maximumPanels)
    guard let first = shown.first,
      let horizontal = FigureAxis.linear(shown.flatMap { $0.pairs.map(\.mean) }, ticks: 4),
      let vertical = FigureAxis.linear(
        shown.flatMap { $0.pairs.map(\.difference) + limits($0) } + [0], ticks: 5)
    else { return nil }
    let styles = MethodStyle.styles(of: methods)
    let panels = shown.compactMap { pair in
      styles[pair.method].map { panel(pair, horizontal, vertical, $0) }
    }
    var caption: RichText =
      "Parameter \(code: first.parameter) in scenario \(code: first.scenario), on which methods "
      + "differ most: each point is a data set, to the right the mean of two estimates and upwards "
    caption +=
      "the method's less that of \(code: first.reference), the scenario's first. Between the "
    caption += "dashed lines are 95 % of normal differences, around their mean."
    if let most = shown.map(\.used).max(), most > PairedEstimates.maximumPoints {
      let count = NumberText.count(PairedEstimates.maximumPoints, "evenly spaced data set")
      caption += " Each panel shows \(count) of \(NumberText.count(most))."
    }
    return StudyFigure(
      question: .bias,
      figure: Figure(
        name: "agreement", title: "Agreement on \(first.parameter) with \(first.reference)",
        legend: [], panels: panels, columns: min(maximumColumns, panels.count),
        horizontalLabel: "mean of the two estimates", verticalLabel: "difference"),
      alternative: "Differences of the estimates of \(first.parameter) against their means, one "
        + "panel for each method beside \(first.reference)",
      caption: caption, scenario: first.scenario)
  }

  private static func limits(_ pair: PairedEstimates) -> [Double] {
    [-limit, 0, limit].map { pair.meanDifference + $0 * pair.sdOfDifferences }
  }

  private static func panel(
    _ pair: PairedEstimates, _ horizontal: FigureAxis, _ vertical: FigureAxis, _ style: MethodStyle
  ) -> FigurePanel {
    func line(at height: Double, _ kind: FigureMark.LineKind, _ ink: FigureInk) -> FigureMark {
      .line(
        [horizontal.range.lowerBound, horizontal.range.upperBound].map {
          FigurePosition(x: $0, y: height)
        }, ink, kind)
    }
    let points = pair.pairs.map { FigurePoint(x: $0.mean, y: $0.difference, interval: nil) }
    let limits = limits(pair)
    return FigurePanel(
      title: pair.method, horizontal: horizontal, vertical: vertical, height: 200,
      marks: [
        line(at: 0, .solid, .reference), .points(points, style, bars: .vertical),
        line(at: limits[0], .dashed, .reference), line(at: limits[1], .solid, .text),
        line(at: limits[2], .dashed, .reference),
      ])
  }
}
