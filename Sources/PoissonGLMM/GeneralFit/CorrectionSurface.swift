import Dispatch
import Foundation

/// The corrections of the posterior as polynomials in the coordinates of the hyperparameters,
/// through the corrections at a few points: they vary slowly, and cost much more than a fit.
struct CorrectionSurface: Sendable {
  private let surface: HyperparameterSurface
  private let fixedCount: Int
  /// Iterations of the fits at the points.
  let iterations: Int

  /// The largest root mean square errors, over the posterior, of the evidence and of what is in
  /// units of SDs. An error of the log density that is even over the posterior moves nothing; .01
  /// from one SD to the next moves a mean by .01 SD.
  private static let largestEvidenceError = 0.01
  private static let largestRelativeError = 0.004
  /// Points lie within this many SDs.
  private static let reach = 3.2

  /// - Returns: nil where polynomials are not near enough, or a correction is missing.
  init?(
    _ problem: GeneralProblem, chart: HyperparameterChart, rule: LatticeRule, start: DoubleStorage,
    options: FitOptions
  ) {
    let h = chart.dimensions
    let coordinates = Self.candidates(rule, dimensions: h)
    let prior = coordinates.map { exp(-0.5 * $0.reduce(0) { $0 + $1 * $1 }) }
    let design = HyperparameterSurface.design(coordinates: coordinates, weights: prior)
    let points = design.all.map { chart.point(coordinates[$0]) }
    let corrected = Self.fits(problem, at: points, from: start, options: options)
    var values: [[Double]] = []
    var weights = [Double](repeating: 0, count: coordinates.count)
    var iterations = 0
    let peak = corrected.reduce(-Double.infinity) { max($0, $1?.logDensity ?? -.infinity) }
    for (place, fit) in zip(design.all, corrected) {
      guard let fit, let numbers = fit.numbers else { return nil }
      values.append(numbers)
      weights[place] = exp(max(fit.logDensity + chart.logJacobian(coordinates[place]) - peak, -12))
      iterations += fit.iterations
    }
    let surface = HyperparameterSurface(
      coordinates: coordinates, weights: weights, design: design, values: values)
    guard let errors = surface.errors, errors[0] < Self.largestEvidenceError else { return nil }
    let p = problem.layout.fixedCount
    guard errors[1..<(1 + p * p)].allSatisfy({ $0 < Self.largestRelativeError }) else {
      return nil
    }
    self.surface = surface
    fixedCount = p
    self.iterations = iterations
  }

  /// The corrections at coordinates y.
  func correction(at y: [Double]) -> PosteriorCorrection {
    PosteriorCorrection(numbers: surface.values(at: y), fixedCount: fixedCount)
  }

  /// The correction of the evidence alone.
  func evidence(at y: [Double]) -> Double { surface.values(at: y, quantities: 0..<1)[0] }

  private struct CorrectedFit: Sendable {
    let logDensity: Double
    let numbers: [Double]?
    let iterations: Int
  }

  /// Fits with their corrections, in parallel; nil where there is none.
  private static func fits(
    _ problem: GeneralProblem, at points: [[Double]], from start: DoubleStorage,
    options: FitOptions
  ) -> [CorrectedFit?] {
    let limit = options.maximumIterations
    return parallelMap(
      count: points.count, threads: options.threads,
      makeWorkspace: { ConditionalFit(problem) }
    ) { workspace, index in
      guard
        let fit = try? workspace.maximize(
          at: points[index], from: start, maximumIterations: limit)
      else { return nil }
      let correction = workspace.correction(of: workspace.node(at: points[index], fit.monitor))
      return CorrectedFit(
        logDensity: fit.value + (correction.evidence ?? 0), numbers: correction.numbers,
        iterations: fit.monitor.summary.iterations)
    }
  }

  /// The lattice's own points near the center.
  private static func candidates(_ rule: LatticeRule, dimensions h: Int) -> [[Double]] {
    let steps = rule.steps(dimensions: h)
    let origin = [Int](repeating: 0, count: h)
    var visited: Set = [origin]
    var found = [origin]
    var next = 0
    while next < found.count {
      for step in steps {
        let neighbour = zip(found[next], step).map(+)
        let square = rule.coordinates(neighbour).reduce(0) { $0 + $1 * $1 }
        if square <= reach * reach, visited.insert(neighbour).inserted { found.append(neighbour) }
      }
      next += 1
    }
    return found.map(rule.coordinates)
  }
}

extension HyperparameterChart {
  /// y at phi; the columns of C are orthogonal.
  func coordinates(of phi: [Double]) -> [Double] {
    let x = phi.indices.map { coordinate(phi[$0], of: $0) }
    return phi.indices.map { k in
      var (product, square) = (0.0, 0.0)
      for a in phi.indices {
        product += axes[a, k] * x[a]
        square += axes[a, k] * axes[a, k]
      }
      return product / square
    }
  }
}
