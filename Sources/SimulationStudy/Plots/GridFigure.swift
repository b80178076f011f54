/// One measure over the cells of a grid: the factor with most levels runs along the horizontal
/// axis, methods are lines.
struct GridFigure {
  /// A factor and its values, in the order of the cells.
  struct Factor: Sendable, Equatable {
    let name: String
    let levels: [String]
  }

  /// The scenarios that are cells of one grid.
  struct Grid: Sendable {
    let factors: [Factor]
    /// Of the factors' levels, in their order.
    let cells: [[String]: ScenarioSummary]
    let names: Set<String>

    /// The grid of the study, the largest if it has several; nil without one of 3 cells or more, or
    /// if one factor has not 3 levels.
    init?(_ results: StudyResults) {
      let varied = results.scenarios.filter { !$0.gridSettings.isEmpty }
      let grids = Dictionary(grouping: varied) { $0.gridSettings.map(\.name) }
      let largest = grids.max {
        ($0.value.count, $1.key.joined()) < ($1.value.count, $0.key.joined())
      }
      guard let (names, scenarios) = largest else { return nil }
      factors = names.enumerated().map { position, name in
        let levels = scenarios.map { $0.gridSettings[position].value }
        return Factor(
          name: name,
          levels: levels.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
      }
      guard factors.contains(where: { $0.levels.count >= 3 }) else { return nil }
      cells = Dictionary(
        scenarios.map { ($0.gridSettings.map(\.value), $0) },
        uniquingKeysWith: { first, _ in first })
      self.names = Set(scenarios.map(\.name))
    }
  }

  let results: StudyResults
  let grid: Grid
  let measure: PlottedMeasure

  /// Combinations of the other factors that get panels of their own; more stand in one panel, one
  /// after the other.
  static let maximumColumns = 3
  static let maximumParameters = 5
  /// Cells that have room beside each other.
  static let maximumCells = 90

  /// nil where no cell has the measure, or where there are too many to be drawn.
  func figure() -> StudyFigure? {
    guard let main = grid.factors.indices.max(by: { lessLevels($0, $1) }) else { return nil }
    let others = grid.factors.indices.filter { $0 != main }
    let combinations = combinations(of: others)
    let levels = grid.factors[main].levels
    let isNested = combinations.count > Self.maximumColumns
    guard !isNested || combinations.count * (levels.count + 1) <= Self.maximumCells else {
      return nil
    }
    let parameters = shownParameters()
    let methods = results.methods.filter { method in
      grid.cells.values.contains { $0.methods.contains(method) }
    }
    let styles = MethodStyle.styles(of: results.methods)
    // The grid's cells along the horizontal axis of each column of panels.
    let runs = combinations.map { combination in
      levels.map { level in
        grid.factors.indices.map { factor in
          factor == main ? level : combination[others.firstIndex(of: factor) ?? 0]
        }
      }
    }
    let columns = isNested ? [runs] : runs.map { [$0] }
    var panels: [FigurePanel] = []
    let values = parameters.flatMap { parameter in
      grid.cells.values.flatMap { cell in
        methods.compactMap { measure.value(results, cell.name, $0, parameter) }
      }
    }
    let alphas = Set(grid.cells.values.map(\.alpha))
    let target = alphas.count == 1 ? alphas.first.map(measure.target) : nil
    let height = 118.0
    guard let vertical = measure.axis(for: values, target: target, room: 6) else { return nil }
    for (row, parameter) in parameters.enumerated() {
      for (column, runs) in columns.enumerated() {
        let isLast = row == parameters.count - 1
        let names = isNested ? [] : isLast ? levels : levels.map { _ in "" }
        let horizontal =
          isNested
          ? FigureAxis(
            range: -0.5...(Double(runs.count * (levels.count + 1)) - 1.5), ticks: [], hasGrid: false
          )
          : FigureAxis.columns(names)
        let title =
          isNested || combinations[column].isEmpty
          ? parameter
          : parameter + ", "
            + zip(others, combinations[column]).map { "\(grid.factors[$0].name) \($1)" }
            .joined(separator: ", ")
        panels.append(
          FigurePanel(
            title: title, horizontal: horizontal, vertical: vertical, height: height,
            marks: marks(runs, parameter, methods, styles, horizontal, target)))
      }
    }
    if isNested {
      panels.append(strip(runs, order: others + [main], panels[0].horizontal))
    }
    let figure = Figure(
      name: measure.name + "-grid", title: measure.title,
      legend: methods.compactMap { name in styles[name].map { .init(name: name, style: $0) } },
      panels: panels, columns: columns.count,
      horizontalLabel: isNested ? "" : grid.factors[main].name, verticalLabel: measure.axisLabel)
    return StudyFigure(
      question: measure.question, figure: figure,
      alternative: "\(measure.title) over a grid of "
        + grid.factors.map(\.name).joined(separator: " and ")
        + ", one line for each method, one panel for each parameter",
      caption: caption(parameters.count, isNested: isNested))
  }

