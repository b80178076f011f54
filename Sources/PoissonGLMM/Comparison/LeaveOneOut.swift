import GSLNumerics
import PlatformEssentials

extension PoissonMixedModelFit {
  /// The predictive density of each count given all others, without fitting again.
  ///
  /// Given the hyperparameters it follows from the posterior of the row's linear predictor by
  /// taking the count off (`CavityDensity`); over them it is a harmonic mean, as p(y_i | others) is
  /// 1 / E[1 / p(y_i | others, phi)] over the posterior of phi.
  ///
  /// Of a row that is alone in a level of some factor, as all are with an effect for each row, the
  /// count is all that is known of that level's effect, and nothing would be left of a Gaussian
  /// without it: it is left out as a group of its own, see
  /// ``leaveOneGroupOut(_:model:frame:threads:)``.
  /// For families other than Poisson all rows are left out so.
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
    var densities = try Predictor(model, fit: self).map(rows) { row, normals in
      if isAlone.contains(row) { return Double.nan }
      let logs = normals.map {
        cavity.logDensity(of: frame.counts[row], mean: $0.mean, variance: $0.variance)
      }
      return -ParetoSmoothing.logSum(zip(normals, logs).map { log($0.weight) - $1 })
    }
    guard !alone.isEmpty else {
      return HeldOutDensity(logDensities: densities, paretoShapes: [])
    }
    let own = try heldOut(alone.map { [$0] }, model: model, frame: frame, threads: threads)
    for (row, density) in zip(alone, own.logDensities) { densities[row] = density }
    return HeldOutDensity(logDensities: densities, paretoShapes: own.paretoShapes)
  }

  /// The rows that some factor has a level of their own for.
  private static func rowsAlone(in factors: [RandomFactor]) -> [Int] {
    let sizes = factors.map(\.grouping.levelSizes)
    return (factors.first?.grouping.groupOfRow.indices ?? 0..<0).filter { row in
      zip(factors, sizes).contains { $1[$0.grouping.groupOfRow[row]] == 1 }
    }
  }
}
