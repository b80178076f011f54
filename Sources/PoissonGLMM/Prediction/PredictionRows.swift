/// Rows without a count, for which counts are to be predicted: in the order of the model's columns,
/// finite.
public struct PredictionRows: Sendable {
  /// For each row the index of its group in the model's `groupLabels`; nil for a group that the
  /// model has not seen.
  public let groupOfRow: [Int?]
  /// For each row the name of its group.
  public let groupLabels: [String]
  let fixed: [[Double]]
  let random: [[Double]]
  let offset: [Double]?

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
    let indices = Dictionary(
      model.groupLabels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    try self.init(
      model: model, fixed: fixed, random: random, groupOfRow: groupLabels.map { indices[$0] },
      groupLabels: groupLabels, offset: offset)
  }

  init(
    model: PoissonMixedModel, fixed: [DesignColumn], random: [DesignColumn], groupOfRow: [Int?],
    groupLabels: [String], offset: [Double]?
  ) throws(ModelError) {
    for (columns, names, kind) in [
      (fixed, model.fixedNames, "fixed"), (random, model.randomNames, "random"),
    ] where columns.map(\.name) != names {
      throw ModelError(
        "The \(kind) columns of new rows are \(columns.map(\.name).joined(separator: ", ")); "
          + "those of the model are \(names.joined(separator: ", ")).")
    }
    for (name, values) in (fixed + random).map({ ("column '\($0.name)'", $0.values) })
      + (offset.map { [("the offset", $0)] } ?? [])
    {
      guard values.count == groupLabels.count else {
        throw ModelError(
          "There are \(groupLabels.count) groups of new rows but \(name) has \(values.count) "
            + "values."
        )
      }
      try ModelValidation.checkFinite(values, name: name)
    }
    self.groupOfRow = groupOfRow
    self.groupLabels = groupLabels
    self.fixed = fixed.map(\.values)
    self.random = random.map(\.values)
    self.offset = offset
  }
}
