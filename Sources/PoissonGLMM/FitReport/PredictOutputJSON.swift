import PlatformEssentials

extension PredictionReport {
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

  /// One JSON object, numbers unrounded.
  /// - Parameter fitWarnings: those of the fit, which come before the others.
  package func json(fitWarnings: [String] = []) throws -> String {
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
      }, warnings: fitWarnings + warnings)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
  }
}
