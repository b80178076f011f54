import ArgumentParser
import Foundation
import PoissonGLMM

/// The files that a fit leaves beside its results, if they are asked for.
struct FitFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write the residuals of all rows to this CSV file; - prints them in place of the results.",
      valueName: "file.csv"),
    completion: .file(extensions: ["csv"]))
  var residuals: String?

  @Option(
    help: ArgumentHelp(
      "Write pictures of the fit (SVG) to this directory, which is made if need be.",
      valueName: "dir"),
    completion: .directory)
  var plot: String?

  func validate() throws {
    if let residuals, residuals.isEmpty {
      throw ValidationError("--residuals needs the name of a file, or -.")
    }
    if let plot, plot.isEmpty { throw ValidationError("--plot needs the name of a directory.") }
  }

  /// Whether the fit has to keep its random effects.
  var needRandomEffects: Bool { residuals != nil || plot != nil }

  /// Writes all that was asked for, but for the residuals that are to be printed.
  /// - Returns: what is to be printed in place of the results; nil for the results themselves.
  func write(
    _ model: PoissonMixedModel, _ fit: PoissonMixedModelFit, frame: ModelFrame, alpha: Double,
    threads: Int
  ) throws -> String? {
    guard needRandomEffects else { return nil }
    let rows = try model.residuals(of: fit, threads: threads)
    if let plot {
      do {
        try FileManager.default.createDirectory(
          atPath: plot, withIntermediateDirectories: true)
      } catch {
        throw CommandFailure(.inputOutput, "Cannot make the directory '\(plot)'.")
      }
      for picture in try model.pictures(of: fit, residuals: rows, alpha: alpha) {
        let path = (plot as NSString).appendingPathComponent(picture.name + ".svg")
        try AtomicFile.write(picture.svg, to: path)
      }
    }
    guard let residuals else { return nil }
    let text = Self.csv(rows, frame: frame)
    if residuals == "-" { return text }
    try AtomicFile.write(text, to: residuals)
    return nil
  }

  /// One line a row of the data, numbers unrounded; `line` is that of the file where it begins.
  static func csv(_ residuals: [RowResidual], frame: ModelFrame) -> String {
    var text = CSVLine.text(
      [
        "line", "observed", "fitted", "response", "pearson", "quantile", "quantile_new_group",
      ])
    for (row, residual) in residuals.enumerated() {
      let numbers = [
        residual.observed, residual.fitted, residual.response, residual.pearson, residual.quantile,
        residual.newGroupQuantile,
      ]
      text += CSVLine.text(
        ["\(frame.number(ofRow: row))"] + numbers.map { $0.isFinite ? $0.description : "" })
    }
    return text
  }
}
