/// One measure for every scenario and parameter: scenarios are rows, parameters are panels.
struct ScenarioRowsFigure {
  let results: StudyResults
  let samples: [ScenarioSample]
  let measure: PlottedMeasure

  /// Rows that the eye takes in, over all bands of panels.
  static let mostRows = 30
  static let mostPanels = 8
  private static let mostColumns = 4

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
      orderedParameters(cells), at: cells, by: \.parameter, most: Self.mostPanels)
    guard !parameters.isEmpty else { return nil }
    let bands = (parameters.count + Self.mostColumns - 1) / Self.mostColumns
    let columns = (parameters.count + bands - 1) / bands
    let shown = cells.filter { parameters.contains($0.parameter) }
    let scenarios = samples.indices.filter { index in shown.contains { $0.scenario == index } }
    let listed = Self.farthest(
      scenarios, at: shown, by: \.scenario, most: max(1, Self.mostRows / bands))
    let visible = shown.filter { listed.contains($0.scenario) }
    let alphas = Set(listed.map { samples[$0].summary.alpha })
    let target = alphas.count == 1 ? alphas.first.map(measure.target) : nil
    guard
      let axis = measure.axis(
        for: visible.map(\.value), target: target, room: max(2, 18 / columns))
    else { return nil }
    let methods = results.methods.filter { method in visible.contains { $0.method == method } }
    let styles = MethodStyle.styles(of: results.methods)
    let panels = panels(
      parameters, columns: columns, scenarios: listed, visible, methods, styles, axis, target)
    let figure = Figure(
      name: measure.name, title: measure.title,
      legend: methods.compactMap { name in styles[name].map { .init(name: name, style: $0) } },
      panels: panels, columns: columns, horizontalLabel: measure.axisLabel, verticalLabel: "")
    return StudyFigure(
      question: measure.question, figure: figure,
      alternative: "\(measure.title): \(ReportNumber.count(methods.count, "method")) in "
        + "\(ReportNumber.count(listed.count, "scenario")), one panel for each parameter",
      caption: caption(
        scenarios: (listed.count, scenarios.count),
        parameters: (parameters.count, Set(cells.map(\.parameter)).count)))
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

  /// Those that most scenarios have come first, so that panels of a band have the same rows.
  private func orderedParameters(_ cells: [Cell]) -> [String] {
    var scenarios: [String: Set<Int>] = [:]
    var names: [String] = []
    for cell in cells {
      if scenarios[cell.parameter] == nil { names.append(cell.parameter) }
      scenarios[cell.parameter, default: []].insert(cell.scenario)
    }
    return names.enumerated().sorted {
      let (first, second) = (scenarios[$0.element]?.count ?? 0, scenarios[$1.element]?.count ?? 0)
      return first != second ? first > second : $0.offset < $1.offset
    }.map(\.element)
  }

  /// In their order those at which a method is farthest from its target.
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

  private func panels(
    _ parameters: [String], columns: Int, scenarios: [Int], _ cells: [Cell], _ methods: [String],
    _ styles: [String: MethodStyle], _ axis: FigureAxis, _ target: Double?
  ) -> [FigurePanel] {
    let rowHeight = max(18, 8 * Double(methods.count) + 6)
    var panels: [FigurePanel] = []
    for start in stride(from: 0, to: parameters.count, by: columns) {
      let band = parameters[start..<min(start + columns, parameters.count)]
      let rows = scenarios.filter { scenario in
        cells.contains { $0.scenario == scenario && band.contains($0.parameter) }
      }
      let vertical = FigureAxis.names(rows.map { samples[$0].summary.name })
      for parameter in band {
        var marks = Self.rules(between: rows.count, axis)
        if let target {
          let line = [vertical.range.lowerBound, vertical.range.upperBound].map {
            FigurePosition(x: target, y: $0)
          }
          marks.append(.line(line, .reference, .dashed))
        }
        for (order, method) in methods.enumerated() {
          let offset = Self.offset(order, of: methods.count)
          let points = rows.enumerated().compactMap { row, scenario in
            cells.first {
              $0.scenario == scenario && $0.parameter == parameter && $0.method == method
            }.map {
              FigurePoint(x: $0.value.value, y: -Double(row) - offset, interval: $0.value.interval)
            }
          }
          if let style = styles[method] {
            marks.append(.points(points, style, bars: .horizontal))
          }
        }
        panels.append(
          FigurePanel(
            title: parameter, horizontal: axis, vertical: vertical,
            height: rowHeight * Double(max(1, rows.count)), marks: marks))
      }
    }
    return panels
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
    scenarios: (shown: Int, all: Int), parameters: (shown: Int, all: Int)
  ) -> RichText {
    var text: RichText = "Bars are 95 % Monte Carlo confidence intervals. \(measure.note)"
    if scenarios.shown < scenarios.all {
      text += " Shown are the \(ReportNumber.count(scenarios.shown)) of "
      text += "\(ReportNumber.count(scenarios.all, "scenario")) farthest from it."
    }
    if parameters.shown < parameters.all {
      text += " Shown are the \(ReportNumber.count(parameters.shown)) of "
      text += "\(ReportNumber.count(parameters.all, "parameter")) farthest from it."
    }
    return text
  }
}
