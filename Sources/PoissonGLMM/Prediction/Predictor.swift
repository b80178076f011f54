import Dispatch
import Foundation
import GSLNumerics

/// The prediction for one row. mu is its expected count, given its group.
public struct Prediction: Sendable, Equatable {
  /// Whether the group is one that the model has not seen, whose random effects are then drawn from
  /// N(0, exp(2 s)).
  public let isNewGroup: Bool
  /// E mu. nil for a new group if more than a tenth of it comes from the 0.1 % of the posterior
  /// with the largest SDs: the mean of a lognormal grows with exp(SD^2 / 2), so that the mean then
  /// depends on the prior more than on the data (for a posterior of s with the tails of a normal it
  /// is even infinite).
  public let mean: Double?
  /// The posterior median of mu.
  public let median: Double
  /// The lower end of the interval that holds mu with probability 1 - alpha, with alpha / 2 on
  /// either side.
  public let lower: Double
  /// The upper end of that interval.
  public let upper: Double
  /// The quantile alpha / 2 of a new count. The interval from here to `countUpper` holds the count
  /// with probability 1 - alpha or, because counts are discrete, more.
  public let countLower: Double
  /// The quantile 1 - alpha / 2 of a new count.
  public let countUpper: Double
}

/// Predicts counts of new rows, in groups that a model has seen and in others.
///
/// Given the log SDs s the linear predictor eta = o + x'b + z'u is normal. In a known group its
/// variance includes the dependence between b and u_j; in a new group u ~ N(0, diag(exp(2 s))).
/// Over s it is a mixture: under integrated and corrected over the points of the quadrature, under
/// mean-field and structured, in a new group, over a Gauss-Hermite rule for the normal posterior of
/// s.
public struct Predictor: Sendable {
  private let model: PoissonMixedModel
  private let components: [Posterior.Component]
  /// The values that the variances of a new group's effects take, by term, with their weights and
  /// components.
  private let newGroups: [NewGroup]

  private struct NewGroup {
    let weight: Double
    let component: Int
    let variances: [Double]
  }

  /// About the most points of a rule over the log SDs of a new group under mean-field and
  /// structured.
  private static let maximumPoints = 1000.0

  /// - Parameters:
  ///   - model: the model that was fitted.
  ///   - fit: its fit; under integrated and corrected with `FitOptions.keepsRandomEffects`.
  /// - Throws: `FitError` if the fit is of another model or has not kept the random
  ///   effects.
  public init(_ model: PoissonMixedModel, fit: PoissonMixedModelFit) throws(FitError) {
    components = fit.posterior.predictiveComponents
    guard !components.isEmpty else {
      throw FitError(
        "Predictions need what a fit keeps of its posterior only if asked: "
          + "set FitOptions.keepsRandomEffects.")
    }
    guard fit.fixedEffects.map(\.name) == model.fixedNames,
      fit.randomEffects.termNames == model.randomNames,
      fit.randomEffects.groupLabels == model.groupLabels
    else { throw FitError("The fit is of another model: its effects have other names.") }
    self.model = model
    var newGroups: [NewGroup] = []
    for (index, component) in components.enumerated() {
      for (weight, logSDs) in try Self.points(of: component.gaussian) {
        newGroups.append(
          NewGroup(
            weight: component.weight * weight, component: index,
            variances: logSDs.map { exp(2 * $0) }))
      }
    }
    self.newGroups = newGroups
  }

  /// A product rule for the normal distribution of a component's log SDs; a single point where they
  /// are given.
  private static func points(
    of gaussian: GaussianPosterior
  ) throws(FitError) -> [(weight: Double, logSDs: [Double])] {
    guard gaussian.logSDVariance.contains(where: { $0 > 0 }) else {
      return [(1, gaussian.logSDMean)]
    }
    let dimensions = Double(gaussian.logSDMean.count)
    let perDimension = Int(min(15, max(1, pow(maximumPoints, 1 / dimensions).rounded(.down))))
    let rule: GaussHermiteRule
    do {
      rule = try GaussHermiteRule(points: perDimension)
    } catch {
      throw FitError("Predictions need a quadrature rule: \(error)")
    }
    var points = [(weight: 1.0, logSDs: [Double]())]
    for (mean, variance) in zip(gaussian.logSDMean, gaussian.logSDVariance) {
      points = points.flatMap { point in
        zip(rule.nodes, rule.weights).map { node, weight in
          (
            point.weight * weight / Double.pi.squareRoot(),
            point.logSDs + [mean + (2 * variance).squareRoot() * node]
          )
        }
      }
    }
    return points
  }

