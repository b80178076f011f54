/// The levels of one grouping factor that new rows belong to, with the columns of its random terms.
public struct PredictionLevels: Sendable {
  /// The name of the factor, which is that of the model's.
  public let name: String
  /// For each row the index of its level among the model's; nil for a level that the model has not
  /// seen.
  public let levelOfRow: [Int?]
  /// For each row the name of its level.
  public let labels: [String]
  package let terms: [DesignColumn]

  /// - Parameters:
  ///   - factor: the factor of the model.
  ///   - terms: the columns of its random terms in the new rows.
  init(_ factor: GroupingFactor, levelOfRow: [Int?], labels: [String], terms: [DesignColumn]) {
    name = factor.name
    self.levelOfRow = levelOfRow
    self.labels = labels
    self.terms = terms
  }

  /// Levels that nobody has named, all of them new.
  init(unnamed factor: GroupingFactor, rows: Int, terms: [DesignColumn]) {
    self.init(
      factor, levelOfRow: [Int?](repeating: nil, count: rows),
      labels: [String](repeating: "", count: rows), terms: terms)
  }

  /// Levels by their names: one that is none of the model's is new.
  init(_ factor: GroupingFactor, labels: [String], terms: [DesignColumn]) {
    let indices = Dictionary(
      factor.levels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    self.init(factor, levelOfRow: labels.map { indices[$0] }, labels: labels, terms: terms)
  }
}
