import PlatformEssentials

/// Rows in parts of equal size from the smallest to the largest fitted count.
struct FittedParts {
  /// The rows with a fitted count above 0, sorted by it.
  let rows: [RowResidual]
  let parts: [ArraySlice<RowResidual>]

  init(_ residuals: [RowResidual]) {
    let rows = residuals.filter { $0.fitted > 0 && $0.fitted.isFinite }
      .sorted { $0.fitted < $1.fitted }
    let n = rows.count
    let count = min(10, max(1, n / 10))
    self.rows = rows
    parts = (0..<count).map { rows[(n * $0 / count)..<(n * ($0 + 1) / count)] }
      .filter { !$0.isEmpty }
  }

  static func mean(_ rows: ArraySlice<RowResidual>, _ value: (RowResidual) -> Double) -> Double {
    rows.reduce(0) { $0 + value($1) } / Double(max(rows.count, 1))
  }
}

/// Observed counts against those that the model expects in the rows' own groups, on axes of square
/// roots, where the scatter of Poisson counts is the same everywhere.
struct FittedPlot {
  let residuals: [RowResidual]
  var width = 720.0

  private static let (left, top, right, bottom) = (64.0, 64.0, 24.0, 52.0)
  /// More points hide each other.
  private static let mostPoints = 4000

  var drawing: (document: SVGDocument, numbers: [[String]]) {
    let sorted = FittedParts(residuals)
    let means = sorted.parts.map { part in
      (fitted: FittedParts.mean(part, \.fitted), observed: FittedParts.mean(part, \.observed))
    }
    let words = means.map { String(printf: "%.4g at %.4g", $0.observed, $0.fitted) }
    let height = min(480, width)
    var document = SVGDocument(
      width: width, height: height, title: "Observed against fitted counts",
      summary: "\(sorted.rows.count) rows. Mean observed count by mean fitted count: "
        + words.joined(separator: ", ") + ".")
    let panel = SVGPanel(
      left: Self.left, top: Self.top, width: width - Self.left - Self.right,
      height: height - Self.top - Self.bottom,
      x: SVGAxis(sorted.rows.map(\.fitted), scale: .squareRoot),
      y: SVGAxis(sorted.rows.map(\.observed), scale: .squareRoot))
    panel.drawAxes(
      &document, xTitle: "fitted count in the row's own groups", yTitle: "observed count")
    let (low, high) = (
      max(panel.x.lower, panel.y.lower, 0), min(panel.x.upper, panel.y.upper)
    )
    if low < high {
      document.line(
        panel.x(low * low), panel.y(low * low), panel.x(high * high), panel.y(high * high),
        .reference, isDashed: true)
    }
    let step = max(1, sorted.rows.count / Self.mostPoints)
    for (index, row) in sorted.rows.enumerated() where index % step == 0 {
      document.circle(panel.x(row.fitted), panel.y(row.observed), radius: 2.5, .light)
    }
    if means.count > 1 {
      document.path(means.map { (panel.x($0.fitted), panel.y($0.observed)) }, .data)
    }
    for mean in means {
      document.circle(panel.x(mean.fitted), panel.y(mean.observed), radius: 3, .data)
    }
    return (
      document,
      [["rows", "mean fitted count", "mean observed count"]]
        + zip(sorted.parts, means).map { part, mean in
          ["\(part.count)"] + [mean.fitted, mean.observed].map(SVGText.number)
        }
    )
  }
}
