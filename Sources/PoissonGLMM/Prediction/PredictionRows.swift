/// Rows without a count, for which counts are to be predicted: in the order of the model's columns,
/// finite.
public struct PredictionRows: Sendable {
  /// The number of rows.
  public let count: Int
  /// For each grouping factor of the model the levels of the rows.
  public let factors: [PredictionLevels]
  /// For each row the index of its group in the model's `groupLabels`, those of the first grouping
  /// factor; nil for a group that the model has not seen. Empty in a model without groups.
  public var groupOfRow: [Int?] { factors.first?.levelOfRow ?? [] }
  /// For each row the name of its group; empty in a model without groups.
  public var groupLabels: [String] { factors.first?.labels ?? [] }
  /// The groups to predict them in; only `own` asks for the levels of the rows.
  public var groups = PredictionGroups.own
  package let fixed: [[Double]]
  /// The columns of the random terms, factor after factor.
  var random: [[Double]] { factors.flatMap { $0.terms.map(\.values) } }
  package let offset: [Double]?

  /// The level of a row whose effects are to be those that the model has seen; nil for none.
  func seenLevel(_ row: Int, factor: Int) -> Int? {
    groups.needsLevels ? factors[factor].levelOfRow[row] : nil
  }

  /// The names of the factors whose effects are drawn anew for a row.
  func newFactors(_ row: Int) -> [String] {
    switch groups {
    case .own: factors.filter { $0.levelOfRow[row] == nil }.map(\.name)
    case .new: factors.map(\.name)
    case .typical, .average: []
    }
  }

  /// Rows of a model with one grouping factor.
  /// - Parameters:
  ///   - model: the model that is to predict.
  ///   - fixed: its fixed columns, by the same names and in the same order.
  ///   - random: its random columns likewise.
  ///   - groupLabels: the group of each row; one that is none of the model's is a new group.
  ///   - offset: known terms of the linear predictor; 0 if absent.
  /// - Throws: `ModelError` for the first column or value that is not as described.
  public init(
    model: PoissonMixedModel, fixed: [DesignColumn], random: [DesignColumn],
    groupLabels: [String], offset: [Double]? = nil
  ) throws(ModelError) {
    guard let factor = model.factors.first else {
      throw ModelError("The model has no groups: new rows have none either.")
    }
    try self.init(
      model: model, fixed: fixed,
      levels: [PredictionLevels(factor, labels: groupLabels, terms: random)], offset: offset)
  }

  /// Rows of a model with any number of grouping factors.
  /// - Parameters:
  ///   - model: the model that is to predict.
  ///   - fixed: its fixed columns, by the same names and in the same order.
  ///   - factors: its grouping factors and their terms likewise. Levels are the model's by their
  ///     labels; others are new.
  ///   - offset: known terms of the linear predictor; 0 if absent.
  /// - Throws: `ModelError` for the first column or value that is not as described.
  public init(
    model: PoissonMixedModel, fixed: [DesignColumn], factors: [RandomFactor],
    offset: [Double]? = nil
  ) throws(ModelError) {
    try Self.check(factors.map(\.name), are: model.factors.map(\.name), kind: "grouping factors")
    try self.init(
      model: model, fixed: fixed,
      levels: zip(model.factors, factors).map { own, factor in
        PredictionLevels(
          own, labels: factor.grouping.groupOfRow.map { factor.grouping.labels[$0] },
          terms: factor.terms)
      }, offset: offset)
  }

  /// Rows of a model with one grouping factor, by the indices of their groups.
  init(
    model: PoissonMixedModel, fixed: [DesignColumn], random: [DesignColumn], groupOfRow: [Int?],
    groupLabels: [String], offset: [Double]?
  ) throws(ModelError) {
    guard let factor = model.factors.first else {
      throw ModelError("The model has no groups: new rows have none either.")
    }
    try self.init(
      model: model, fixed: fixed,
      levels: [
        PredictionLevels(factor, levelOfRow: groupOfRow, labels: groupLabels, terms: random)
      ], offset: offset)
  }

  /// - Parameter levels: one a grouping factor of the model.
  init(
    model: PoissonMixedModel, fixed: [DesignColumn], levels: [PredictionLevels],
    offset: [Double]?
  ) throws(ModelError) {
    try Self.check(levels.map(\.name), are: model.factors.map(\.name), kind: "grouping factors")
    try Self.check(fixed.map(\.name), are: model.fixedNames, kind: "fixed columns")
    for (own, factor) in zip(levels, model.factors) {
      let kind =
        levels.count > 1 ? "random columns of '\(factor.name)'" : "random columns"
      try Self.check(own.terms.map(\.name), are: factor.terms, kind: kind)
    }
    let rows = levels.first?.labels.count ?? fixed.first?.values.count ?? offset?.count ?? 0
    let columns = fixed + levels.flatMap(\.terms)
    for (name, values) in columns.map({ ("column '\($0.name)'", $0.values) })
      + (offset.map { [("the offset", $0)] } ?? [])
    {
      guard values.count == rows else {
        throw ModelError("There are \(rows) new rows but \(name) has \(values.count) values.")
      }
      try ModelValidation.checkFinite(values, name: name)
    }
    for other in levels where other.labels.count != rows {
      throw ModelError(
        "There are \(rows) new rows but the grouping '\(other.name)' has "
          + "\(other.labels.count) values.")
    }
    count = rows
    factors = levels
    self.fixed = fixed.map(\.values)
    self.offset = offset
  }

  private static func check(
    _ names: [String], are expected: [String], kind: String
  ) throws(ModelError) {
    guard names != expected else { return }
    throw ModelError(
      "The \(kind) of new rows are \(names.joined(separator: ", ")); those of the model are "
        + "\(expected.joined(separator: ", ")).")
  }
}
