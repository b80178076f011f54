import GSLNumerics
import PlatformEssentials

extension PoissonMixedModelFit {
  /// The predictive density of each group's counts given those of all other groups, without fitting
  /// again: Pareto-smoothed importance sampling over draws of theta from the posterior,
  ///
  ///     p(y_g | others) = 1 / E[1 / p(y_g | theta)]
  ///
  /// theta has the fixed effects, the hyperparameters, and the effects of levels that have rows in
  /// other groups too, as of a factor that is crossed with the groups. The effects of the group
  /// itself and of levels nested in it are integrated out: by quadrature where they are one level's
  /// and independent, by the corrected bound of the evidence otherwise.
  /// - Parameters:
  ///   - groups: the group of each row of the frame. The groups need not be those of a factor of
  ///     the model.
  ///   - model: the model that this is a fit of, with `FitOptions.keepsRandomEffects` under
  ///     integrated and corrected.
  ///   - frame: the frame that the model is of.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  /// - Throws: `FitError` if the fit has not kept the random effects, or a density is beyond the
  ///   range of numbers.
  public func leaveOneGroupOut(
    _ groups: Grouping, model: PoissonMixedModel, frame: ModelFrame, threads: Int = 1
  ) throws(FitError) -> HeldOutDensity {
    try heldOut(groups.rowsOfGroups, model: model, frame: frame, threads: threads)
  }

  /// The same of any sets of rows.
  func heldOut(
    _ rows: [[Int]], model: PoissonMixedModel, frame: ModelFrame, threads: Int
  ) throws(FitError) -> HeldOutDensity {
    let levelSizes = frame.factors.map(\.grouping.levelSizes)
    let heldOut = rows.map {
      HeldOutGroup(
        $0, frame: frame, levelSizes: levelSizes, priors: model.priors, family: model.family)
    }
    let draws = try heldOutDraws(
      model, count: Self.drawCount(heldOut, rows: model.rowCount),
      withEffects: heldOut.contains(where: \.hasSeenEffects))
    var pool = WorkerPool<Void>()
    let outcomes = try pool.run(
      count: heldOut.count, threads: threads, makeWorkspace: { () throws(FitError) in },
      body: { _, group in
        Result { () throws(FitError) in try heldOut[group].logDensities(draws) }
      })
    return try Self.smoothed(outcomes)
  }

  /// 1 / E[1 / p] from log p at each draw.
  private static func smoothed(
    _ outcomes: [Result<[Double], FitError>]
  ) throws(FitError) -> HeldOutDensity {
    var (densities, shapes): ([Double], [Double]) = ([], [])
    for outcome in outcomes {
      let logs = try outcome.get()
      let smoothed = ParetoSmoothing(logRatios: logs.map { -$0 })
      densities.append(smoothed.logMean(logs))
      shapes.append(smoothed.shape)
    }
    return HeldOutDensity(logDensities: densities, paretoShapes: shapes)
  }

  /// The predictive density of some rows, each given all others, with the effects of one level that
  /// has the row integrated out,
  ///
  ///     p(y_i | others, theta) = p(y_g | theta) / p(y_g without y_i | theta)
  ///
  /// of the level's rows g, so that theta has none of the effects that y_i says much of.
  /// - Parameter levels: the rows of the level that each of `rows` is in.
  func heldOut(
    _ rows: [Int], within levels: [[Int]], model: PoissonMixedModel, frame: ModelFrame,
    threads: Int
  ) throws(FitError) -> HeldOutDensity {
    let levelSizes = frame.factors.map(\.grouping.levelSizes)
    let whole = levels.map {
      HeldOutGroup(
        $0, frame: frame, levelSizes: levelSizes, priors: model.priors, family: model.family)
    }
    let rest = zip(rows, levels).map { row, level in
      // Levels that lie within this one still do without the row.
      var sizes = levelSizes
      for (index, factor) in frame.factors.enumerated() {
        sizes[index][factor.grouping.groupOfRow[row]] -= 1
      }
      return HeldOutGroup(
        level.filter { $0 != row }, frame: frame, levelSizes: sizes, priors: model.priors,
        family: model.family)
    }
    let draws = try heldOutDraws(
      model, count: Self.drawCount(whole, rows: 2 * levels.reduce(0) { $0 + $1.count }),
      withEffects: whole.contains(where: \.hasSeenEffects))
    var pool = WorkerPool<Void>()
    let outcomes = try pool.run(
      count: rows.count, threads: threads, makeWorkspace: { () throws(FitError) in },
      body: { _, index in
        Result { () throws(FitError) in
          zip(try whole[index].logDensities(draws), try rest[index].logDensities(draws)).map(-)
        }
      })
    return try Self.smoothed(outcomes)
  }

  /// As many as take some seconds, and enough for a tail.
  private static func drawCount(_ groups: [HeldOutGroup], rows: Int) -> Int {
    let work = groups.contains(where: \.isGeneral) ? 100_000 : 2_000_000
    return min(4000, max(400, work / max(rows, 1)))
  }

  /// Draws of theta, the same ones every time.
  private func heldOutDraws(
    _ model: PoissonMixedModel, count: Int, withEffects: Bool
  ) throws(FitError) -> [HeldOutGroup.Draw] {
    let parameters = ParameterDraws(posterior)
    guard withEffects else {
      return try parameters.draws(count: count).map {
        HeldOutGroup.Draw(parameters: $0, randomEffects: [])
      }
    }
    let effects = try SeenEffects(model, posterior: posterior)
    let stream = try ParameterDraws.stream()
    let kept = posterior.components.indices.filter {
      !posterior.components[$0].gaussian.randomMean.isEmpty
    }
    var draws: [HeldOutGroup.Draw] = []
    var passed = 0.0
    for (place, component) in effects.components.enumerated() {
      // Components have their shares of the draws, in their order.
      passed += component.weight
      let isLast = place == effects.components.count - 1
      let end = isLast ? count : min(count, Int((passed * Double(count) + 0.5).rounded(.down)))
      guard draws.count < end else { continue }
      let sampler = effects.sampler(ofComponent: place)
      while draws.count < end {
        let (fixed, random) = sampler.draw(from: stream)
        let values = effects.values(fixed, random)
        draws.append(
          HeldOutGroup.Draw(
            parameters: parameters.draw(
              values.fixedEffects, ofComponent: kept[place], from: stream),
            randomEffects: values.randomEffects))
      }
    }
    return draws
  }
}
