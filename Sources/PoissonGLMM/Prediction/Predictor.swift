import Dispatch
import PlatformEssentials

/// The prediction for one row. mu is its expected count, given its group, with zeros of all kinds.
public struct Prediction: Sendable, Equatable {
  /// The names of the grouping factors of whose levels the row's is one that the model has not
  /// seen. Its random effects are then drawn from their distribution over all levels, N(0, Sigma).
  public let newFactors: [String]
  /// Whether there is such a factor. Without levels of the row's own, as under `typical` and
  /// `average`, there is none.
  public var isNewGroup: Bool { !newFactors.isEmpty }
  /// E mu. nil for a new group, or the average over groups, if more than a tenth of it comes from
  /// the 0.1 % of the posterior with the largest SDs: the mean of a lognormal grows with
  /// exp(SD^2 / 2), so that the mean then depends on the prior more than on the data (for a
  /// posterior of s with the tails of a normal it is even infinite).
  public let mean: Double?
  /// The posterior median of mu.
  public let median: Double
  /// The lower end of the interval that holds mu with probability 1 - alpha, with alpha / 2 on
  /// either side.
  public let lower: Double
  /// The upper end of that interval.
  public let upper: Double
  /// The quantile alpha / 2 of a new count; under `average` of one in a group drawn anew. The
  /// interval from here to `countUpper` holds the count with probability 1 - alpha or, because
  /// counts are discrete, more.
  public let countLower: Double
  /// The quantile 1 - alpha / 2 of a new count.
  public let countUpper: Double
}

/// Predicts counts of new rows, in groups that a model has seen and in others, from the
/// distribution of their linear predictors: a mixture of normals over the posterior's components.
public struct Predictor: Sendable {
  private let source: any LinearPredictorSource
  /// Of the linear predictor in a typical group.
  private let typicalSource: any LinearPredictorSource
  /// What a count's distribution is given its linear predictor; nil for Poisson.
  let counts: CountMixture?

  /// - Parameters:
  ///   - model: the model that was fitted.
  ///   - fit: its fit; under integrated and corrected with `FitOptions.keepsRandomEffects`.
  /// - Throws: `FitError` if the fit is of another model or has not kept the random
  ///   effects.
  public init(_ model: PoissonMixedModel, fit: PoissonMixedModelFit) throws(FitError) {
    guard fit.fixedEffects.map(\.name) == model.fixedNames,
      fit.factors.map(\.termNames) == model.factors.map(\.terms),
      fit.factors.map(\.groupLabels) == model.factors.map(\.levels)
    else { throw FitError("The fit is of another model: its effects have other names.") }
    try self.init(model, posterior: fit.posterior)
  }

  /// - Parameter posterior: that of a fit of `model`.
  init(_ model: PoissonMixedModel, posterior: Posterior) throws(FitError) {
    let components =
      model.factors.isEmpty ? posterior.components : posterior.predictiveComponents
    guard !components.isEmpty else {
      throw FitError(
        "Predictions need what a fit keeps of its posterior only if asked: "
          + "set FitOptions.keepsRandomEffects.")
    }
    counts = CountMixture(model.family, posterior)
    typicalSource = RegressionPredictor(components: components)
    if model.factors.isEmpty {
      source = typicalSource
    } else if let design = model.design {
      source = try GeneralPredictor(design, priors: model.priors, components: components)
    } else {
      source = try OneFactorPredictor(model.data, components: components)
    }
  }

  init(_ source: any LinearPredictorSource) {
    self.source = source
    typicalSource = source
    counts = nil
  }