  /// Predictions for all rows, in their order.
  /// - Parameters:
  ///   - rows: the new rows, of the same model.
  ///   - alpha: intervals hold a probability of 1 - alpha.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  public func predict(
    _ rows: PredictionRows, alpha: Double = 0.05, threads: Int = 1
  ) -> [Prediction] {
    map(rows, threads: threads) { distribution, isNewGroup in
      Self.prediction(distribution, isNewGroup: isNewGroup, alpha: alpha)
    }
  }

  /// The distributions that `predict` summarizes, row by row.
  public func distributions(of rows: PredictionRows) -> [PredictiveDistribution] {
    map(rows, threads: 1) { distribution, _ in distribution }
  }

  /// Rows are taken group by group, so that what a group's rows have in common is computed once.
  private func map<Result: Sendable>(
    _ rows: PredictionRows, threads: Int,
    _ transform: @Sendable (PredictiveDistribution, _ isNewGroup: Bool) -> Result
  ) -> [Result] {
    let order = rows.groupOfRow.indices.sorted {
      (rows.groupOfRow[$0] ?? -1, $0) < (rows.groupOfRow[$1] ?? -1, $1)
    }
    let chunks = max(1, min(threads, order.count))
    let results = ResultStorage<Result>(count: order.count)
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
      let part = order[(order.count * chunk / chunks)..<(order.count * (chunk + 1) / chunks)]
      var regressions: (group: Int, values: [GroupRegression])?
      for row in part {
        let group = rows.groupOfRow[row]
        if let group, regressions?.group != group {
          regressions = (
            group, components.map { GroupRegression(group: group, of: model.data, $0.gaussian) }
          )
        }
        let normals =
          group.map { known(rows, row, group: $0, regressions?.values ?? []) } ?? new(rows, row)
        let distribution = PredictiveDistribution(Posterior.marginal(normals))
        results.set(row, to: transform(distribution, group == nil))
      }
    }
    return results.values
  }

  /// The normals of eta for a row of a known group.
  private func known(
    _ rows: PredictionRows, _ row: Int, group: Int, _ regressions: [GroupRegression]
  ) -> [(weight: Double, mean: Double, variance: Double)] {
    let x = rows.fixed.map { $0[row] }
    let z = rows.random.map { $0[row] }
    return zip(components, regressions).map { component, regression in
      var mean = fixedPart(rows, row, x, component)
      for k in z.indices { mean += z[k] * component.gaussian.randomMean[group * z.count + k] }
      return (
        component.weight, mean,
        regression.variance(x: x, z: z, fixedCovariance: component.gaussian.fixedCovariance)
      )
    }
  }

  /// The normals of eta for a row of a new group.
  private func new(
    _ rows: PredictionRows, _ row: Int
  ) -> [(weight: Double, mean: Double, variance: Double)] {
    let x = rows.fixed.map { $0[row] }
    let z = rows.random.map { $0[row] }
    let fixed = components.map {
      (mean: fixedPart(rows, row, x, $0), variance: $0.gaussian.fixedCovariance.quadraticForm(x))
    }
    return newGroups.map { group in
      var variance = fixed[group.component].variance
      for (z, own) in zip(z, group.variances) { variance += z * z * own }
      return (group.weight, fixed[group.component].mean, variance)
    }
  }

  private func fixedPart(
    _ rows: PredictionRows, _ row: Int, _ x: [Double], _ component: Posterior.Component
  ) -> Double {
    zip(x, component.gaussian.fixedMean).reduce(rows.offset?[row] ?? 0) { $0 + $1.0 * $1.1 }
  }

  private static func prediction(
    _ distribution: PredictiveDistribution, isNewGroup: Bool, alpha: Double
  ) -> Prediction {
    let expected = distribution.expectedCount
    let interval = expected.interval(alpha: alpha)
    let restsOnTail = isNewGroup && tailShare(distribution.linearPredictor, of: 1e-3) > 0.1
    return Prediction(
      isNewGroup: isNewGroup, mean: restsOnTail ? nil : expected.mean, median: expected.median,
      lower: interval.lower, upper: interval.upper,
      countLower: distribution.countQuantile(alpha / 2),
      countUpper: distribution.countQuantile(1 - alpha / 2))
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
