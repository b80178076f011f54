/// One measure for every scenario and parameter: scenarios are rows, parameters are panels.
struct ScenarioRowsFigure {
  let results: StudyResults
  let samples: [ScenarioSample]
  let measure: PlottedMeasure

  /// Rows that the eye takes in, over all bands of panels.
  static let maximumRows = 30
  static let maximumPanels = 8
  private static let maximumColumns = 4

  private struct Cell {
    let scenario: Int
    let parameter: String
    let method: String
    let value: PlottedMeasure.Value
    let distance: Double
  }

  /// nil where no scenario has the measure.
  func figure() -> StudyFigure? {
    let cells = cells()
    let parameters = Self.farthest(
      orderedParameters(cells), at: cells, by: \.parameter, most: Self.maximumPanels)
    guard !parameters.isEmpty else { return nil }
    let shown = cells.filter { parameters.contains($0.parameter) }
    let bands = Self.bands(parameters, shown)
    let columns = bands.map(\.count).max() ?? 1
    let scenarios = samples.indices.filter { index in shown.contains { $0.scenario == index } }
    let listed = Self.farthest(
      scenarios, at: shown, by: \.scenario, most: max(1, Self.maximumRows / bands.count))
    let visible = shown.filter { listed.contains($0.scenario) }
    let alphas = Set(listed.map { samples[$0].summary.alpha })
    let target = alphas.count == 1 ? alphas.first.map(measure.target) : nil
    let kept = withinAxis(visible, target)
    guard
      let axis = measure.axis(
        for: kept.map(\.value), target: target, room: min(9, max(2, 21 / columns)))
    else { return nil }
    let methods = results.methods.filter { method in visible.contains { $0.method == method } }
    let styles = MethodStyle.styles(of: results.methods)
    let panels = bands.flatMap { band in
      bandPanels(band, scenarios: listed, visible, methods, styles, axis, target)
    }
    let figure = Figure(
      name: measure.name, title: measure.title,
      legend: methods.compactMap { name in styles[name].map { .init(name: name, style: $0) } },
      panels: panels, columns: columns, horizontalLabel: measure.axisLabel, verticalLabel: "")
    return StudyFigure(
      question: measure.question, figure: figure,
      alternative: "\(measure.title): \(NumberText.count(methods.count, "method")) in "
        + "\(NumberText.count(listed.count, "scenario")), one panel for each parameter",
      caption: caption(
        scenarios: (listed.count, scenarios.count),
        parameters: (parameters.count, Set(cells.map(\.parameter)).count),
        isCut: kept.count < visible.count))
  }

  private func cells() -> [Cell] {
    samples.enumerated().flatMap { index, sample in
      sample.parameters.flatMap { parameter in
        sample.summary.methods.compactMap { method in
          measure.value(results, sample.summary.name, method, parameter).map {
            Cell(
              scenario: index, parameter: parameter, method: method, value: $0,
              distance: abs($0.value - measure.target(sample.summary.alpha)))
          }
        }
      }
    }
  }

  /// Fixed effects, then log SDs, as the scenarios have them.
  private func orderedParameters(_ cells: [Cell]) -> [String] {
    let names = cells.map(\.parameter).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    return ParameterKind.allCases.flatMap { kind in
      names.filter { ParameterKind(parameter: $0) == kind }
    }
  }

  /// The parameters of each band of panels. Those that few of the scenarios have stand apart, with
  /// a band's rows for these scenarios alone: beside the others their panels would be nearly empty.
  private static func bands(_ parameters: [String], _ cells: [Cell]) -> [[String]] {
    let counts = Dictionary(grouping: cells, by: \.parameter).mapValues {
      Set($0.map(\.scenario)).count
    }
    let most = counts.values.max() ?? 0
    let isCommon = { (parameter: String) in 2 * (counts[parameter] ?? 0) >= most }
    let common = parameters.filter(isCommon)
    let rare = parameters.filter { !isCommon($0) }
    let bands = (common.count + maximumColumns - 1) / maximumColumns
    let columns = (common.count + bands - 1) / max(1, bands)
    return [common, rare].flatMap { parameters in
      stride(from: 0, to: parameters.count, by: max(1, columns)).map {
        Array(parameters[$0..<min($0 + columns, parameters.count)])
      }
    }
  }

