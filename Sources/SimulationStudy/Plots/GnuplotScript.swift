import Foundation

/// A figure as commands of gnuplot. The commands hold the data, and coordinates, ticks and places
/// of all texts are worked out here: gnuplot draws, and decides nothing.
struct GnuplotScript {
  private let figure: Figure
  private let layout: FigureLayout
  private var lines: [String] = []
  private var dataBlocks = 0

  /// The commands, which write one SVG document to standard output.
  static func text(of figure: Figure) -> String {
    var script = GnuplotScript(figure)
    script.write()
    return script.lines.joined(separator: "\n") + "\n"
  }

  private init(_ figure: Figure) {
    self.figure = figure
    layout = FigureLayout(figure)
  }

  private mutating func write() {
    let size = "\(Self.number(FigureLayout.width)),\(Self.number(layout.height))"
    lines += [
      "set encoding utf8",
      "set terminal svg size \(size) noenhanced font "
        + "'Helvetica,\(Self.number(FigureLayout.textSize))' name 'figure'",
      "set multiplot",
      "unset key",
    ]
    writeTexts()
    for (panel, rectangle) in zip(figure.panels, layout.panels) { write(panel, rectangle) }
    lines.append("unset multiplot")
  }

  /// Title, legend and axis labels, in a coordinate system of pixels over the whole figure.
  private mutating func writeTexts() {
    text(
      figure.title, x: 14, y: layout.titleBaseline, .left, FigureInk.text,
      size: FigureLayout.titleSize)
    for (entry, place) in zip(figure.legend, layout.legend) {
      text(entry.name, x: place.x + 12, y: place.y, .left, .text)
    }
    let left = layout.panels.map(\.left).min() ?? 0
    let right = layout.panels.map(\.right).max() ?? FigureLayout.width
    if !figure.horizontalLabel.isEmpty {
      text(
        figure.horizontalLabel, x: (left + right) / 2, y: layout.height - 13, .center, .text)
    }
    if !figure.verticalLabel.isEmpty {
      let top = layout.panels.map(\.top).min() ?? 0
      let bottom = layout.panels.map(\.bottom).max() ?? 0
      text(figure.verticalLabel, x: 15, y: (top + bottom) / 2, .center, .text, rotated: true)
    }
    let firstOfRows = Set(figure.rows.map(\.lowerBound))
    for (position, panel) in figure.panels.enumerated() {
      write(panel, layout.panels[position], isFirstOfRow: firstOfRows.contains(position))
    }
    let whole = FigureLayout.Rectangle(
      left: 0, top: 0, right: FigureLayout.width, bottom: layout.height)
    place(whole)
    lines += [
      "unset border", "unset tics",
      "set xrange [0:\(Self.number(FigureLayout.width))]",
      "set yrange [\(Self.number(layout.height)):0]",
    ]
    let plots = zip(figure.legend, layout.legend).map { entry, place in
      let block = data([[place.x, place.y]])
      return "\(block) with points \(Self.style(entry.style))"
    }
    plot(plots)
    lines.append("unset label")
  }

  /// The texts around one panel.
  private mutating func write(
    _ panel: FigurePanel, _ rectangle: FigureLayout.Rectangle, isFirstOfRow: Bool
  ) {
    if isFirstOfRow, !panel.rowTitle.isEmpty {
      text(panel.rowTitle, x: rectangle.left, y: rectangle.top - 32, .left, .text)
    }
    if !panel.title.isEmpty {
      let title = FigureLayout.title(panel.title, within: rectangle.right - rectangle.left)
      text(
        title.text, x: rectangle.left, y: rectangle.top - 12, .left, .text, size: title.size)
    }
    for tick in panel.horizontal.ticks where !tick.label.isEmpty {
      guard let share = Self.share(tick.value, panel.horizontal) else { continue }
      let x = rectangle.left + share * (rectangle.right - rectangle.left)
      text(
        tick.label, x: x, y: rectangle.bottom + 13, .center, .mutedText,
        size: FigureLayout.tickSize)
    }
    guard isFirstOfRow else { return }
    for tick in panel.vertical.ticks {
      guard let share = Self.share(tick.value, panel.vertical) else { continue }
      let y = rectangle.bottom - share * (rectangle.bottom - rectangle.top)
      text(
        FigureLayout.shortened(tick.label), x: rectangle.left - 8, y: y, .right, .mutedText,
        size: FigureLayout.tickSize)
    }
  }

