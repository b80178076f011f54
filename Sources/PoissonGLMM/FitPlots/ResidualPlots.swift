import GSLNumerics
import PlatformEssentials

/// Pictures of the quantile residuals, which are standard normal where the model holds.
struct ResidualPlots {
  let residuals: [RowResidual]
  var width = 720.0

  private var height: Double { min(480, width) }
  private static let (left, top, right, bottom) = (64.0, 64.0, 24.0, 52.0)
  /// More points hide each other.
  private static let mostPoints = 4000

  private func panel(_ x: SVGAxis, _ y: SVGAxis) -> SVGPanel {
    SVGPanel(
      left: Self.left, top: Self.top, width: width - Self.left - Self.right,
      height: height - Self.top - Self.bottom, x: x, y: y)
  }

  /// Sorted residuals against the quantiles of a normal sample, with the band that holds each of
  /// them in 95 % of samples.
  var quantileQuantile: (document: SVGDocument, numbers: [[String]]) {
    let sorted = residuals.map(\.quantile).sorted()
    let n = sorted.count
    let points = sorted.enumerated().map { index, value in
      let p = (Double(index) + 0.5) / Double(max(n, 1))
      return (p: p, normal: NormalDistribution.quantile(p), value: value)
    }
    let farthest = points.max {
      ($0.value - $0.normal).magnitude < ($1.value - $1.normal).magnitude
    }
    let quartiles = [0.25, 0.5, 0.75].map { sorted.isEmpty ? 0 : sorted[Int($0 * Double(n - 1))] }
    var document = SVGDocument(
      width: width, height: height,
      title: "Quantile residuals against a normal sample",
      summary: String(
        printf:
          "%d rows. Quartiles of the residuals %.3g, %.3g and %.3g, where a normal sample has "
          + "-0.67, 0 and 0.67. The largest distance from the line is %.3g, at %.3g.",
        n, quartiles[0], quartiles[1], quartiles[2],
        farthest.map { $0.value - $0.normal } ?? 0, farthest?.normal ?? 0))
    let band = points.map { point in
      let density = exp(-0.5 * point.normal * point.normal) / (2 * Double.pi).squareRoot()
      return 1.96 * (point.p * (1 - point.p) / Double(n)).squareRoot() / density
    }
    let axis = SVGAxis(points.flatMap { [$0.normal, $0.value] })
    let panel = panel(SVGAxis(points.map(\.normal)), axis)
    let shown = Self.thinned(n)
    let low = shown.map { (panel.x(points[$0].normal), y(points[$0].normal - band[$0], panel)) }
    let high = shown.map { (panel.x(points[$0].normal), y(points[$0].normal + band[$0], panel)) }
    document.path(low + high.reversed(), .grid, isFilled: true)
    panel.drawAxes(&document, xTitle: "normal quantile", yTitle: "quantile residual")
    if let first = points.first, let last = points.last {
      document.path(
        [first, last].map { (panel.x($0.normal), panel.y($0.normal)) }, .reference)
    }
    for index in shown {
      document.circle(panel.x(points[index].normal), panel.y(points[index].value), radius: 2, .data)
    }
    let shares = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    return (
      document,
      [["share of rows", "quantile of the residuals", "of a normal sample"]]
        + (sorted.isEmpty ? [] : shares).map { share in
          [share, sorted[Int(share * Double(n - 1))], NormalDistribution.quantile(share)]
            .map { String(printf: "%.3g", $0) }
        }
    )
  }

  /// Kept within the panel.
  private func y(_ value: Double, _ panel: SVGPanel) -> Double {
    min(max(panel.y(value), panel.top), panel.top + panel.height)
  }

  /// The ends, where it matters, and points at equal steps between them.
  private static func thinned(_ count: Int) -> [Int] {
    guard count > mostPoints else { return Array(0..<count) }
    let ends = mostPoints / 8
    let inner = mostPoints - 2 * ends
    return Array(0..<ends) + (0..<inner).map { ends + (count - 2 * ends) * $0 / inner }
      + Array((count - ends)..<count)
  }

  /// Residuals against fitted counts, with the mean of each tenth of the rows.
  var againstFitted: (document: SVGDocument, numbers: [[String]]) {
    let parts = FittedParts(residuals)
    let (sorted, n) = (parts.rows, parts.rows.count)
    let means = parts.parts.map { rows in
      (
        fitted: exp(FittedParts.mean(rows) { log($0.fitted) }),
        mean: FittedParts.mean(rows, \.quantile)
      )
    }
    let words = means.map { String(printf: "%.3g at %.3g", $0.mean, $0.fitted) }
    var document = SVGDocument(
      width: width, height: height, title: "Quantile residuals against fitted counts",
      summary: "\(n) rows. Mean residual by fitted count: " + words.joined(separator: ", ") + ".")
    let panel = panel(
      SVGAxis(sorted.map(\.fitted), scale: .logarithmic),
      SVGAxis(sorted.map(\.quantile) + [-2, 2]))
    panel.drawAxes(&document, xTitle: "fitted count", yTitle: "quantile residual")
    document.line(
      panel.left, panel.y(0), panel.left + panel.width, panel.y(0), .reference, isDashed: true)
    let step = max(1, n / Self.mostPoints)
    for (index, row) in sorted.enumerated() where index % step == 0 || row.quantile.magnitude > 3 {
      document.circle(panel.x(row.fitted), panel.y(row.quantile), radius: 2, .light)
    }
    if n > 0 {
      document.path(means.map { (panel.x($0.fitted), panel.y($0.mean)) }, .data)
      for mean in means {
        document.circle(panel.x(mean.fitted), panel.y(mean.mean), radius: 3, .data)
      }
    }
    return (
      document,
      [["rows", "fitted count", "mean residual"]]
        + zip(parts.parts, means).map { rows, mean in
          ["\(rows.count)", SVGText.number(mean.fitted), String(printf: "%.3g", mean.mean)]
        }
    )
  }
}