  /// The items at which some method is farthest from its target; they keep their order.
  private static func farthest<Key: Hashable>(
    _ keys: [Key], at cells: [Cell], by key: KeyPath<Cell, Key>, most: Int
  ) -> [Key] {
    guard keys.count > most else { return keys }
    let distances = Dictionary(cells.map { ($0[keyPath: key], $0.distance) }, uniquingKeysWith: max)
    let ranked = keys.enumerated().sorted {
      let (first, second) = (distances[$0.element] ?? 0, distances[$1.element] ?? 0)
      return first != second ? first > second : $0.offset < $1.offset
    }
    return ranked.prefix(most).sorted { $0.offset < $1.offset }.map(\.element)
  }

  /// The cells that the axis has to hold: all but a few that are far from everything else.
  private func withinAxis(_ cells: [Cell], _ target: Double?) -> [Cell] {
    guard let target else { return cells }
    let distances = cells.map { cell in
      let ends = cell.value.interval.map { [$0.lowerBound, $0.upperBound] } ?? []
      return (
        value: cell.distance, end: (ends + [cell.value.value]).map { abs($0 - target) }.max() ?? 0
      )
    }
    guard let cut = measure.cut(distances) else { return cells }
    return cells.filter { $0.distance <= cut }
  }

  private func bandPanels(
    _ band: [String], scenarios: [Int], _ cells: [Cell], _ methods: [String],
    _ styles: [String: MethodStyle], _ axis: FigureAxis, _ target: Double?
  ) -> [FigurePanel] {
    let rowHeight = max(18, 8 * Double(methods.count) + 6)
    let rows = scenarios.filter { scenario in
      cells.contains { $0.scenario == scenario && band.contains($0.parameter) }
    }
    let vertical = FigureAxis.names(rows.map { samples[$0].summary.name })
    return band.enumerated().map { column, parameter in
      var marks = Self.rules(between: rows.count, axis)
      let notes = notes(parameter, rows, cells, axis)
      let runs = Self.runs(of: rows.count, without: notes)
      if !notes.isEmpty {
        let grid = runs.flatMap { run in
          axis.ticks.map {
            FigureSegment(
              start: FigurePosition(x: $0.value, y: run.bottom),
              end: FigurePosition(x: $0.value, y: run.top))
          }
        }
        marks.append(.segments(grid, .grid, width: 1))
      }
      if let target {
        marks += runs.map { run in
          .line(
            [run.bottom, run.top].map { FigurePosition(x: target, y: $0) }, .reference, .dashed)
        }
      }
      marks += notes.isEmpty ? [] : [.texts(notes)]
      var beyond: [BeyondAxis] = []
      for (order, method) in methods.enumerated() {
        guard let style = styles[method] else { continue }
        let offset = Self.offset(order, of: methods.count)
        let points = rows.enumerated().compactMap { row, scenario -> FigurePoint? in
          guard
            let cell = cells.first(where: {
              $0.scenario == scenario && $0.parameter == parameter && $0.method == method
            })
          else { return nil }
          let y = -Double(row) - offset
          guard axis.range.contains(cell.value.value) else {
            let mark = BeyondAxis(value: cell.value.value, row: row, axis: axis)
            beyond.append(mark)
            return FigurePoint(x: mark.place, y: y, interval: nil)
          }
          return FigurePoint(x: cell.value.value, y: y, interval: cell.value.interval)
        }
        marks.append(.points(points, style, bars: .horizontal))
      }
      if !beyond.isEmpty { marks.append(.texts(BeyondAxis.texts(beyond))) }
      return FigurePanel(
        startsRow: column == 0, title: parameter,
        horizontal: notes.isEmpty ? axis : axis.withoutGrid, vertical: vertical,
        height: rowHeight * Double(max(1, rows.count)), marks: marks)
    }
  }

