/// How far posterior probabilities are from uniform, at each point of their distribution function
/// (Säilynoja, Bürkner & Vehtari 2022): a row of panels for each scenario, a panel for each
/// parameter, a line for each method.
enum CalibrationFigure {
  static let maximumPanels = 15
  private static let maximumColumns = 5

  /// - Parameters:
  ///   - curves: in the order of scenarios and parameters.
  ///   - methods: all of the study.
  /// - Returns: nil where no curve can be drawn.
  static func figure(_ curves: [CalibrationCurve], methods: [String]) -> StudyFigure? {
    let drawable = curves.filter { curve in
      let count = curve.probabilities.count
      return count > 1
        && [curve.probabilities, curve.difference, curve.lower, curve.upper].allSatisfy {
          $0.count == count && $0.allSatisfy(FigureAxis.isDrawable)
        }
    }
    let all = drawable.map(Key.init).reduce(into: [Key]()) { if !$0.contains($1) { $0.append($1) } }
    let keys = farthest(all, in: drawable)
    let shown = drawable.filter { keys.contains(Key($0)) }
    let bandWidth = shown.flatMap { $0.lower + $0.upper }.map(abs).max() ?? 0
    let farthest = shown.flatMap(\.difference).map(abs).max() ?? 0
    // Curves far outside would leave too little of the height for the band and those inside.
    let isCompressed = bandWidth > 0 && farthest > 4 * bandWidth
    let axis =
      isCompressed
      ? FigureAxis.compressed([farthest], beyond: bandWidth, room: 11)
      : FigureAxis.linear(shown.flatMap { $0.difference + $0.lower + $0.upper }, ticks: 4)
    guard !shown.isEmpty, let vertical = axis else { return nil }
    let styles = MethodStyle.styles(of: methods)
    let horizontal = FigureAxis(
      range: 0...1,
      ticks: [0, 0.5, 1].map { .init(value: $0, label: FigureAxis.label($0)) })
    let columns = min(
      maximumColumns, Dictionary(grouping: keys, by: \.scenario).values.map(\.count).max() ?? 1)
    let panels = keys.enumerated().map { position, key -> FigurePanel in
      let own = shown.filter { Key($0) == key }
      var marks: [FigureMark] = []
      // With failed fits the methods' bands differ a little; the widest is drawn.
      if let widest = own.min(by: { $0.used < $1.used }) {
        marks.append(
          .band(
            widest.probabilities.indices.map {
              FigureBand(
                x: widest.probabilities[$0], lower: widest.lower[$0], upper: widest.upper[$0])
            }))
      }
      let zero = [FigurePosition(x: 0, y: 0), FigurePosition(x: 1, y: 0)]
      marks.append(.line(zero, .reference, .dashed))
      for curve in own {
        guard let style = styles[curve.method] else { continue }
        let line = zip(curve.probabilities, curve.difference).map { FigurePosition(x: $0, y: $1) }
        marks.append(.line(line, style.ink, .solid))
        marks.append(.points(markers(line), style, bars: .vertical))
      }
      let isFirst = position == 0 || keys[position - 1].scenario != key.scenario
      let levels = levels(of: shown.filter { $0.scenario == key.scenario })
      return FigurePanel(
        rowTitle: isFirst ? "\(key.scenario), bands of \(levels) %" : "", startsRow: isFirst,
        title: key.parameter, horizontal: horizontal, vertical: vertical, height: 150, marks: marks)
    }
    let drawn = methods.filter { method in shown.contains { $0.method == method } }
    let figure = Figure(
      name: "calibration", title: "Calibration of the posteriors",
      legend: drawn.compactMap { name in styles[name].map { .init(name: name, style: $0) } },
      panels: panels, columns: columns,
      horizontalLabel: "posterior probability below the truth",
      verticalLabel: "ECDF minus uniform")
    var caption: RichText =
      "Empirical distribution function of the posterior probabilities, less that of the uniform "
    caption +=
      "distribution, a row of panels for each scenario. The curve of a posterior that is right "
    caption += "stays in the grey band, over its whole length, with the probability above its row."
    if isCompressed { caption += " The vertical axis is compressed beyond the band." }
    if keys.count < all.count {
      caption += " Shown are the \(NumberText.count(keys.count)) of "
      caption += "\(NumberText.count(all.count, "parameter")) that most methods are wrong about."
    }
    return StudyFigure(
      question: .calibration, figure: figure,
      alternative:
        "Difference of the posterior probabilities' distribution function from uniform, one "
        + "line for each method, one panel for each parameter",
      caption: caption)
  }

  /// The simultaneous levels of a scenario's bands in percent: one, unless methods have posteriors
  /// of different parameters.
  private static func levels(of curves: [CalibrationCurve]) -> String {
    curves.map { NumberText.percent($0.simultaneousLevel) }
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      .joined(separator: " or ")
  }

  private struct Key: Hashable {
    let scenario: String
    let parameter: String

    init(_ curve: CalibrationCurve) {
      scenario = curve.scenario
      parameter = curve.parameter
    }
  }

  /// The panels to draw where there are too many: those that most methods are wrong about, of these
  /// the ones with the largest differences. They keep their order.
  private static func farthest(_ keys: [Key], in curves: [CalibrationCurve]) -> [Key] {
    guard keys.count > maximumPanels else { return keys }
    let distances = Dictionary(
      curves.map { curve in
        (Key(curve), curve.difference.map(abs).max() ?? 0)
      }, uniquingKeysWith: max)
    let departures = curves.reduce(into: [Key: Int]()) { departures, curve in
      let isOutside = zip(curve.difference, zip(curve.lower, curve.upper)).contains {
        $0 < $1.0 || $0 > $1.1
      }
      if isOutside { departures[Key(curve), default: 0] += 1 }
    }
    let ranked = keys.enumerated().sorted {
      let first = (-(departures[$0.element] ?? 0), -(distances[$0.element] ?? 0), $0.offset)
      let second = (-(departures[$1.element] ?? 0), -(distances[$1.element] ?? 0), $1.offset)
      return first < second
    }
    return ranked.prefix(maximumPanels).sorted { $0.offset < $1.offset }.map(\.element)
  }

  /// Three points along a line that show the method's shape.
  private static func markers(_ line: [FigurePosition]) -> [FigurePoint] {
    [1, 2, 3].compactMap { quarter in
      let position = line[min(line.count - 1, line.count * quarter / 4)]
      return FigurePoint(x: position.x, y: position.y, interval: nil)
    }
  }
}
