import Foundation
import PoissonGLMM

/// A study's results as one tidy table for other programs: one row for each measure, or one for
/// each fit and parameter.
///
/// Rows of fits stand scenario after scenario, and only one scenario's are in memory at a time.
/// Nothing is rounded; what there is no number for is empty in CSV and null in JSON.
package struct StudyExport: Sendable {
  /// What a row speaks of.
  package enum Unit: String, Sendable, CaseIterable {
    /// A measure of a parameter under a method, as in `measures.csv`.
    case measure
    /// The estimate of a parameter by a method in a replicate, failed fits among them.
    case replicate
  }

  package enum Format: String, Sendable, CaseIterable {
    case csv
    /// One list of objects, one a line.
    case json
  }

  let unit: Unit
  let format: Format

  package init(_ unit: Unit, as format: Format) {
    self.unit = unit
    self.format = format
  }

  /// Columns of a fit's rows, behind those of the grid.
  static let fitColumns = [
    "seed", "replicate", "method", "parameter", "estimate", "standard_error", "lower", "upper",
    "p_value", "truth", "probability_below_truth", "used", "reason", "iterations", "seconds",
  ]
  /// Scenario, method, parameter and measure.
  private static let numberOfMeasureTexts = 4

  /// Hands the table on, piece by piece.
  /// - Throws: what `append` throws; `StoreError`; `StudyError` of kind `inconsistent`.
  package func write<Failure: Error>(
    _ study: StoredStudy, in store: StudyStore, fallback: RunEnvironment,
    to append: (String) throws(Failure) -> Void
  ) throws {
    let summaries = study.scenarios.map { ScenarioSummary($0.scenario) }
    let factors = GridColumns(summaries)
    var table: ExportedTable
    switch unit {
    case .measure:
      table = ExportedTable(
        StudyTables.measureColumns + factors.names, as: format,
        texts: Set(0..<Self.numberOfMeasureTexts).union(
          factors.texts.map { $0 + StudyTables.measureColumns.count }))
      try append(table.head)
      let report = try StudyReport(study, in: store, fallback: fallback)
      for row in report.measures {
        try append(table.row(StudyTables.fields(of: row) + factors.values(of: row.scenario)))
      }
    case .replicate:
      let columns = ["scenario"] + factors.names + Self.fitColumns
      let texts = ["method", "parameter", "reason"].compactMap(columns.firstIndex)
      table = ExportedTable(
        columns, as: format, texts: Set([0] + texts).union(factors.texts.map { $0 + 1 }))
      try append(table.head)
      for (position, summary) in summaries.enumerated() {
        let scenario = study.scenarios[position].scenario
        let leading = [summary.name] + factors.values(of: summary.name)
        for record in try store.records(of: study, scenario: position) {
          for fields in Self.rows(of: record, scenario, seed: summary.seed) {
            try append(table.row(leading + fields))
          }
        }
      }
    }
    try append(table.tail)
  }

  /// One row for each parameter of the scenario, also where the fit failed or has no such estimate.
  static func rows(
    of record: ReplicateRecord, _ scenario: Scenario, seed: UInt64
  ) -> [[String]] {
    var estimates: [String: ParameterEstimate] = [:]
    var (reason, iterations, isUsed) = ("", "", false)
    switch record.usability {
    case .usable(let result):
      (reason, isUsed) = (result.reason, true)
    case .failed(let why): reason = why
    }
    if case .fitted(let result) = record.outcome {
      for parameter in result.parameters { estimates[parameter.parameter] = parameter }
      if result.iterations > 0 { iterations = String(result.iterations) }
    }
    let method = scenario.methods.first { $0.name == record.method }
    let truth = scenario.truth.merging(method.map(scenario.ownTruth) ?? [:]) { _, own in own }
    return scenario.parameters.map { name in
      let estimate = estimates[name]
      return [
        String(seed), String(record.replicate), record.method, name,
        CSVText.number(estimate?.estimate), CSVText.number(estimate?.standardError),
        CSVText.number(estimate?.intervalLower), CSVText.number(estimate?.intervalUpper),
        CSVText.number(estimate?.pValue), CSVText.number(truth[name] ?? estimate?.truth),
        CSVText.number(estimate?.probabilityBelowTruth), isUsed ? "1" : "0",
        VisibleText.escaped(reason), iterations, CSVText.number(record.seconds),
      ]
    }
  }
}

/// A table that is written row by row.
private struct ExportedTable {
  private let columns: [String]
  private let format: StudyExport.Format
  /// Positions of the columns that hold text, and not numbers.
  private let texts: Set<Int>
  private var isFirst = true

  init(_ columns: [String], as format: StudyExport.Format, texts: Set<Int>) {
    self.columns = columns
    self.format = format
    self.texts = texts
  }

  var head: String { format == .csv ? CSVLine.text(columns) : "[" }
  var tail: String { format == .csv ? "" : "\n]\n" }

  /// - Parameter fields: one for each column, as they stand in CSV.
  mutating func row(_ fields: [String]) -> String {
    guard format == .json else { return CSVLine.text(fields) }
    let members = zip(columns, fields).enumerated().map { index, member in
      let (name, field) = member
      let value =
        field.isEmpty
        ? "null" : texts.contains(index) ? JSONText.quoted(field) : Self.number(field)
      return JSONText.quoted(name) + ": " + value
    }
    defer { isFirst = false }
    return (isFirst ? "\n" : ",\n") + "{" + members.joined(separator: ", ") + "}"
  }

  /// A number as JSON has it, which knows no `+1` and no `.5`. Seeds have more digits than a
  /// double.
  private static func number(_ field: String) -> String {
    if let whole = UInt64(field) { return String(whole) }
    return CSVText.number(Double(field))
  }
}