  private mutating func write(_ panel: FigurePanel, _ rectangle: FigureLayout.Rectangle) {
    place(rectangle)
    let (horizontal, vertical) = (panel.horizontal, panel.vertical)
    let frame = FigureInk.axis.light
    lines += [
      "set border 3 back lc rgb '\(frame)' lw 1",
      "set xrange [\(Self.range(horizontal))]", "set yrange [\(Self.range(vertical))]",
      "unset grid",
    ]
    for (axis, name) in [(horizontal, "xtics"), (vertical, "ytics")] {
      let ticks = Self.ticks(axis)
      // An empty list would mean those that gnuplot chooses.
      lines.append(
        ticks.isEmpty ? "unset \(name)" : "set \(name) out nomirror scale 0.4 (\(ticks))")
      if axis.hasGrid {
        lines.append("set grid \(name) back lt 1 lc rgb '\(FigureInk.grid.light)' lw 1")
      }
    }
    var plots: [String] = []
    for mark in panel.marks { plots += commands(of: mark, panel) }
    plot(plots)
    lines.append("unset label")
  }

  /// The parts of a `plot` command that draw a mark; positions that the axes have no place for are
  /// left out, and bars and areas end at the axes' ends.
  private mutating func commands(of mark: FigureMark, _ panel: FigurePanel) -> [String] {
    func x(_ value: Double) -> Double? { Self.position(value, panel.horizontal) }
    func y(_ value: Double) -> Double? { Self.position(value, panel.vertical) }
    func clampedX(_ value: Double) -> Double? { Self.clamped(value, panel.horizontal) }
    func clampedY(_ value: Double) -> Double? { Self.clamped(value, panel.vertical) }
    switch mark {
    case .points(let points, let style, let bars):
      var positions: [[Double]] = []
      var intervals: [[Double]] = []
      for point in points {
        guard let px = x(point.x), let py = y(point.y) else { continue }
        positions.append([px, py])
        guard let interval = point.interval else { continue }
        let ends =
          bars == .horizontal
          ? (clampedX(interval.lowerBound), clampedX(interval.upperBound))
          : (clampedY(interval.lowerBound), clampedY(interval.upperBound))
        guard let lower = ends.0, let upper = ends.1 else { continue }
        intervals.append(
          bars == .horizontal ? [lower, py, upper - lower, 0] : [px, lower, 0, upper - lower])
      }
      guard !positions.isEmpty else { return [] }
      let drawnBars =
        intervals.isEmpty
        ? [] : ["\(data(intervals)) with vectors nohead lw 1.3 lc rgb '\(style.ink.light)'"]
      return drawnBars + ["\(data(positions)) with points \(Self.style(style))"]
    case .line(let line, let ink, let kind):
      let rows = line.compactMap { position in
        clampedX(position.x).flatMap { px in clampedY(position.y).map { [px, $0] } }
      }
      guard rows.count > 1 else { return [] }
      let dash = kind == .dashed ? " dt (5,4)" : ""
      return ["\(data(rows)) with lines lw 1.3\(dash) lc rgb '\(ink.light)'"]
    case .band(let band):
      let rows = band.compactMap { entry -> [Double]? in
        guard let px = clampedX(entry.x), let lower = clampedY(entry.lower),
          let upper = clampedY(entry.upper)
        else { return nil }
        return [px, lower, upper]
      }
      guard rows.count > 1 else { return [] }
      let ink = FigureInk.band.light
      return ["\(data(rows)) with filledcurves fc rgb '\(ink)' fs solid 1 noborder"]
    case .segments(let segments, let ink, let width):
      let rows = segments.compactMap { segment -> [Double]? in
        guard let startX = clampedX(segment.start.x), let startY = clampedY(segment.start.y),
          let endX = clampedX(segment.end.x), let endY = clampedY(segment.end.y)
        else { return nil }
        return [startX, startY, endX - startX, endY - startY]
      }
      guard !rows.isEmpty else { return [] }
      return [
        "\(data(rows)) with vectors nohead lw \(Self.number(width)) lc rgb '\(ink.light)'"
      ]
    case .texts(let texts):
      for entry in texts {
        guard let px = x(entry.position.x), let py = y(entry.position.y) else { continue }
        lines.append(
          "set label \(Self.quoted(entry.text)) at first \(Self.number(px)), first "
            + "\(Self.number(py)) \(entry.alignment.rawValue) front tc rgb "
            + "'\(FigureInk.mutedText.light)' font "
            + "',\(Self.number(FigureLayout.tickSize))'")
      }
      return []
    }
  }

  // MARK: Pieces of commands

