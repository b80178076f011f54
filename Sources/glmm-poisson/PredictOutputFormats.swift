import Foundation
import PoissonGLMM

extension PredictionReport {
  /// The formats of `predict`.
  enum Format: String, CaseIterable {
    case csv, text, markdown, json
  }

  func rendered(as format: Format) throws -> String {
    switch format {
    case .csv: csv
    case .text: title + "\n\n" + table.text
    case .markdown: "## \(title)\n\n" + table.markdown
    case .json: try json()
    }
  }

  private var title: String {
    let quantity = scale == .count ? "counts" : "rates, at an exposure of 1,"
    let place =
      switch rows.groups {
      case _ where !hasGroups: ""
      case .own: " in the groups of the rows"
      case .new: " in new groups"
      case .typical: " in a typical group, whose random effects are 0"
      case .average: " averaged over groups"
      }
    return "Expected \(quantity)\(place), with \(Self.percent(1 - alpha)) % intervals"
  }

  private static func percent(_ probability: Double) -> String {
    String(format: "%.4g", 100 * probability)
  }

  /// As people read it: a group that the data do not have is marked.
  private var table: FitOutputTable {
    let ends = [alpha / 2, 1 - alpha / 2].map { Self.percent($0) + "%" }
    let factors = rows.groups.needsLevels ? rows.factors : []
    return FitOutputTable(
      header: ["row"] + factors.map(\.name) + ["mean", "median"] + ends
        + ends.map { "count \($0)" },
      rows: predictions.enumerated().map { row, prediction in
        let levels = factors.map { $0.labels[row] + ($0.levelOfRow[row] == nil ? " (new)" : "") }
        let numbers = [prediction.mean, prediction.median, prediction.lower, prediction.upper]
        return ["\(row + 1)"] + levels
          + numbers.map { $0.map(Self.text) ?? "-" }
          + [prediction.countLower, prediction.countUpper].map {
            $0 < 1e6 ? String(format: "%.0f", $0) : Self.text($0)
          }
      })
  }

  private static func text(_ value: Double) -> String {
    value.isFinite ? NumberText.significant(value) : "-"
  }
}
