import PlatformEssentials

/// A hanging rootogram (Kleiber & Zeileis 2016): square roots of how often each count is there hang
/// from those of how often the model expects it, so that a bar that does not reach the line is too
/// short.
struct RootogramPlot {
  let bins: [CountFrequency]
  var width = 720.0

  private var height: Double { min(420, width) }
  private static let (left, top, right, bottom) = (64.0, 64.0, 24.0, 52.0)

  var drawing: (document: SVGDocument, numbers: [[String]]) {
    let words = bins.map {
      $0.name + String(printf: ": %.0f observed, %.4g expected", $0.observed, $0.expected)
    }
    var document = SVGDocument(
      width: width, height: height, title: "Counts against what the model expects",
      summary: "Rootogram. " + words.joined(separator: "; ") + ".")
    let roots = bins.map {
      (expected: $0.expected.squareRoot(), observed: $0.observed.squareRoot())
    }
    let panel = SVGPanel(
      left: Self.left, top: Self.top, width: width - Self.left - Self.right,
      height: height - Self.top - Self.bottom,
      x: SVGAxis([-0.5, Double(max(bins.count, 1)) - 0.5], isTight: true).withoutTicks,
      y: SVGAxis([0] + roots.flatMap { [$0.expected, $0.expected - $0.observed] }))
    panel.drawAxes(&document, xTitle: "count", yTitle: "square root of the number of rows")
    let barWidth = 0.8 * panel.width / Double(max(bins.count, 1))
    let every = max(
      1, Int((Double(bins.map(\.name.count).max() ?? 1) * 8 + 8) / (barWidth / 0.8)) + 1)
    for (index, root) in roots.enumerated() {
      let x = panel.x(Double(index))
      let (high, low) = (panel.y(root.expected), panel.y(root.expected - root.observed))
      document.rectangle(
        x - barWidth / 2, min(high, low), width: barWidth, height: (low - high).magnitude, .light)
      if index % every == 0 {
        document.text(
          bins[index].name, x: x, y: panel.top + panel.height + 16, anchor: .middle, ink: .axis)
      }
    }
    document.line(panel.left, panel.y(0), panel.left + panel.width, panel.y(0), .reference)
    document.path(
      roots.enumerated().map { (panel.x(Double($0)), panel.y($1.expected)) }, .data)
    for (index, root) in roots.enumerated() {
      document.circle(panel.x(Double(index)), panel.y(root.expected), radius: 2.5, .data)
    }
    return (
      document,
      [["count", "observed rows", "expected rows"]]
        + bins.map { [$0.name] + [$0.observed, $0.expected].map(SVGText.number) }
    )
  }
}
