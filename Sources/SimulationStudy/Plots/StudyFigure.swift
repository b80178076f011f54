/// A figure of a study with what a report says of it.
struct StudyFigure: Sendable, Equatable {
  /// The question of the report that it helps to answer.
  enum Question: Sendable, Equatable {
    case coverage
    case bias
    case standardErrors
    case calibration
    case time
  }

  let question: Question
  let figure: Figure
  /// What is to be seen, for readers who do not see it.
  let alternative: String
  /// What is drawn and how to read it, in whole sentences.
  let caption: RichText
  /// The only scenario that it shows; nil where it shows all of the study.
  var scenario: String? = nil

  /// Names that a figure of a study may have.
  static let names = [
    "coverage", "coverage-grid", "intervals", "bias", "bias-grid", "standard-errors",
    "standard-errors-grid", "calibration", "time",
  ]

  /// Every figure that the study has data for, in the order of the report.
  static func all(of results: StudyResults) -> [StudyFigure] {
    let measures: [PlottedMeasure] = [.coverage, .bias, .standardErrors]
    let grid = GridFigure.Grid(results)
    var figures: [StudyFigure] = []
    for measure in measures {
      let loose = results.samples.filter { grid?.names.contains($0.summary.name) != true }
      figures += [
        ScenarioRowsFigure(results: results, samples: loose, measure: measure).figure(),
        grid.flatMap { GridFigure(results: results, grid: $0, measure: measure).figure() },
      ].compactMap { $0 }
      if measure.question == .coverage {
        figures += [IntervalsFigure.figure(results)].compactMap { $0 }
      }
    }
    let calibration = CalibrationFigure.figure(
      results.calibrations.compactMap(\.curve), methods: results.methods)
    return figures + [calibration, TimeFigure.figure(results)].compactMap { $0 }
  }
}
