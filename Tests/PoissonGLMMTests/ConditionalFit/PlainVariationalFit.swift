import Foundation
import GSLNumerics

@testable import PoissonGLMM

/// Both approximations written out with dense matrices and no concern for cost: what the fast path
/// must equal.
///
/// A = [X Z] is n x d with d = p + G q, effects after fixed columns. Natural-gradient steps
/// alternate with the optimum of q(s); a step that lowers the bound is halved. S is inverted by
/// GSL's dense Cholesky.
struct PlainVariationalFit {
  var mean: [Double]
  var variances: [Double]
  var logSDs: [LogSDPosterior] = []
  var bound = -Double.infinity

  private let rows: Int
  private let dimension: Int
  private let fixedCount: Int
  private let design: [[Double]]
  private let counts: [Double]
  private let offset: [Double]
  /// Variance component of each column of A; nil for a fixed effect.
  private let component: [Int?]
  private let componentCount: Int
  private let priors: Priors
  private let isMeanField: Bool

  init(_ source: RandomDesign, approximation: Approximation, priors: Priors = Priors()) throws {
    let grouping = Grouping(labels: source.labels)
    rows = source.counts.count
    fixedCount = source.fixed.count
    componentCount = source.random.count
    dimension = fixedCount + grouping.count * componentCount
    counts = source.counts
    offset = source.offset ?? [Double](repeating: 0, count: rows)
    self.priors = priors
    isMeanField = approximation == .meanField
    component =
      [Int?](repeating: nil, count: fixedCount)
      + (0..<(grouping.count * componentCount)).map { $0 % source.random.count }
    var design: [[Double]] = []
    for row in source.counts.indices {
      var values = source.fixed.map { $0.values[row] }
      var effects = [Double](repeating: 0, count: grouping.count * source.random.count)
      for (k, term) in source.random.enumerated() {
        effects[grouping.groupOfRow[row] * source.random.count + k] = term.values[row]
      }
      values += effects
      design.append(values)
    }
    self.design = design
    mean = []
    variances = []
  }

  /// How far a fit is from a point that satisfies the optimum's equations, all computed here from
  /// its means alone.
  struct Departure {
    /// The largest element of P^-1 times the gradient, in posterior SDs.
    var newtonStep = 0.0
    /// The largest relative error of an SD.
    var standardDeviation = 0.0
    /// The largest error of a log SD's mean.
    var logSD = 0.0
    /// The error of the bound.
    var bound = 0.0
    /// The rounding error of the dense inverse, relative: machine precision times d times the
    /// largest P_dd S_dd, how much less of an effect is known than with all others held.
    var rounding = 0.0
  }

