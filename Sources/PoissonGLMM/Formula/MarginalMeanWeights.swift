/// What the estimated marginal means of a factor are made of: for each level the average of the
/// linear predictor over a grid of rows, in which the other factors' levels weigh the same and
/// covariates are at their means. Random effects are 0: those of a typical group.
public struct MarginalMeanWeights: Sendable, Equatable {
  /// The name of the column.
  public let factor: String
  /// Its levels, in the order of the factor.
  public let levels: [String]
  /// The mean of level k is `offsets[k]` + w'b with w = `weights[k]`.
  public let weights: [[Double]]
  /// The average of the offset over the rows of the fit, 0 without one.
  public let offsets: [Double]
  /// The names of the covariates that were held at their means.
  public let covariates: [String]
  /// Their means.
  public let covariateMeans: [Double]
}

extension ModelFrame {
  /// The weights of the estimated marginal means of a factor.
  /// - Parameter name: a column of the data that the fixed effects use: of text, in `factor()`, or
  ///   of numbers with two values.
  /// - Throws: `ModelError` if it is no such column, or the grid has too many rows.
  public func marginalMeanWeights(of name: String) throws(ModelError) -> MarginalMeanWeights {
    var columns: [String] = []
    for request in formula.fixed.columnRequests where !columns.contains(request.name) {
      columns.append(request.name)
    }
    let grid = try ReferenceGrid(columns, frame: self)
    guard let factor = grid.factors.first(where: { $0.name == name }),
      let levelOfRow = grid.levels(ofFactor: name)
    else { throw noFactor(name, grid) }
    let rows = try grid.rows()
    let design = try fixedColumns(of: rows)
    let offset = (offset ?? []).reduce(0, +) / Double(counts.count)
    let rowsOfLevel = Double(rows.count) / Double(factor.levels.count)
    func averages(_ values: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: factor.levels.count)
      for (level, value) in zip(levelOfRow, values) { sums[level] += value }
      return sums.map { $0 / rowsOfLevel }
    }
    let means = design.map { averages($0.values) }
    let covariates = grid.covariates
    return MarginalMeanWeights(
      factor: name, levels: factor.levels,
      weights: factor.levels.indices.map { level in means.map { $0[level] } },
      offsets: factor.levels.map { _ in offset },
      covariates: covariates.map(\.name), covariateMeans: covariates.map(\.mean))
  }

  private func noFactor(_ name: String, _ grid: ReferenceGrid) -> ModelError {
    if grid.covariates.contains(where: { $0.name == name }) {
      return ModelError(
        "Column \(quoted(name)) has more than two numbers and is a covariate of this formula: "
          + "means are those of a factor's levels, as factor(\(name)) makes it.")
    }
    let names = grid.factors.map(\.name)
    let hint = nearestName(to: name, among: names).map { " (did you mean '\($0)'?)" } ?? ""
    let known =
      names.isEmpty
      ? "there is no factor among them" : "their factors are \(listed(names.map(quoted)))"
    return ModelError(
      "The fixed effects of the formula use no factor \(quoted(name))\(hint); \(known).")
  }
}
