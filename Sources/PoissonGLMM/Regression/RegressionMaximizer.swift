import PlatformEssentials

/// The Gaussian q(b) = N(m, S) that maximizes the evidence bound of a model without random effects:
///
///     F = sum_i (y_i eta_i - e_i - log y_i!) + p/2 log lambda - lambda/2 (m'm + tr S) + p/2
///         + 1/2 log|S|,      eta = o + X m,  v_i = x_i'S x_i,  e_i = exp(eta_i + v_i / 2)
///
/// by natural-gradient steps: m moves by P^-1 (X'(y - e) - lambda m) and S^-1 towards P =
/// X' diag(e) X + lambda I, or towards its diagonal in mean-field. Where v is large these
/// overshoot: F is concave in m and S together, and Newton's method in both goes on. Steps are
/// halved until F does not fall.
struct RegressionMaximizer {
  /// A Gaussian with what the bound is made of there.
  struct Point {
    let mean: [Double]
    /// S^-1.
    let precision: Matrix
    let covariance: Matrix
    /// v and e.
    let variances: [Double]
    let rates: [Double]
    let bound: Double
    /// The sum of the sizes of the bound's terms, of which rounding errors are a share.
    let boundSize: Double
  }

  private let rows: RegressionRows
  private let isMeanField: Bool

  /// The square length of a step, in posterior SDs, that ends the ascent.
  private static let tolerance = 1e-16
  private static let roundingShare = 4e-16

  init(_ rows: RegressionRows, isMeanField: Bool) {
    self.rows = rows
    self.isMeanField = isMeanField
  }

  /// The point at the maximum, and how it was reached.
  /// - Throws: `FitError` if no finite starting point exists.
  func maximize(
    maximumIterations: Int
  ) throws(FitError) -> (point: Point, summary: OptimizationSummary) {
    var point = try start()
    var bounds = [point.bound]
    var reason = StopReason.iterationLimit
    var takesNewtonSteps = false
    for _ in 0..<maximumIterations {
      try FitLimit.check()
      let step = step(at: point)
      guard let step else {
        reason = .stalled
        break
      }
      if step.squareLength < Self.tolerance {
        reason = .converged
        break
      }
      let error = Self.roundingShare * point.boundSize
      let least = point.bound - error
      var next: Point?
      if !takesNewtonSteps {
        next = ascended(to: least, halvings: 1) { moved(point, step, $0) }
        takesNewtonSteps =
          next == nil && !isMeanField && rows.width <= RegressionNewtonStep.mostEffects
      }
      if takesNewtonSteps,
        let newton = RegressionNewtonStep(
          rows, mean: point.mean, precision: point.precision, rates: point.rates)
      {
        next = ascended(to: least) { moved(point, newton, $0) }
      }
      next = next ?? ascended(to: least) { moved(point, step, $0) }
      guard let next else {
        // Half the square length is about what the bound could still gain.
        reason = step.squareLength < 1e3 * error ? .precisionLimit : .stalled
        break
      }
      point = next
      bounds.append(point.bound)
    }
    return (
      point,
      OptimizationSummary(
        bounds: bounds, boundRoundingError: Self.roundingShare * point.boundSize,
        stopReason: reason, iterations: bounds.count - 1)
    )
  }

  private struct Step {
    let mean: [Double]
    /// Where S^-1 goes.
    let precision: Matrix
    let squareLength: Double
  }

  private func step(at point: Point) -> Step? {
    let residual = rows.transposedProduct(zip(rows.counts, point.rates).map(-))
    let gradient = zip(residual, point.mean).map { $0 - rows.priorPrecision * $1 }
    let full = rows.precision(point.rates)
    guard let root = PrecisionRoot(full) else { return nil }
    let mean = root.solution(gradient)
    let target = isMeanField ? Matrix(diagonal: full.diagonal) : full
    // The square length of the step of the mean, and of that of the covariance: half the trace of
    // (S P - I)^2.
    let ratio = point.covariance * target
    var length = zip(mean, gradient).reduce(0) { $0 + $1.0 * $1.1 }
    for c in 0..<ratio.rows {
      for d in 0..<ratio.rows {
        let one = c == d ? 1.0 : 0
        length += 0.5 * (ratio[c, d] - one) * (ratio[d, c] - one)
      }
    }
    guard length.isFinite else { return nil }
    return Step(mean: mean, precision: target, squareLength: length)
  }

