import Foundation

extension StudyFigure {
  /// Every figure that the study has data for, in the order of the report.
  static func all(of results: StudyResults) -> [StudyFigure] {
    let measures: [PlottedMeasure] = [.coverage, .bias, .standardErrors, .typeIError]
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
      if measure.question == .bias {
        figures += [AgreementFigure.figure(results)].compactMap { $0 }
      }
    }
    let calibration = CalibrationFigure.figure(
      results.calibrations.compactMap(\.curve), methods: results.methods)
    return figures + [calibration, TimeFigure.figure(results)].compactMap { $0 }
  }
}

/// The figures of a study as far as they could be drawn.
struct DrawnFigures: Sendable {
  struct Picture: Sendable, Equatable {
    let figure: StudyFigure
    let svg: String
  }

  let pictures: [Picture]
  /// One sentence on what is missing, why, and what to do about it; nil if all figures are drawn.
  let complaint: String?

  /// - Parameter gnuplot: nil where the program is not installed.
  init(_ figures: [StudyFigure], by gnuplot: Gnuplot?) {
    guard let gnuplot else {
      pictures = []
      complaint =
        figures.isEmpty
        ? nil
        : "The report has no pictures: there is no program 'gnuplot' on the PATH; install it "
          + "(Debian: apt-get install gnuplot-nox), then run 'study report'."
      return
    }
    var pictures: [Picture] = []
    var failures: [(name: String, reason: String)] = []
    for figure in figures {
      do {
        let svg = try gnuplot.svg(of: figure.figure, alternative: figure.alternative)
        pictures.append(Picture(figure: figure, svg: svg))
      } catch {
        failures.append((figure.figure.name, error.reason))
      }
    }
    self.pictures = pictures
    complaint = failures.first.map { first in
      let names = failures.map { "\($0.name).svg" }.joined(separator: ", ")
      return "The report is without \(names): \(first.reason); gnuplot 5.4 draws them (Debian: "
        + "apt-get install gnuplot-nox)."
    }
  }

  /// Writes each picture to the folder of plots, and removes those of an older report.
  /// - Throws: `StudyError` of kind `unwritable`.
  func write(to directory: URL) throws(StudyError) {
    let names = Set(pictures.map(\.figure.figure.name))
    for name in StudyFile.Name.figures where !names.contains(name) {
      try? FileManager.default.removeItem(
        at: directory.appendingPathComponent(StudyFile.Name.plot(name)))
    }
    guard !pictures.isEmpty else { return }
    try StudyFile.createDirectory(
      directory.appendingPathComponent(StudyFile.Name.plots, isDirectory: true))
    for picture in pictures {
      let file = StudyFile.Name.plot(picture.figure.figure.name)
      try StudyFile.write(picture.svg, to: directory.appendingPathComponent(file))
    }
  }
}