  /// Holds the fit's means, finds the S and q(s) that belong to them, and compares; nil if they are
  /// not found.
  func departure(of fit: PoissonMixedModelFit) throws -> Departure? {
    let mean = fit.fixedEffects.map(\.marginal.mean) + fit.randomEffects.means
    let sds =
      fit.fixedEffects.map(\.marginal.standardDeviation) + fit.randomEffects.standardDeviations
    var logSDs = fit.logStandardDeviations.enumerated().map { component, _ in
      let squares = zip(mean, sds).enumerated().reduce(0.0) { sum, element in
        let (index, (m, sd)) = element
        return self.component[index] == component ? sum + m * m + sd * sd : sum
      }
      return LogSDPosterior(
        sumOfSquares: squares, effects: Double(effects(of: component)), priorSD: priors.logSDSD)
    }
    // S^-1 = P(e(S)), by damped steps, until S and q(s) no longer move.
    var precision = precisionMatrix(counts.map { $0 + 0.5 }, logSDs)
    var fraction = 0.5
    var (change, isSettled) = (Double.infinity, false)
    for _ in 0..<2_000 where !isSettled {
      let evaluation = try evaluate(mean, precision)
      logSDs = evaluation.logSDs
      let target = precisionMatrix(evaluation.rates, logSDs)
      let previous = change
      change = (0..<dimension).reduce(0) { largest, d in
        max(largest, (target[d * dimension + d] / precision[d * dimension + d] - 1).magnitude)
      }
      // Where variances are large, half steps go round in circles.
      if !(change < previous) { fraction = max(0.7 * fraction, 0.01) }
      precision = zip(precision, target).map { $0 + fraction * ($1 - $0) }
      isSettled = change < 1e-11
    }
    guard isSettled else { return nil }
    let evaluation = try evaluate(mean, precision)
    let variances = try self.variances(of: precision).variances
    let step = try Cholesky(precisionMatrix(evaluation.rates, evaluation.logSDs), order: dimension)
      .solve(gradient(mean, evaluation.rates, evaluation.logSDs))
    var departure = Departure()
    for (index, variance) in variances.enumerated() {
      let sd = variance.squareRoot()
      departure.rounding = max(
        departure.rounding,
        .ulpOfOne * Double(dimension) * precision[index * (dimension + 1)] * variance)
      departure.newtonStep = max(departure.newtonStep, step[index].magnitude / sd)
      departure.standardDeviation = max(
        departure.standardDeviation, (sds[index] / sd - 1).magnitude)
    }
    for (posterior, logSD) in zip(fit.logStandardDeviations, evaluation.logSDs) {
      departure.logSD = max(departure.logSD, (posterior.marginal.mean - logSD.mean).magnitude)
    }
    departure.bound = (fit.evidenceLowerBound - evaluation.bound).magnitude
    return departure
  }

  /// Climbs to an optimum from a start of its own.
  mutating func run() throws {
    // Weighted least squares to log counts, all SDs one, as a start.
    var logSDs = (0..<componentCount).map { component in
      LogSDPosterior(
        sumOfSquares: Double(effects(of: component)), effects: Double(effects(of: component)),
        priorSD: priors.logSDSD)
    }
    let startRates = counts.map { $0 + 0.5 }
    var precision = precisionMatrix(startRates, logSDs)
    var side = [Double](repeating: 0, count: dimension)
    for row in 0..<rows {
      let response = startRates[row] * (log(startRates[row]) - offset[row])
      for d in 0..<dimension { side[d] += design[row][d] * response }
    }
    mean = try Cholesky(precision, order: dimension).solve(side)
    var current = try evaluate(mean, precision)
    // The alternation closes a share of the gap to the optimum at each turn, seldom less than 1 %.
    for _ in 0..<20_000 {
      logSDs = current.logSDs
      let target = precisionMatrix(current.rates, logSDs)
      let step = try Cholesky(target, order: dimension).solve(
        gradient(mean, current.rates, logSDs))
      var fraction = 1.0
      var next: Evaluation
      repeat {
        let nextMean = zip(mean, step).map { $0 + fraction * $1 }
        let nextPrecision = zip(precision, target).map { $0 + fraction * ($1 - $0) }
        next = try evaluate(nextMean, nextPrecision)
        if next.bound >= current.bound - 1e-14 * current.scale {
          mean = nextMean
          precision = nextPrecision
          break
        }
        fraction /= 2
      } while fraction > 1e-10
      let changes =
        step.map(\.magnitude)
        + zip(next.logSDs, logSDs).map { ($0.mean - $1.mean).magnitude }
      if fraction <= 1e-10 { break }
      current = next
      if changes.allSatisfy({ $0 < 1e-10 }) { break }
    }
    bound = current.bound
    self.logSDs = current.logSDs
    variances = try self.variances(of: precision).variances
  }

  private func effects(of component: Int) -> Int {
    self.component.count { $0 == component }
  }

  private func priorPrecisions(_ logSDs: [LogSDPosterior]) -> [Double] {
    component.map { component in
      component.map { logSDs[$0].termPrecision } ?? 1
        / (priors.fixedEffectSD * priors.fixedEffectSD)
    }
  }