  private mutating func text(
    _ text: String, x: Double, y: Double, _ alignment: FigureText.Alignment, _ ink: FigureInk,
    size: Double = FigureLayout.textSize, rotated: Bool = false
  ) {
    let place =
      "at screen \(Self.number(x / FigureLayout.width)), screen "
      + Self.number(1 - y / layout.height)
    lines.append(
      "set label \(Self.quoted(text)) \(place) \(alignment.rawValue) "
        + "\(rotated ? "rotate by 90 " : "")"
        + "tc rgb '\(ink.light)' font ',\(Self.number(size))'")
  }

  private mutating func place(_ rectangle: FigureLayout.Rectangle) {
    func x(_ value: Double) -> String { Self.number(value / FigureLayout.width) }
    func y(_ value: Double) -> String { Self.number(1 - value / layout.height) }
    lines += [
      "set lmargin at screen \(x(rectangle.left))", "set rmargin at screen \(x(rectangle.right))",
      "set bmargin at screen \(y(rectangle.bottom))", "set tmargin at screen \(y(rectangle.top))",
    ]
  }

  /// Opens a block of data; its name stands for it in `plot`.
  private mutating func data(_ rows: [[Double]]) -> String {
    dataBlocks += 1
    let name = "$d\(dataBlocks)"
    lines.append("\(name) << EOD")
    lines += rows.map { $0.map(Self.number).joined(separator: " ") }
    lines.append("EOD")
    return name
  }

  /// A panel without data is drawn too: with one point outside of it.
  private mutating func plot(_ parts: [String]) {
    guard !parts.isEmpty else {
      let block = data([[1e9, 1e9]])
      return lines.append("plot \(block) with dots")
    }
    lines.append("plot \\\n  " + parts.joined(separator: ", \\\n  "))
  }

  private static func style(_ style: MethodStyle) -> String {
    "pt \(style.shape.rawValue) ps \(style.shape.size) lw 1.3 lc rgb '\(style.ink.light)'"
  }

  private static func range(_ axis: FigureAxis) -> String {
    let ends = [axis.range.lowerBound, axis.range.upperBound]
    return ends.map { number(axis.scale.position($0)) }.joined(separator: ":")
  }

  /// Ticks without labels: those are set where they belong, and are no formats.
  private static func ticks(_ axis: FigureAxis) -> String {
    axis.ticks.compactMap { tick in
      position(tick.value, axis).map { "'' \(number($0))" }
    }.joined(separator: ", ")
  }

  /// Where on the axis the value is, as gnuplot counts; nil outside of it.
  private static func position(_ value: Double, _ axis: FigureAxis) -> Double? {
    let position = axis.scale.position(value)
    let (start, end) = ends(axis)
    let tolerance = 1e-9 * (end - start)
    guard position >= start - tolerance, position <= end + tolerance else { return nil }
    return position
  }

  /// The same, at the nearer end if it is outside; nil only where it is no number.
  private static func clamped(_ value: Double, _ axis: FigureAxis) -> Double? {
    guard !value.isNaN else { return nil }
    let (start, end) = ends(axis)
    return min(max(axis.scale.position(value), start), end)
  }

  /// 0 at the axis' start, 1 at its end; nil outside of it.
  private static func share(_ value: Double, _ axis: FigureAxis) -> Double? {
    let (start, end) = ends(axis)
    return position(value, axis).map { ($0 - start) / (end - start) }
  }

  private static func ends(_ axis: FigureAxis) -> (start: Double, end: Double) {
    (axis.scale.position(axis.range.lowerBound), axis.scale.position(axis.range.upperBound))
  }

  /// Seven digits: a thousandth of a pixel.
  private static func number(_ value: Double) -> String {
    let text = String(format: "%.7g", value)
    return text == "-0" ? "0" : text
  }

  private static let unprintable = CharacterSet.controlCharacters.union(.newlines)
    .union(.illegalCharacters)

  /// A string of gnuplot that stands for the text as it is: between single quotes only the quote
  /// itself is special, and control characters would end the line.
  static func quoted(_ text: String) -> String {
    let printable = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map {
          unprintable.contains($0) ? " " : $0
        }))
    return "'" + printable.replacing("'", with: "''") + "'"
  }
}

extension PointShape {
  /// The shapes' areas differ; with these sizes they look alike.
  fileprivate var size: String {
    switch self {
    case .filledCircle, .openCircle: "0.75"
    case .filledSquare, .openSquare: "0.65"
    default: "0.8"
    }
  }
}