  /// The first point of a step whose bound is high enough: that of the full step, or of its half,
  /// of a quarter, and so on.
  private func ascended(
    to least: Double, halvings: Int = 50, _ trial: (Double) -> Point?
  ) -> Point? {
    var fraction = 1.0
    for _ in 0..<halvings {
      if let point = trial(fraction), point.bound >= least { return point }
      fraction *= 0.5
    }
    return nil
  }

  private func moved(
    _ point: Point, _ step: RegressionNewtonStep, _ fraction: Double
  ) -> Point? {
    var covariance = point.covariance
    for index in covariance.elements.indices {
      covariance.elements[index] += fraction * step.covariance.elements[index]
    }
    guard let root = PrecisionRoot(covariance) else { return nil }
    return evaluate(
      mean: zip(point.mean, step.mean).map { $0 + fraction * $1 }, precision: root.inverse)
  }

  private func moved(_ point: Point, _ step: Step, _ fraction: Double) -> Point? {
    let mean = zip(point.mean, step.mean).map { $0 + fraction * $1 }
    var precision = step.precision
    for index in precision.elements.indices {
      precision.elements[index] =
        (1 - fraction) * point.precision.elements[index]
        + fraction * step.precision.elements[index]
    }
    return evaluate(mean: mean, precision: precision)
  }

  /// The point with this mean and S^-1; nil where its bound is not finite.
  private func evaluate(mean: [Double], precision: Matrix) -> Point? {
    guard let root = PrecisionRoot(precision) else { return nil }
    let (n, p) = (rows.count, rows.width)
    let covariance = root.inverse
    let predictors = rows.linearPredictors(mean)
    var variances = [Double](repeating: 0, count: n)
    var rates = variances
    var (sum, size) = (0.0, rows.sumLogFactorials)
    for i in 0..<n {
      var variance = 0.0
      for c in 0..<p {
        var product = 0.0
        for d in 0..<p { product += covariance[c, d] * rows.design[i * p + d] }
        variance += rows.design[i * p + c] * product
      }
      variances[i] = variance
      rates[i] = exp(predictors[i] + 0.5 * variance)
      let term = rows.counts[i] * predictors[i]
      sum += term - rates[i]
      size += term.magnitude + rates[i]
    }
    var penalty = 0.0
    for c in 0..<p { penalty += mean[c] * mean[c] + covariance[c, c] }
    penalty *= 0.5 * rows.priorPrecision
    let bound =
      sum - rows.sumLogFactorials - penalty
      + 0.5 * (Double(p) * (log(rows.priorPrecision) + 1) - root.logDeterminant)
    guard bound.isFinite else { return nil }
    return Point(
      mean: mean, precision: precision, covariance: covariance, variances: variances,
      rates: rates, bound: bound, boundSize: size + penalty + root.logDeterminant.magnitude)
  }

  /// A weighted least-squares fit to log(y + 1/2), drawn towards the prior mean where it overflows.
  private func start() throws(FitError) -> Point {
    let weights = rows.counts.map { $0 + 0.5 }
    var precision = rows.precision(weights)
    guard let root = PrecisionRoot(precision) else {
      throw FitError.singularDesign(dependentColumns: [])
    }
    let targets = rows.counts.indices.map { weights[$0] * (log(weights[$0]) - rows.offset[$0]) }
    var mean = root.solution(rows.transposedProduct(targets))
    if isMeanField { precision = Matrix(diagonal: precision.diagonal) }
    for _ in 0..<60 {
      if let point = evaluate(mean: mean, precision: precision) { return point }
      mean = mean.map { 0.5 * $0 }
      for index in precision.elements.indices { precision.elements[index] *= 2 }
    }
    throw FitError.noFiniteStart
  }
}