  /// Orders factors by their number of levels; the earlier of two with equally many counts as
  /// larger.
  private func lessLevels(_ first: Int, _ second: Int) -> Bool {
    let (left, right) = (grid.factors[first].levels.count, grid.factors[second].levels.count)
    return left != right ? left < right : first > second
  }

  private func combinations(of factors: [Int]) -> [[String]] {
    factors.reduce([[]]) { combinations, factor in
      combinations.flatMap { combination in
        grid.factors[factor].levels.map { combination + [$0] }
      }
    }
  }

  private var allParameters: [String] {
    results.samples.filter { grid.names.contains($0.summary.name) }.flatMap(\.parameters)
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
      .filter { parameter in
        grid.cells.values.contains { cell in
          cell.methods.contains { measure.value(results, cell.name, $0, parameter) != nil }
        }
      }
  }

  /// Those farthest from their targets if there are many.
  private func shownParameters() -> [String] {
    let all = allParameters
    guard all.count > Self.maximumParameters else { return all }
    let distances = all.map { parameter in
      grid.cells.values.flatMap { cell in
        cell.methods.compactMap { method in
          measure.value(results, cell.name, method, parameter).map {
            abs($0.value - measure.target(cell.alpha))
          }
        }
      }.max() ?? 0
    }
    let ranked = all.indices.sorted {
      distances[$0] != distances[$1] ? distances[$0] > distances[$1] : $0 < $1
    }
    return ranked.prefix(Self.maximumParameters).sorted().map { all[$0] }
  }

  private func marks(
    _ runs: [[[String]]], _ parameter: String, _ methods: [String],
    _ styles: [String: MethodStyle], _ axis: FigureAxis, _ target: Double?
  ) -> [FigureMark] {
    var marks: [FigureMark] = []
    if let target {
      let line = [axis.range.lowerBound, axis.range.upperBound].map {
        FigurePosition(x: $0, y: target)
      }
      marks.append(.line(line, .reference, .dashed))
    }
    for (order, method) in methods.enumerated() {
      guard let style = styles[method] else { continue }
      let offset = ScenarioRowsFigure.offset(order, of: methods.count) / 3
      var points: [FigurePoint] = []
      for (number, run) in runs.enumerated() {
        let start = Double(number * (run.count + 1))
        let own = run.enumerated().compactMap { position, levels -> FigurePoint? in
          guard let cell = grid.cells[levels],
            let value = measure.value(results, cell.name, method, parameter)
          else { return nil }
          return FigurePoint(
            x: start + Double(position) + offset, y: value.value, interval: value.interval)
        }
        marks.append(.line(own.map { FigurePosition(x: $0.x, y: $0.y) }, style.ink, .solid))
        points += own
      }
      marks.append(.points(points, style, bars: .vertical))
    }
    return marks
  }

  /// Which levels the cells above have, one line for each factor (Rucker & Schwarzer 2014).
  private func strip(_ runs: [[[String]]], order: [Int], _ axis: FigureAxis) -> FigurePanel {
    var segments: [FigureSegment] = []
    var texts: [FigureText] = []
    let cells = runs.enumerated().flatMap { number, run in
      run.enumerated().map { (x: number * (run.count + 1) + $0, levels: $1) }
    }
    for (row, factor) in order.enumerated() {
      var start = 0
      for position in cells.indices {
        let isEnd =
          position + 1 == cells.count
          || cells[position + 1].levels[factor] != cells[position].levels[factor]
        guard isEnd else { continue }
        let (left, right) = (Double(cells[start].x) - 0.4, Double(cells[position].x) + 0.4)
        let y = -Double(row)
        segments.append(
          FigureSegment(
            start: FigurePosition(x: left, y: y - 0.4), end: FigurePosition(x: right, y: y - 0.4)))
        let text = cells[position].levels[factor]
        let room = 640 * (right - left) / (axis.range.upperBound - axis.range.lowerBound)
        if FigureLayout.width(of: text, size: FigureLayout.tickSize) <= room {
          texts.append(
            FigureText(position: FigurePosition(x: (left + right) / 2, y: y), text: text))
        }
        start = position + 1
      }
    }
    return FigurePanel(
      title: "", horizontal: axis, vertical: .names(order.map { grid.factors[$0].name }),
      height: 22 * Double(order.count),
      marks: [.segments(segments, .background, width: 1.5), .texts(texts)])
  }

  private func caption(_ shown: Int, isNested: Bool) -> RichText {
    var text: RichText = "Bars are 95 % Monte Carlo confidence intervals. \(measure.note)"
    if isNested { text += " The lines at the bottom say which cell of the grid stands above." }
    let all = allParameters.count
    if shown < all {
      text += " Shown are the \(NumberText.count(shown)) of "
      text += "\(NumberText.count(all, "parameter")) farthest from it."
    }
    return text
  }
}
