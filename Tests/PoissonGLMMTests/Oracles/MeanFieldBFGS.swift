import Foundation

@testable import PoissonGLMM

/// Maximizes the mean-field bound by GSL's BFGS over all means and log SDs at once.
///
/// It shares no formula with `NewtonMaximizer`: the bound and its gradient are written out row by
/// row, with every parameter's q a normal N(m, exp(2 l)). Slow and plain; an independent check.
struct MeanFieldBFGS {
  /// Means and SDs, and how they were found.
  struct Optimum {
    let fixedMean: [Double]
    let fixedSD: [Double]
    /// Group-major.
    let randomMean: [Double]
    let randomSD: [Double]
    let logSDMean: [Double]
    let logSDSD: [Double]
    let bound: Double
    let stopReason: StopReason
  }

  private let data: ModelData
  private let priors: Priors
  private let maximumIterations: Int
  /// p + G q + q: the order of parameters is b, u (group-major), s; first all means, then all log
  /// SDs.
  private let parameterCount: Int

  init(_ model: PoissonMixedModel, maximumIterations: Int) {
    data = model.data
    priors = model.priors
    self.maximumIterations = maximumIterations
    parameterCount =
      data.shape.fixedCount + data.shape.randomEffectCount + data.shape.termCount
  }

  func maximize() throws -> Optimum {
    let (start, scales) = startAndScales()
    // BFGS starts from the identity as its Hessian: it works on parameters in units of their
    // expected posterior SDs.
    func point(_ scaled: [Double]) -> [Double] {
      scaled.indices.map { start[$0] + scales[$0] * scaled[$0] }
    }
    let minimum = try BFGSMinimizer.minimize(
      from: [Double](repeating: 0, count: start.count), gradientTolerance: 1e-9,
      maximumIterations: maximumIterations
    ) { scaled, gradient in
      let bound = self.bound(at: point(scaled), gradient: &gradient)
      for i in gradient.indices { gradient[i] *= -scales[i] }
      return -bound
    }
    let reason: StopReason =
      switch minimum.reason {
      case .gradientTolerance: .converged
      case .iterationLimit: .iterationLimit
      // A gradient of 1e-4 in units of posterior SDs leaves the optimum about 1e-4 SDs away.
      case .noProgress: minimum.gradientNorm < 1e-4 ? .precisionLimit : .stalled
      }
    return optimum(point(minimum.point), bound: -minimum.value, stopReason: reason)
  }

  /// Means at 0 with log SDs from the curvature that the counts themselves suggest.
  private func startAndScales() -> (start: [Double], scales: [Double]) {
    let (n, p, q) = (data.rowCount, data.shape.fixedCount, data.shape.termCount)
    var curvature = [Double](repeating: 1, count: parameterCount)
    for c in 0..<p {
      curvature[c] = 1 / (priors.fixedEffectSD * priors.fixedEffectSD)
      for i in 0..<n {
        let x = data.fixedDesign.pointer[c * n + i]
        curvature[c] += (data.counts.pointer[i] + 0.5) * x * x
      }
    }
    for group in 0..<data.shape.groupCount {
      for k in 0..<q {
        for i in data.groupStarts[group]..<data.groupStarts[group + 1] {
          let z = data.randomDesign.pointer[k * n + i]
          curvature[p + group * q + k] += (data.counts.pointer[i] + 0.5) * z * z
        }
      }
    }
    for k in 0..<q {
      curvature[p + data.shape.randomEffectCount + k] += 2 * Double(data.shape.groupCount)
    }
    let sds = curvature.map { 1 / $0.squareRoot() }
    let start = [Double](repeating: 0, count: parameterCount) + sds.map { log($0) }
    return (start, sds + [Double](repeating: 1, count: parameterCount))
  }

  /// The mean-field evidence bound and its gradient.
  private func bound(at point: [Double], gradient: inout [Double]) -> Double {
    let (n, p, q) = (data.rowCount, data.shape.fixedCount, data.shape.termCount)
    let total = parameterCount
    let firstLogSD = p + data.shape.randomEffectCount
    let variances = point[total...].map { exp(2 * $0) }
    let logTwoPi = log(2 * Double.pi)
    var bound = -data.sumLogFactorials
    // `slope` is d bound / d mean, `spread` is d bound / d variance.
    var slope = [Double](repeating: 0, count: total)
    var spread = [Double](repeating: 0, count: total)

    for group in 0..<data.shape.groupCount {
      for i in data.groupStarts[group]..<data.groupStarts[group + 1] {
        var predictor = data.offset.pointer[i]
        var variance = 0.0
        func forEachEffect(_ body: (_ parameter: Int, _ value: Double) -> Void) {
          for c in 0..<p { body(c, data.fixedDesign.pointer[c * n + i]) }
          for k in 0..<q { body(p + group * q + k, data.randomDesign.pointer[k * n + i]) }
        }
        forEachEffect { parameter, value in
          predictor += point[parameter] * value
          variance += variances[parameter] * value * value
        }
        let expected = exp(predictor + variance / 2)
        let count = data.counts.pointer[i]
        bound += count * predictor - expected
        forEachEffect { parameter, value in
          slope[parameter] += (count - expected) * value
          spread[parameter] -= expected * value * value / 2
        }
      }
    }

    func addNormalPrior(_ parameter: Int, sd: Double) {
      let precision = 1 / (sd * sd)
      let mean = point[parameter]
      bound -= 0.5 * (logTwoPi + 2 * log(sd) + precision * (mean * mean + variances[parameter]))
      slope[parameter] -= precision * mean
      spread[parameter] -= precision / 2
    }
    for c in 0..<p { addNormalPrior(c, sd: priors.fixedEffectSD) }
    for k in firstLogSD..<total { addNormalPrior(k, sd: priors.logSDSD) }
    for effect in p..<firstLogSD {
      let logSD = firstLogSD + (effect - p) % q
      let precision = exp(-2 * point[logSD] + 2 * variances[logSD])
      let square = point[effect] * point[effect] + variances[effect]
      bound -= 0.5 * (logTwoPi + 2 * point[logSD] + precision * square)
      slope[effect] -= precision * point[effect]
      spread[effect] -= precision / 2
      slope[logSD] += precision * square - 1
      spread[logSD] -= precision * square
    }
    for parameter in 0..<total {
      bound += 0.5 * (1 + logTwoPi) + point[total + parameter]
      gradient[parameter] = slope[parameter]
      // d variance / d log SD = 2 variance; the entropy of a normal is its log SD and a constant.
      gradient[total + parameter] = 1 + 2 * variances[parameter] * spread[parameter]
    }
    return bound
  }

  private func optimum(_ point: [Double], bound: Double, stopReason: StopReason) -> Optimum {
    let p = data.shape.fixedCount
    let firstLogSD = p + data.shape.randomEffectCount
    let sds = point[parameterCount...].map { exp($0) }
    return Optimum(
      fixedMean: Array(point[..<p]), fixedSD: Array(sds[..<p]),
      randomMean: Array(point[p..<firstLogSD]), randomSD: Array(sds[p..<firstLogSD]),
      logSDMean: Array(point[firstLogSD..<parameterCount]), logSDSD: Array(sds[firstLogSD...]),
      bound: bound, stopReason: stopReason)
  }
}
