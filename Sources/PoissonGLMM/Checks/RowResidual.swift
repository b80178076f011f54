import Dispatch
import GSLNumerics
import PlatformEssentials

/// How far a count is from what a fit says of it.
public struct RowResidual: Sendable, Equatable {
  /// y.
  public let observed: Double
  /// E mu given the data: the expected count in the row's own groups.
  public let fitted: Double
  /// y - E mu.
  public var response: Double { observed - fitted }
  /// The standard deviation of a count whose mean is E mu: sqrt(E mu) for Poisson.
  public let standardDeviation: Double
  /// (y - E mu) over the standard deviation of such a count.
  public var pearson: Double { response / standardDeviation }
  /// The randomized quantile residual (Dunn & Smyth 1996) in the row's own groups, given all other
  /// rows: standard normal where the model holds.
  public let quantile: Double
  /// The same in new groups, whose random effects are drawn anew. Those of one group have a random
  /// effect in common, and are standard normal but not independent.
  public let newGroupQuantile: Double
}

extension PoissonMixedModel {
  /// Residuals of all rows, in the order of the data.
  ///
  /// A quantile residual is that of u = P(Y < y) + V P(Y = y) with V uniform, where Y has its
  /// predictive distribution: exact Poisson probabilities averaged over that of the linear
  /// predictor. For the row's own groups that distribution is taken without what the row itself
  /// says: with e = E mu and the mean m and variance v of a normal of the posterior, the row's
  /// share e of the precision and its part of the mean are taken out,
  ///
  ///     v_c = v / (1 - e v)      m_c = m - v_c (y - e)
  ///
  /// and for other families with -E l'' for e and E l' for y - e.
  ///
  /// Of a row that is alone in a level of some factor, as all are with an effect for each row, the
  /// count is all that is known of that level's effect, and nothing would be left of it: the level
  /// counts as new.
  ///
  /// V is found by the data, so that the same data give the same residuals.
  /// - Parameters:
  ///   - fit: a fit of this model, with `FitOptions.keepsRandomEffects`.
  ///   - threads: how many to use; the results have the same bits whatever it is.
  /// - Throws: `FitError` as `Predictor` does, or if there is no memory or no more time.
  public func residuals(
    of fit: PoissonMixedModelFit, threads: Int = 1
  ) throws(FitError) -> [RowResidual] {
    let predictor = try Predictor(self, fit: fit)
    let rows = try ownRows { _ in false }
    let newRows = try ownRows { _ in true }
    let counts = ownCounts
    let uniforms = try uniforms(counts)
    let own = predictor.map(rows, threads: threads) { distribution, row in
      let family = distribution.counts
      let left = PredictiveDistribution(
        distribution.linearPredictor.without(count: counts[row], family), counts: family)
      let fitted = distribution.expectedCount.mean
      let variance = family.map { $0.moments(rate: fitted / (1 - $0.zeroShare)).variance }
      return (
        fitted: fitted, sd: (variance ?? fitted).squareRoot(),
        quantile: left.quantileResidual(counts[row], uniform: uniforms.own[row])
      )
    }
    let rowsLeftOut = try ownRows { $0 == 1 }
    let isAlone = counts.indices.map { !rowsLeftOut.newFactors($0).isEmpty }
    let alone =
      isAlone.contains(true)
      ? predictor.map(rowsLeftOut, threads: threads) { distribution, row in
        isAlone[row]
          ? distribution.quantileResidual(counts[row], uniform: uniforms.own[row]) : nil
      } : counts.map { _ in nil }
    let new = predictor.map(newRows, threads: threads) { distribution, row in
      distribution.quantileResidual(counts[row], uniform: uniforms.new[row])
    }
    // Rows beyond a limit have been left out.
    try FitLimit.check()
    return counts.indices.map {
      RowResidual(
        observed: counts[$0], fitted: own[$0].fitted, standardDeviation: own[$0].sd,
        quantile: alone[$0] ?? own[$0].quantile,
        newGroupQuantile: new[$0])
    }
  }

  /// The rows of the model's own data, in their order.
  /// - Parameter isNew: whether a level with so many rows counts as one that the fit has not seen.
  private func ownRows(isNew: (_ size: Int) -> Bool) throws(FitError) -> PredictionRows {
    let design = design ?? DesignData(data, factor: factors.first)
    let places = self.design == nil ? Self.inverse(data.rowOrder) : Array(design.counts.indices)
    func column(_ name: String, _ values: [Double]) -> DesignColumn {
      DesignColumn(name: name, values: places.map { values[$0] })
    }
    do {
      return try PredictionRows(
        model: self, fixed: zip(fixedNames, design.fixed).map(column),
        levels: zip(factors, design.factors).map { factor, own in
          let levels = places.map { own.grouping.groupOfRow[$0] }
          let sizes = own.grouping.levelSizes
          return PredictionLevels(
            factor, levelOfRow: levels.map { isNew(sizes[$0]) ? nil : $0 },
            labels: levels.map { factor.levels[$0] },
            terms: own.terms.map { column($0.name, $0.values) })
        }, offset: places.map { design.offset[$0] })
    } catch {
      throw FitError(error.description)
    }
  }

  /// The counts in the order of the data.
  private var ownCounts: [Double] {
    if let design { return design.counts }
    return Self.inverse(data.rowOrder).map { data.counts.pointer[$0] }
  }

  private static func inverse(_ order: [Int32]) -> [Int] {
    var places = [Int](repeating: 0, count: order.count)
    for (place, row) in order.enumerated() { places[Int(row)] = place }
    return places
  }

  private func uniforms(_ counts: [Double]) throws(FitError) -> (own: [Double], new: [Double]) {
    do {
      let stream = try RandomStream(
        seed: CheckRows.checksum(counts), scenario: "residuals", replicate: 0,
        purpose: .modelChecks)
      return (counts.map { _ in stream.uniform() }, counts.map { _ in stream.uniform() })
    } catch {
      throw FitError("The residuals need random numbers: \(error)")
    }
  }
}

extension Marginal {
  /// The distribution of a row's linear predictor without what the row's count says of it.
  fileprivate func without(count: Double, _ family: CountMixture?) -> Marginal {
    Posterior.marginal(
      normals.map { weight, mean, variance in
        if let family {
          let (first, precision) = family.slopes(count, mean: mean, variance: variance)
          let share = min(precision * variance, RowResidual.largestShare)
          let left = variance / (1 - share)
          return (weight, mean - left * first, left)
        }
        let expected = exp(mean + 0.5 * variance)
        let share = min(expected * variance, RowResidual.largestShare)
        let left = variance / (1 - share)
        return (weight, mean - left * (count - expected), left)
      })
  }
}

extension RowResidual {
  /// The most of what is known of a row's linear predictor that the row itself may have said. With
  /// the covariances of linear response its share may exceed 1 on sparse counts.
  fileprivate static let largestShare = 0.95
}

extension PredictiveDistribution {
  /// The normal score of u = P(Y < y) + V P(Y = y), within the range of doubles.
  fileprivate func quantileResidual(_ count: Double, uniform: Double) -> Double {
    let below = countProbability(atMost: count - 1)
    let u = below + uniform * (countProbability(atMost: count) - below)
    return NormalDistribution.quantile(min(max(u, 1e-300), 1 - 0x1p-53))
  }
}
