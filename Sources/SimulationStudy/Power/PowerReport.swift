import Foundation
import GSLNumerics
import PoissonGLMM

/// What a search has found: in words, as a table and as a picture.
package struct PowerReport: Sendable {
  let question: PowerQuestion
  let search: PowerSearch
  let curve: PowerCurve?
  let attempted: Int
  let used: Int
  /// Prints it again.
  let command: String

  package init(_ study: PowerStudy, command: String) {
    question = study.question
    search = study.search
    curve = PowerCurve(study.search, isShare: study.question.measure.isProportion)
    attempted = study.attempted
    used = study.used
    self.command = command
  }

  private var key: String { question.key }
  private var measure: String {
    question.measure == .rejectionRate ? "power" : question.measure.rawValue
  }
  private var target: String { NumberText.setting(question.target) }

  private func text(_ value: Double) -> String {
    question.candidates.areWhole
      ? String(Int(value)) : String(format: "%.3g", value)
  }

  /// The least whole number at which a growing measure is at its target, the largest of a falling
  /// one; of real values the place itself.
  private func settled(_ place: Double) -> Double {
    guard question.candidates.areWhole else { return place }
    return search.isIncreasing == true ? place.rounded(.up) : place.rounded(.down)
  }

  /// The answer in one or two sentences, and how sure it is.
  package var answer: String {
    if let objection = search.objection {
      return "There is no \(key) between \(question.candidates.ends) with \(measure) \(target): "
        + "\(objection)."
    }
    let subject = "\(measure) \(target) of \(question.parameter) by \(question.method)"
    guard let curve else {
      let (lower, upper) = (search.quantile(0.025), search.quantile(0.975))
      let values = question.candidates.values
      return "\(key) is between \(text(values[lower])) and \(text(values[upper])) for \(subject) "
        + "(95 %); more replicates would tell it better."
    }
    let interval = curve.interval
    return "\(key) = \(text(settled(curve.place))) for \(subject): 95 % interval "
      + "\(text(settled(interval.lowerBound))) to \(text(settled(interval.upperBound)))."
  }

  /// All batches of a candidate together.
  struct Row: Sendable, Equatable {
    let value: Double
    let replicates: Int
    let estimate: Double
    let standardError: Double
  }

  var rows: [Row] {
    let groups = Dictionary(grouping: search.observations, by: \.candidate)
    return groups.keys.sorted().map { candidate in
      let own = groups[candidate] ?? []
      let count = own.reduce(0) { $0 + $1.used }
      func mean(_ value: (PowerSearch.Observation) -> Double) -> Double {
        own.reduce(0) { $0 + Double($1.used) * value($1) } / Double(count)
      }
      let variance = own.reduce(0.0) {
        let share = Double($1.used) / Double(count)
        return $0 + share * share * $1.standardError * $1.standardError
      }
      return Row(
        value: search.candidates.values[candidate], replicates: count,
        estimate: mean { $0.estimate }, standardError: variance.squareRoot())
    }
  }

  /// `power.csv`.
  var csv: String {
    rows.reduce(
      into: CSVLine.text([key, "replicates", question.measure.rawValue, "mcse"])
    ) { text, row in
      text += CSVLine.text([
        question.candidates.text(row.value), String(row.replicates),
        CSVText.number(row.estimate), CSVText.number(row.standardError),
      ])
    }
  }

  private func document(_ svg: String?) -> ReportDocument {
    let table = ReportTable(
      columns: [
        .right(.code(key)), .right("Replicates"), .right(RichText(measure)), .right("MCSE"),
      ],
      rows: rows.map { row in
        [
          RichText(text(row.value)), RichText(NumberText.count(row.replicates)),
          RichText(String(format: "%.3f", row.estimate)),
          RichText(String(format: "%.3f", row.standardError)),
        ]
      })
    var blocks: [ReportBlock] = [
      .paragraph(.strong(RichText(answer))),
      .paragraph(
        "From \(NumberText.count(attempted)) data sets, \(NumberText.count(attempted - used)) of "
          + "which gave no result. Values were chosen by probabilistic bisection (Chalmers 2024); "
          + "the place and its interval are those of a line through the batches near it, of the "
          + "\(question.measure.isProportion ? "probit of the share" : "measure") against the "
          + "logarithm of the value. Again by \(code: command)."),
    ]
    if let svg, let figure {
      blocks.append(
        .figure(
          ReportFigure(
            name: figure.name, alternative: Self.alternative,
            caption: "Bars are 95 % Monte Carlo confidence intervals; the dashed line is the "
              + "target.",
            svg: svg)))
    }
    blocks.append(.table(table))
    return ReportDocument(
      title: "Which \(code: key) for \(measure) \(target)?",
      sections: [ReportSection(title: "Answer", blocks: blocks)])
  }

  private static let alternative =
    "The measure against the value, with its target and the curve that was fitted"

  /// nil where there is too little to draw.
  var figure: Figure? {
    let rows = rows
    guard let horizontal = FigureAxis.logarithmic(rows.map(\.value)),
      let style = MethodStyle.styles(of: [question.method])[question.method]
    else { return nil }
    let points = rows.map { row in
      let margin = NormalDistribution.quantile(0.975) * row.standardError
      let ends = (row.estimate - margin, row.estimate + margin)
      return FigurePoint(
        x: row.value, y: row.estimate,
        interval: question.measure.isProportion
          ? max(0, ends.0)...min(1, ends.1) : ends.0...ends.1)
    }
    let heights =
      points.flatMap { [$0.interval?.lowerBound ?? $0.y, $0.interval?.upperBound ?? $0.y] }
      + [question.target]
    let vertical: FigureAxis? =
      question.measure.isProportion
      ? FigureAxis.linear([0, 1]) : FigureAxis.linear(heights)
    guard let vertical else { return nil }
    var marks: [FigureMark] = [
      .line(
        [horizontal.range.lowerBound, horizontal.range.upperBound].map {
          FigurePosition(x: $0, y: question.target)
        }, .reference, .dashed)
    ]
    if let curve {
      let (left, right) = (horizontal.range.lowerBound, horizontal.range.upperBound)
      let line = (0...80).map { step -> FigurePosition in
        let x = left * pow(right / left, Double(step) / 80)
        return FigurePosition(x: x, y: curve.measure(at: x))
      }.filter { vertical.range.contains($0.y) }
      marks.append(.line(line, style.ink, .solid))
    }
    marks.append(.points(points, style, bars: .vertical))
    return Figure(
      name: "power", title: "\(measure) of \(question.parameter)",
      legend: [.init(name: question.method, style: style)],
      panels: [
        FigurePanel(
          title: "", horizontal: horizontal, vertical: vertical, height: 320, marks: marks)
      ], columns: 1, horizontalLabel: key, verticalLabel: measure)
  }

  /// Writes `power.md`, `power.csv` and, where gnuplot is there, `plots/power.svg`.
  /// - Throws: `StudyError` of kind `unwritable`.
  package func write(to directory: URL) throws(StudyError) {
    var svg: String?
    if let figure, let gnuplot = Gnuplot.find() {
      svg = try? gnuplot.svg(of: figure, alternative: Self.alternative)
    }
    if let svg, let figure {
      try StudyFile.createDirectory(
        directory.appendingPathComponent(StudyFile.Name.plots, isDirectory: true))
      try StudyFile.write(
        svg, to: directory.appendingPathComponent(StudyFile.Name.plot(figure.name)))
    }
    try StudyFile.write(
      MarkdownRenderer.text(of: document(svg)),
      to: directory.appendingPathComponent("power.md"))
    try StudyFile.write(csv, to: directory.appendingPathComponent("power.csv"))
  }

  /// For a terminal.
  package var plainText: String { PlainTextRenderer.text(of: document(nil)) }
}

extension PowerCandidates {
  /// `5 and 200`.
  var ends: String { "\(text(values[0])) and \(text(values[values.count - 1]))" }
}