  /// Predictions for all rows, in their order.
  /// - Parameters:
  ///   - rows: the new rows, of the same model.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  public func predict(
    _ rows: PredictionRows, alpha: Double = 0.05, threads: Int = 1
  ) -> [Prediction] {
    guard rows.groups == .average else {
      return map(rows, threads: threads) { distribution, row in
        Self.prediction(
          distribution, newFactors: rows.newFactors(row), alpha: alpha,
          counts: Self.countInterval(distribution, alpha: alpha))
      }
    }
    // A count is that of some group, drawn anew, not of their average.
    var new = rows
    new.groups = .new
    let counts = map(new, threads: threads) { distribution, _ in
      Self.countInterval(distribution, alpha: alpha)
    }
    guard counts.count == rows.count else { return [] }
    return map(rows, threads: threads) { distribution, row in
      Self.prediction(
        distribution, newFactors: [], isOverGroups: true, alpha: alpha, counts: counts[row])
    }
  }

  private static func countInterval(
    _ distribution: PredictiveDistribution, alpha: Double
  ) -> (lower: Double, upper: Double) {
    (distribution.countQuantile(alpha / 2), distribution.countQuantile(1 - alpha / 2))
  }

  /// The distributions that `predict` summarizes, row by row.
  public func distributions(of rows: PredictionRows) -> [PredictiveDistribution] {
    map(rows, threads: 1) { distribution, _ in distribution }
  }

  /// What `transform` makes of the normals of each row's linear predictor, in the rows' order.
  func map<Result: Sendable>(
    _ rows: PredictionRows, _ transform: (_ row: Int, _ normals: [PredictorNormal]) -> Result
  ) -> [Result] {
    var results = [Result?](repeating: nil, count: rows.count)
    source(of: rows).forEach(Self.order(of: rows)[...], of: rows, until: nil) { row, normals in
      results[row] = transform(row, normals)
    }
    return results.compactMap { $0 }
  }

  /// What `transform` makes of each row's distribution. Rows are taken level by level, so that a
  /// source can compute once what those of a level have in common. Where a `FitLimit` is reached
  /// the other rows are left out.
  func map<Result: Sendable>(
    _ rows: PredictionRows, threads: Int,
    _ transform: @Sendable (PredictiveDistribution, _ row: Int) -> Result
  ) -> [Result] {
    let (source, order) = (source(of: rows), Self.order(of: rows))
    let chunks = max(1, min(threads, order.count))
    let results = ResultStorage<Result>(count: order.count)
    let limit = FitLimit.current
    let counts = counts
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
      let part = order[(order.count * chunk / chunks)..<(order.count * (chunk + 1) / chunks)]
      source.forEach(part, of: rows, until: limit) { row, normals in
        let distribution = PredictiveDistribution(Posterior.marginal(normals), counts: counts)
        results.set(row, to: transform(distribution, row))
      }
    }
    return results.values
  }

  private func source(of rows: PredictionRows) -> any LinearPredictorSource {
    rows.groups == .typical ? typicalSource : source
  }

  /// The rows by their levels of the first factor, those of a level by their levels of the second,
  /// and so on.
  private static func order(of rows: PredictionRows) -> [Int] {
    let levels = rows.factors.map { $0.levelOfRow.map { $0 ?? -1 } }
    return (0..<rows.count).sorted { first, second in
      for factor in levels where factor[first] != factor[second] {
        return factor[first] < factor[second]
      }
      return first < second
    }
  }

  private static func prediction(
    _ distribution: PredictiveDistribution, newFactors: [String], isOverGroups: Bool = false,
    alpha: Double, counts: (lower: Double, upper: Double)
  ) -> Prediction {
    let expected = distribution.expectedCount
    let interval = expected.interval(alpha: alpha)
    let restsOnTail =
      (isOverGroups || !newFactors.isEmpty)
      && tailShare(distribution.linearPredictor, of: 1e-3) > 0.1
    return Prediction(
      newFactors: newFactors, mean: restsOnTail ? nil : expected.mean, median: expected.median,
      lower: interval.lower, upper: interval.upper, countLower: counts.lower,
      countUpper: counts.upper)
  }

  /// The share of E exp(eta) that comes from the normals with the largest expectations, of total
  /// weight `weight`.
  static func tailShare(_ linearPredictor: Marginal, of weight: Double) -> Double {
    let normals = linearPredictor.normals
    let logs = normals.map { $0.mean + 0.5 * $0.variance }
    let peak = logs.max() ?? 0
    let parts = zip(normals, logs).map { (weight: $0.weight, log: $1) }
      .sorted { $0.log > $1.log }
    let total = parts.reduce(0) { $0 + $1.weight * exp($1.log - peak) }
    var left = weight
    var tail = 0.0
    for part in parts where left > 0 {
      tail += min(part.weight, left) * exp(part.log - peak)
      left -= part.weight
    }
    return tail / total
  }
}

extension PoissonMixedModelFit {
  /// Predictions of new rows, in groups that the model has seen and in others: `Predictor` in one
  /// call.
  /// - Parameters:
  ///   - rows: the new rows.
  ///   - model: the model that this is a fit of, with
  ///     `FitOptions.keepsRandomEffects` under integrated and corrected.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  /// - Throws: `FitError` if the fit is of another model or has not kept the random
  ///   effects.
  public func predict(
    _ rows: PredictionRows, model: PoissonMixedModel, alpha: Double = 0.05, threads: Int = 1
  ) throws(FitError) -> [Prediction] {
    try Predictor(model, fit: self).predict(rows, alpha: alpha, threads: threads)
  }
}

/// Room for one result a row, which threads fill at disjoint places.
private final class ResultStorage<Result: Sendable>: @unchecked Sendable {
  private let pointer: UnsafeMutablePointer<Result?>
  private let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: nil, count: max(count, 1))
  }

  deinit {
    pointer.deinitialize(count: max(count, 1))
    pointer.deallocate()
  }

  func set(_ index: Int, to result: Result) { pointer[index] = result }

  var values: [Result] { UnsafeBufferPointer(start: pointer, count: count).compactMap { $0 } }
}