  private func precisionMatrix(_ rates: [Double], _ logSDs: [LogSDPosterior]) -> [Double] {
    var matrix = [Double](repeating: 0, count: dimension * dimension)
    for row in 0..<rows {
      for a in 0..<dimension where design[row][a] != 0 {
        for b in 0..<dimension {
          matrix[a * dimension + b] += rates[row] * design[row][a] * design[row][b]
        }
      }
    }
    for (d, precision) in priorPrecisions(logSDs).enumerated() {
      matrix[d * dimension + d] += precision
    }
    return matrix
  }

  private func gradient(_ mean: [Double], _ rates: [Double], _ logSDs: [LogSDPosterior]) -> [Double]
  {
    var gradient = zip(priorPrecisions(logSDs), mean).map { -$0 * $1 }
    for row in 0..<rows {
      for d in 0..<dimension { gradient[d] += design[row][d] * (counts[row] - rates[row]) }
    }
    return gradient
  }

  private func variances(
    of precision: [Double]
  ) throws -> (covariance: [Double], variances: [Double], logDeterminant: Double) {
    if isMeanField {
      var covariance = [Double](repeating: 0, count: dimension * dimension)
      var variances: [Double] = []
      for d in 0..<dimension {
        variances.append(1 / precision[d * dimension + d])
        covariance[d * dimension + d] = variances[d]
      }
      return (covariance, variances, variances.reduce(0) { $0 + log($1) })
    }
    let cholesky = try Cholesky(precision, order: dimension)
    let covariance = cholesky.inverse()
    return (
      covariance, (0..<dimension).map { covariance[$0 * dimension + $0] }, -cholesky.logDeterminant
    )
  }

  private struct Evaluation {
    let bound: Double
    let scale: Double
    let rates: [Double]
    let logSDs: [LogSDPosterior]
  }

  private func evaluate(_ mean: [Double], _ precision: [Double]) throws -> Evaluation {
    let (covariance, variances, logDeterminant) = try self.variances(of: precision)
    var bound = 0.0
    var scale = 1.0
    var rates: [Double] = []
    for row in 0..<rows {
      var predictor = offset[row]
      var variance = 0.0
      for a in 0..<dimension where design[row][a] != 0 {
        predictor += design[row][a] * mean[a]
        for b in 0..<dimension {
          variance += design[row][a] * covariance[a * dimension + b] * design[row][b]
        }
      }
      rates.append(exp(predictor + variance / 2))
      bound += counts[row] * predictor - rates[row] - lgamma(counts[row] + 1)
      scale += (counts[row] * predictor).magnitude + rates[row]
    }
    let twoPi = 2 * Double.pi
    let fixedPrecision = 1 / (priors.fixedEffectSD * priors.fixedEffectSD)
    var logSDs: [LogSDPosterior] = []
    for c in 0..<fixedCount {
      bound += 0.5 * log(fixedPrecision / twoPi)
      bound -= 0.5 * fixedPrecision * (mean[c] * mean[c] + variances[c])
    }
    for k in 0..<componentCount {
      var squares = 0.0
      for d in 0..<dimension where component[d] == k {
        squares += mean[d] * mean[d] + variances[d]
      }
      let count = Double(effects(of: k))
      let logSD = LogSDPosterior(
        sumOfSquares: squares, effects: count, priorSD: priors.logSDSD)
      // Written out again, so that LogSDPosterior.bound has a witness.
      let (s, r, tau) = (logSD.mean, logSD.variance, priors.logSDSD)
      bound += -0.5 * count * log(twoPi) - count * s - 0.5 * exp(-2 * s + 2 * r) * squares
      bound += -0.5 * log(twoPi * tau * tau) - (s * s + r) / (2 * tau * tau)
      bound += 0.5 * log(twoPi * r) + 0.5
      logSDs.append(logSD)
    }
    bound += 0.5 * logDeterminant + 0.5 * Double(dimension) * (1 + log(twoPi))
    return Evaluation(bound: bound, scale: scale, rates: rates, logSDs: logSDs)
  }
}
