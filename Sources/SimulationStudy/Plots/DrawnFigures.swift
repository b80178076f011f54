import Foundation

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
          + "(Debian: "
          + "apt-get install gnuplot-nox), then run 'study report'."
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
  /// - Throws: `ReportError` of kind `unwritable`.
  func write(to directory: URL) throws(ReportError) {
    let names = Set(pictures.map(\.figure.figure.name))
    for name in StudyFigure.names where !names.contains(name) {
      try? FileManager.default.removeItem(
        at: directory.appendingPathComponent(StudyReport.FileName.plot(name)))
    }
    guard !pictures.isEmpty else { return }
    try StudyFile.createDirectory(
      directory.appendingPathComponent(StudyReport.FileName.plots, isDirectory: true))
    for picture in pictures {
      let file = StudyReport.FileName.plot(picture.figure.figure.name)
      try StudyFile.write(picture.svg, to: directory.appendingPathComponent(file))
    }
  }
}
