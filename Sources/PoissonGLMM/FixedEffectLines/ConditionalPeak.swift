import PlatformEssentials

/// The peak of log p(y, b | s) among the fixed effects b of a subspace, and the parabola there.
struct ConditionalPeak {
  /// beta at the peak, p.
  let position: [Double]
  /// log p(y, b | s) there.
  let value: Double
  /// The Cholesky factor of V'(-H) V, for the subspace's free vectors V, in its lower triangle.
  private let factor: DoubleStorage
  /// log |V'(-H) V|
  private let logDeterminant: Double
  /// -H in the coordinates beta, p x p.
  private let precision: Matrix
  private let subspace: HeldSubspace

  /// The search ends where a parabola has its peak no more than this above: the next terms are
  /// smaller still, and the parabola's own gain is added.
  private static let tolerance = 1e-4
  private static let maximumSteps = 100
  private static let maximumHalvings = 40
  /// The longest step, in conditional SDs: far from the peak a parabola says little.
  private static let longestStep = 4.0

  /// Newton's method, with steps halved until the density rises.
  /// - Parameter start: beta, in the subspace.
  /// - Returns: nil if no peak was found.
  init?(
    _ density: ScaledDensity, logSDs: [Double], in subspace: HeldSubspace, from start: [Double]
  ) {
    let p = start.count
    let count = subspace.free.count
    var position = start
    var expansion = density.expansion(position, logSDs: logSDs)
    for _ in 0..<Self.maximumSteps {
      guard expansion.logJoint.isFinite, expansion.gradient.allSatisfy(\.isFinite) else {
        return nil
      }
      let matrix = subspace.projection(of: expansion.precision)
      let factor = DoubleStorage(matrix.elements)
      let logDeterminant = SmallCholesky.factor(factor.pointer, order: count)
      guard logDeterminant.isFinite, matrix.diagonal.allSatisfy({ $0 > 0 }) else { return nil }
      let slopes = subspace.coordinates(of: expansion.gradient)
      let step = DoubleStorage(slopes)
      SmallCholesky.solve(factor.pointer, order: count, step.pointer)
      let decrement = 0.5 * HeldSubspace.dot(slopes, step.array)
      guard decrement.isFinite else { return nil }
      if decrement < Self.tolerance {
        self.position = zip(position, subspace.vector(step.array, count: p)).map(+)
        value = expansion.logJoint + decrement
        self.factor = factor
        self.logDeterminant = logDeterminant
        precision = expansion.precision
        self.subspace = subspace
        return
      }
      let direction = subspace.vector(step.array, count: p)
      var share = min(1, Self.longestStep / (2 * decrement).squareRoot())
      var next: EvidenceExpansion?
      for _ in 0..<Self.maximumHalvings {
        let trial = density.expansion(
          zip(position, direction).map { $0 + share * $1 }, logSDs: logSDs)
        // A tenth of a thousandth of what the slope promises.
        if trial.logJoint >= expansion.logJoint + 1e-4 * share * decrement {
          next = trial
          break
        }
        share *= 0.5
      }
      guard let next else { return nil }
      for c in position.indices { position[c] += share * direction[c] }
      expansion = next
    }
    return nil
  }

  /// The log of the integral of the density over the subspace, by the parabola at the peak.
  var laplaceIntegral: Double {
    value + 0.5 * (Double(subspace.free.count) * log(2 * Double.pi) - logDeterminant)
  }

  /// The covariance of beta in the subspace, by the parabola, times a vector.
  func covariance(times vector: [Double]) -> [Double] {
    let column = DoubleStorage(subspace.coordinates(of: vector))
    SmallCholesky.solve(factor.pointer, order: subspace.free.count, column.pointer)
    return subspace.vector(column.array, count: position.count)
  }

  /// How far the peak moves as beta is held farther by 1 along a unit vector at right angles to the
  /// free ones.
  func slope(along direction: [Double]) -> [Double] {
    let pull = precision * direction
    return zip(direction, covariance(times: pull)).map(-)
  }
}

/// log p(y, b | s) in the coordinates beta_c = b_c / scale_c.
final class ScaledDensity {
  private let density: any FixedEffectDensity
  let scales: [Double]
  /// How often the density has been evaluated.
  private(set) var evaluations = 0

  init(density: any FixedEffectDensity, scales: [Double]) {
    (self.density, self.scales) = (density, scales)
  }

  func value(_ position: [Double], logSDs: [Double]) -> Double {
    evaluations += 1
    return density.value(at: zip(position, scales).map(*), logSDs: logSDs)
  }

  func expansion(_ position: [Double], logSDs: [Double]) -> EvidenceExpansion {
    evaluations += 1
    let known = density.expanded(at: zip(position, scales).map(*), logSDs: logSDs)
    var precision = known.precision
    let p = scales.count
    for c in 0..<p {
      for d in 0..<p { precision[c, d] *= scales[c] * scales[d] }
    }
    return EvidenceExpansion(
      logJoint: known.logJoint, gradient: zip(known.gradient, scales).map(*),
      precision: precision)
  }
}
