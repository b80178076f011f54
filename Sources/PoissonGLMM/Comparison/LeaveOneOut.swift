import GSLNumerics
import PlatformEssentials

extension PoissonMixedModelFit {
  /// The predictive density of each count given all others, without fitting again.
  ///
  /// Given the hyperparameters it follows from the posterior of the row's linear predictor by
  /// taking the count off (`CavityDensity`); over them it is a harmonic mean, as p(y_i | others) is
  /// 1 / E[1 / p(y_i | others, phi)] over the posterior of phi.
  ///
  /// Where a count says much of its own linear predictor, as in levels of few rows, that posterior
  /// is not quite Gaussian. The effects of one level of the row are then integrated out, and the
  /// rest is Pareto-smoothed importance sampling, with a shape for each such row. So it is for a
  /// row that is alone in a level of some factor, as all are with an effect for each row: of that
  /// level's effect nothing else is known. Where the shape is still too large a level of more rows
  /// is taken.
  /// For families other than Poisson all rows are left out as groups of their own, see
  /// ``leaveOneGroupOut(_:model:frame:threads:)``.
  /// - Parameters:
  ///   - model: the model that this is a fit of, with `FitOptions.keepsRandomEffects` under
  ///     integrated and corrected.
  ///   - frame: the frame that the model is of.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  /// - Throws: `FitError` if the fit cannot predict.
  public func leaveOneOut(
    _ model: PoissonMixedModel, frame: ModelFrame, threads: Int = 1
  ) throws(FitError) -> HeldOutDensity {
    guard model.family == .poisson else {
      return try heldOut(
        (0..<model.rowCount).map { [$0] }, model: model, frame: frame, threads: threads)
    }
    let rows: PredictionRows
    do {
      rows = try PredictionRows(
        model: model, fixed: frame.fixed, factors: frame.factors, offset: frame.offset)
    } catch {
      throw FitError(error.description)
    }
    let alone = Self.rowsAlone(in: frame.factors)
    let isAlone = Set(alone)
    let cavity = try CavityDensity()
    let known = try Predictor(model, fit: self).map(rows) { row, normals -> (Double, Double) in
      if isAlone.contains(row) { return (.nan, 1) }
      let found = normals.map {
        cavity.density(of: frame.counts[row], mean: $0.mean, variance: $0.variance)
      }
      return (
        -ParetoSmoothing.logSum(zip(normals, found).map { log($0.weight) - $1.log }),
        zip(normals, found).reduce(0) { $0 + $1.0.weight * $1.1.share }
      )
    }
    var densities = known.map(\.0)
    // Of several factors the effects of one only would be integrated out, and sampling the others
    // has a larger error than the cavity.
    let telling = densities.indices.filter {
      known[$0].1 > Self.largestShare && !isAlone.contains($0) && frame.factors.count < 2
    }
    guard !(alone.isEmpty && telling.isEmpty) else {
      return HeldOutDensity(logDensities: densities, paretoShapes: [])
    }
    var shapes = densities.map { _ in Double.nan }
    func take(_ found: HeldOutDensity, of rows: [Int]) {
      for (place, row) in rows.enumerated() where !(found.paretoShapes[place] > shapes[row]) {
        densities[row] = found.logDensities[place]
        shapes[row] = found.paretoShapes[place]
      }
    }
    if !alone.isEmpty {
      take(
        try heldOut(alone.map { [$0] }, model: model, frame: frame, threads: threads), of: alone)
    }
    let doubtful = alone.filter { shapes[$0] > HeldOutDensity.largestTrusted }
    let levels = SmallestLevels(frame.factors)
    for rows in [telling, doubtful] {
      let known = rows.compactMap { row in levels.rows(with: row).map { (row: row, level: $0) } }
      if !known.isEmpty {
        take(
          try heldOut(
            known.map(\.row), within: known.map(\.level), model: model, frame: frame,
            threads: threads), of: known.map(\.row))
      }
    }
    // Without levels, or with large ones only, the row is left out by itself.
    let left = telling.filter { shapes[$0].isNaN }
    if !left.isEmpty {
      take(try heldOut(left.map { [$0] }, model: model, frame: frame, threads: threads), of: left)
    }
    return HeldOutDensity(logDensities: densities, paretoShapes: shapes)
  }

  /// Up to this share of the precision single densities are within 0.02, of moderate counts, of
  /// what fits without the row say.
  private static let largestShare = 0.25

  /// The rows that some factor has a level of their own for.
  private static func rowsAlone(in factors: [RandomFactor]) -> [Int] {
    let sizes = factors.map(\.grouping.levelSizes)
    return (factors.first?.grouping.groupOfRow.indices ?? 0..<0).filter { row in
      zip(factors, sizes).contains { $1[$0.grouping.groupOfRow[row]] == 1 }
    }
  }
}

/// For each row the smallest of the levels that it shares with others.
private struct SmallestLevels {
  private let factors: [RandomFactor]
  private let rowsOfLevels: [[[Int]]]

  /// Integrals over larger levels take too long for what they would add.
  private static let mostRows = 30

  init(_ factors: [RandomFactor]) {
    self.factors = factors
    rowsOfLevels = factors.map(\.grouping.rowsOfGroups)
  }

  /// The rows of the level; nil if there is none that is small enough.
  func rows(with row: Int) -> [Int]? {
    zip(factors, rowsOfLevels).map { $1[$0.grouping.groupOfRow[row]] }
      .filter { (2...Self.mostRows).contains($0.count) }
      .min { $0.count < $1.count }
  }
}
