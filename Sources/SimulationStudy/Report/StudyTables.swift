import Foundation
import PoissonGLMM

/// The study's tables as CSV files: long format, numbers unrounded, an empty field where there is
/// no number.
enum StudyTables {
  static let measureColumns = [
    "scenario", "method", "parameter", "measure", "estimate", "mcse", "truth", "attempted",
    "failed", "used",
  ]

  /// `measures.csv`; the last columns are what grids vary.
  static func measures(_ rows: [MeasureRow], factors: GridColumns = GridColumns([])) -> String {
    rows.reduce(into: CSVLine.text(measureColumns + factors.names)) { text, row in
      text += CSVLine.text(fields(of: row) + factors.values(of: row.scenario))
    }
  }

  /// The fields of a row, one for each of `measureColumns`.
  static func fields(of row: MeasureRow) -> [String] {
    [
      row.scenario, row.method, row.parameter, row.measure.rawValue,
      CSVText.number(row.estimate), CSVText.number(row.monteCarloStandardError),
      CSVText.number(row.truth), String(row.attempted), String(row.failed), String(row.used),
    ]
  }

  /// `timing.csv`.
  static func timing(_ rows: [TimingRow]) -> String {
    let columns = [
      "scenario", "method", "fits", "median_seconds", "p05_seconds", "p95_seconds",
      "total_seconds", "median_iterations", "fits_per_second",
    ]
    return rows.reduce(into: CSVLine.text(columns)) { text, row in
      text += CSVLine.text([
        row.scenario, row.method, String(row.fits), CSVText.number(row.medianSeconds),
        CSVText.number(row.fifthPercentileSeconds),
        CSVText.number(row.ninetyFifthPercentileSeconds), CSVText.number(row.totalSeconds),
        CSVText.number(row.medianIterations), CSVText.number(row.fitsPerSecond),
      ])
    }
  }

  /// `failures.csv`. The last column is the command that, in the study's directory, draws the data
  /// set again and refits it.
  static func failures(_ rows: [FailureRow]) -> String {
    let columns = ["scenario", "method", "replicate", "reason", "replay"]
    return rows.reduce(into: CSVLine.text(columns)) { text, row in
      text += CSVLine.text([
        row.scenario, row.method, String(row.replicate), VisibleText.escaped(row.reason),
        "glmm-poisson study replay . --scenario \(ShellWord.quoted(row.scenario)) "
          + "--replicate \(row.replicate)",
      ])
    }
  }

  /// `calibration.csv`. `level` is the simultaneous level of the band and `inside` whether the
  /// curve stays within it; `shift` and `spread` are those of `CalibrationShape`.
  static func calibration(_ rows: [CalibrationRow]) -> String {
    let columns = [
      "scenario", "method", "parameter", "attempted", "used", "chi_squared", "degrees_of_freedom",
      "chi_squared_p", "max_ecdf_difference", "max_at", "ecdf_p", "level", "inside", "shift",
      "spread",
      "faults",
    ]
    return rows.reduce(into: CSVLine.text(columns)) { text, row in
      text += CSVLine.text([
        row.scenario, row.method, row.parameter, String(row.attempted), String(row.used),
        CSVText.number(row.chiSquared?.statistic),
        row.chiSquared.map { String($0.degreesOfFreedom) } ?? "",
        CSVText.number(row.chiSquared?.pValue), CSVText.number(row.ecdf?.largestDifference),
        CSVText.number(row.ecdf?.place), CSVText.number(row.ecdf?.pValue),
        CSVText.number(row.curve?.simultaneousLevel), row.isInside.map { $0 ? "1" : "0" } ?? "",
        CSVText.number(row.shape?.shift), CSVText.number(row.shape?.spread),
        row.faults.map(\.rawValue).joined(separator: " "),
      ])
    }
  }

  /// Reads the text of a `measures.csv`, without what grids vary, which its names say too.
  /// - Parameter name: how messages call the file.
  /// - Throws: `StudyError` of kind `malformed` that names the line.
  static func readMeasures(
    _ text: String, name: String = "measures.csv"
  ) throws(StudyError) -> [MeasureRow] {
    let records: [CSVText.Record]
    do {
      records = try CSVText.records(of: text)
    } catch {
      throw StudyError(.malformed, "\(name), line \(error.line): \(error.problem).")
    }
    guard let header = records.first?.fields, header.starts(with: measureColumns) else {
      throw StudyError(
        .malformed,
        "\(name), line 1: expected the columns \(measureColumns.joined(separator: ",")).")
    }
    var rows: [MeasureRow] = []
    var lineOfKey: [[String]: Int] = [:]
    for record in records.dropFirst() {
      do throws(LineDefect) {
        guard record.fields.count == header.count else {
          throw LineDefect(
            problem: "expected \(header.count) fields, found \(record.fields.count)")
        }
        rows.append(try row(record.fields))
      } catch {
        throw StudyError(.malformed, "\(name), line \(record.line): \(error.problem).")
      }
      if let first = lineOfKey.updateValue(record.line, forKey: Array(record.fields.prefix(4))) {
        throw StudyError(
          .malformed, "\(name), line \(record.line): the measure is already on line \(first).")
      }
    }
    return rows
  }

  /// What is wrong with a line, without its place.
  private struct LineDefect: Error { let problem: String }

  /// - Parameter fields: those of `measureColumns`, and any further ones.
  private static func row(_ fields: [String]) throws(LineDefect) -> MeasureRow {
    guard let measure = PerformanceMeasure(rawValue: fields[3]) else {
      throw LineDefect(problem: "'\(fields[3])' is not a performance measure")
    }
    func number(_ column: Int) throws(LineDefect) -> Double? {
      if fields[column].isEmpty { return nil }
      guard let value = Double(fields[column]), value.isFinite else {
        throw LineDefect(
          problem: "\(measureColumns[column]) '\(fields[column])' is not a finite number")
      }
      return value
    }
    func count(_ column: Int) throws(LineDefect) -> Int {
      guard let value = Int(fields[column]), value >= 0 else {
        throw LineDefect(problem: "\(measureColumns[column]) '\(fields[column])' is not a count")
      }
      return value
    }
    return MeasureRow(
      scenario: fields[0], method: fields[1], parameter: fields[2], measure: measure,
      estimate: try number(4), monteCarloStandardError: try number(5), truth: try number(6),
      attempted: try count(7), failed: try count(8), used: try count(9))
  }
}
