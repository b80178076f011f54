import PlatformEssentials

/// Estimates with their intervals, one below the other: a forest plot of rate ratios, a caterpillar
/// plot of random effects.
struct IntervalPlot {
  /// One estimate.
  struct Entry {
    let name: String
    let estimate: Double
    let lower: Double
    let upper: Double
  }

  let title: String
  let axisTitle: String
  /// In the order from top to bottom.
  let entries: [Entry]
  let isLogarithmic: Bool
  /// Where a line stands for no effect.
  let reference: Double
  var width = 720.0

  private static let (top, bottom, right) = (48.0, 52.0, 24.0)
  private static let largestLabelShare = 0.36
  /// With more there is no room for their names, and rows become thin.
  private static let mostNamed = 60
  private static let plainHeight = 640.0
  /// Of more, as many at equal steps are drawn, the first and the last among them: there are no
  /// more lines of pixels.
  private static let mostDrawn = 640
  /// More numbers are not listed in words.
  private static let mostListed = 100

  /// Those that are drawn.
  private var drawn: [Entry] {
    let (count, most) = (entries.count, Self.mostDrawn)
    guard count > most else { return entries }
    return (0..<most).map { entries[$0 * (count - 1) / (most - 1)] }
  }

  var drawing: (document: SVGDocument, numbers: [[String]]) {
    let drawn = drawn
    let isNamed = drawn.count <= Self.mostNamed
    let rowHeight = isNamed ? 20.0 : Self.plainHeight / Double(max(drawn.count, 1))
    let height = Self.top + rowHeight * Double(max(drawn.count, 1)) + Self.bottom
    let widest = drawn.map { SVGText.width($0.name) }.max() ?? 0
    let largestLabel = Self.largestLabelShare * width
    let label = isNamed ? min(widest * SVGDocument.fontSize, largestLabel) : 0
    let left = 16 + label + 12
    var document = SVGDocument(width: width, height: height, title: title, summary: summary)
    let axis = SVGAxis(
      drawn.flatMap { [$0.lower, $0.estimate, $0.upper] } + [reference],
      scale: isLogarithmic ? .logarithmic : .linear)
    let panel = SVGPanel(
      left: left, top: Self.top, width: width - left - Self.right,
      height: height - Self.top - Self.bottom, x: axis, y: SVGAxis([0, 1], isTight: true))
    panel.drawAxes(&document, xTitle: shownAxisTitle, yTitle: nil)
    let zero = panel.x(reference)
    document.line(zero, panel.top, zero, panel.top + panel.height, .reference, isDashed: true)
    for (index, entry) in drawn.enumerated() {
      let y = panel.top + rowHeight * (Double(index) + 0.5)
      let x = [entry.lower, entry.estimate, entry.upper].map { value in
        let place = panel.x(value)
        return place.isFinite
          ? min(max(place, panel.left), panel.left + panel.width)
          : value > reference ? panel.left + panel.width : panel.left
      }
      document.line(
        x[0], y, x[2], y, isNamed ? .data : .light, width: isNamed ? 2 : min(2, 0.7 * rowHeight))
      document.circle(x[1], y, radius: isNamed ? 4 : min(2.5, max(1, 0.7 * rowHeight)), .data)
      if isNamed {
        document.text(entry.name, x: left - 12, y: y + 4, anchor: .end, room: largestLabel)
      }
    }
    return (document, numbers)
  }

  private var shownAxisTitle: String {
    let (shown, all) = (drawn.count, entries.count)
    return shown < all ? "\(axisTitle); \(shown) of \(all) at equal steps" : axisTitle
  }

  private var listed: ArraySlice<Entry> { entries.prefix(Self.mostListed) }
  private var rest: Int { entries.count - listed.count }

  private var numbers: [[String]] {
    [["", isLogarithmic ? "ratio" : "estimate", "lower", "upper"]]
      + listed.map { [$0.name] + [$0.estimate, $0.lower, $0.upper].map(SVGText.number) }
      + (rest > 0 ? [["and \(rest) more", "", "", ""]] : [])
  }

  private var summary: String {
    let words = listed.map {
      $0.name + String(printf: " %.4g (%.4g to %.4g)", $0.estimate, $0.lower, $0.upper)
    }
    return axisTitle + ": " + words.joined(separator: "; ")
      + (rest > 0 ? "; and \(rest) more" : "") + "."
  }
}
