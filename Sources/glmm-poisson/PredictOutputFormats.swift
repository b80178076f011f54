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
    case .json: try json
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

  private struct Row: Encodable {
    /// The number of the row, from 1.
    let row: Int
    /// The level of each grouping factor, where they are the row's own.
    let levels: [String: String]?
    /// The factors of whose levels the row's is new.
    let newFactors: [String]?
    let mean, median, lower, upper, countLower, countUpper: FitOutput.JSONNumber
  }

  private struct JSON: Encodable {
    let scale, groups: String
    let alpha: Double
    let predictions: [Row]
    let warnings: [String]
  }

  private var json: String {
    get throws {
      let isOwn = rows.groups.needsLevels
      let object = JSON(
        scale: scale.rawValue, groups: rows.groups.rawValue, alpha: alpha,
        predictions: predictions.enumerated().map { row, prediction in
          Row(
            row: row + 1,
            levels: isOwn
              ? Dictionary(
                rows.factors.map { ($0.name, $0.labels[row]) },
                uniquingKeysWith: { first, _ in first }) : nil,
            newFactors: isOwn ? prediction.newFactors : nil,
            mean: .init(value: prediction.mean), median: .init(value: prediction.median),
            lower: .init(value: prediction.lower), upper: .init(value: prediction.upper),
            countLower: .init(value: prediction.countLower),
            countUpper: .init(value: prediction.countUpper))
        }, warnings: warnings)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }
  }
}