  /// A word where a row has no point, so that it does not look as if something had been lost.
  private func notes(
    _ parameter: String, _ rows: [Int], _ cells: [Cell], _ axis: FigureAxis
  ) -> [FigureText] {
    rows.enumerated().compactMap { row, scenario in
      guard !cells.contains(where: { $0.scenario == scenario && $0.parameter == parameter }) else {
        return nil
      }
      let isKnown = samples[scenario].parameters.contains(parameter)
      return FigureText(
        position: FigurePosition(x: axis.middle, y: -Double(row)),
        text: isKnown ? "no number" : "not in the model")
    }
  }

  /// Runs of rows, those with notes left out, by their ends: what is drawn from top to bottom stops
  /// before a note and goes on below it.
  private static func runs(
    of count: Int, without notes: [FigureText]
  ) -> [(top: Double, bottom: Double)] {
    let skipped = Set(notes.map(\.position.y))
    var runs: [(top: Double, bottom: Double)] = []
    for row in 0..<count where !skipped.contains(-Double(row)) {
      let (top, bottom) = (0.5 - Double(row), -0.5 - Double(row))
      if let last = runs.last, last.bottom == top {
        runs[runs.count - 1].bottom = bottom
      } else {
        runs.append((top, bottom))
      }
    }
    return runs
  }

  /// Thin lines between the rows.
  private static func rules(between rows: Int, _ axis: FigureAxis) -> [FigureMark] {
    guard rows > 1 else { return [] }
    let segments = (1..<rows).map { row in
      FigureSegment(
        start: FigurePosition(x: axis.range.lowerBound, y: 0.5 - Double(row)),
        end: FigurePosition(x: axis.range.upperBound, y: 0.5 - Double(row)))
    }
    return [.segments(segments, .grid, width: 1)]
  }

  /// Where a method stands within a row of height 1: the first above the middle.
  static func offset(_ order: Int, of methods: Int) -> Double {
    (Double(order) - Double(methods - 1) / 2) / Double(methods + 1)
  }

  private func caption(
    scenarios: (shown: Int, all: Int), parameters: (shown: Int, all: Int), isCut: Bool
  ) -> RichText {
    var text: RichText = "Bars are 95 % Monte Carlo confidence intervals. \(measure.note)"
    if isCut {
      text += " Values beyond the axis stand at its end, with an arrow and their number."
    }
    if scenarios.shown < scenarios.all {
      text += " Shown are the \(NumberText.count(scenarios.shown)) of "
      text += "\(NumberText.count(scenarios.all, "scenario")) farthest from it."
    }
    if parameters.shown < parameters.all {
      text += " Shown are the \(NumberText.count(parameters.shown)) of "
      text += "\(NumberText.count(parameters.all, "parameter")) farthest from it."
    }
    return text
  }
}

/// A value for which a row of a panel has no room: its point stands at the end of the axis, beside
/// an arrow and the number.
struct BeyondAxis: Sendable {
  let value: Double
  /// Counted from the top.
  let row: Int
  /// Linear.
  let axis: FigureAxis

  private var isAbove: Bool { value > axis.range.upperBound }

  /// Where the point stands.
  var place: Double { inset(by: 0.03) }

  /// A distance from the end, as a share of the axis.
  private func inset(by share: Double) -> Double {
    let length = axis.range.upperBound - axis.range.lowerBound
    return isAbove
      ? axis.range.upperBound - share * length : axis.range.lowerBound + share * length
  }

  /// Two digits, or more before the point: as many as the labels of the axis have.
  private static func text(_ value: Double) -> String {
    NumberText.fixed(value, decimals: abs(value) < 9.95 ? 1 : 0)
  }

  /// One text for the methods that share a row and an end.
  static func texts(_ marks: [BeyondAxis]) -> [FigureText] {
    let rows = marks.map(\.row).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    return rows.sorted().flatMap { row in
      [true, false].compactMap { isAbove -> FigureText? in
        let own = marks.filter { $0.row == row && $0.isAbove == isAbove }
        guard let first = own.first, let least = own.map(\.value).min(),
          let most = own.map(\.value).max()
        else { return nil }
        let (low, high) = (text(least), text(most))
        let number = low == high ? low : "\(low) to \(high)"
        return FigureText(
          position: FigurePosition(x: first.inset(by: 0.08), y: -Double(row)),
          text: isAbove ? "\(number) →" : "← \(number)", alignment: isAbove ? .right : .left)
      }
    }
  }
}
