import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Counts so large that they tell the random effects, which leaves posteriors with closed forms or
/// integrals in one dimension.
@Suite struct KnownEffectsTests {
  /// Sums of a density over a grid of s.
  private struct Density {
    let positions: [Double]
    let masses: [Double]

    /// - Parameter logDensity: up to a constant.
    init(from low: Double, through high: Double, _ logDensity: (Double) -> Double) {
      let step = (high - low) / 40_000
      positions = (0...40_000).map { low + Double($0) * step }
      let logs = positions.map(logDensity)
      let peak = logs.max() ?? 0
      let masses = logs.map { exp($0 - peak) }
      let total = masses.reduce(0, +)
      self.masses = masses.map { $0 / total }
    }

    func mean(_ value: (Double) -> Double) -> Double {
      zip(positions, masses).reduce(0) { $0 + $1.1 * value($1.0) }
    }
    var mean: Double { mean { $0 } }
    var standardDeviation: Double {
      let center = mean
      return mean { ($0 - center) * ($0 - center) }.squareRoot()
    }
    func quantile(_ probability: Double) -> Double {
      var sum = 0.0
      for (position, mass) in zip(positions, masses) {
        sum += mass
        if sum >= probability { return position }
      }
      return .nan
    }
  }

  private func expect(_ marginal: Marginal, _ exact: Density, _ tolerance: Double) {
    let sd = exact.standardDeviation
    #expect((marginal.mean - exact.mean).magnitude < tolerance * sd)
    #expect((marginal.standardDeviation / sd - 1).magnitude < tolerance)
    for probability in [0.025, 0.5, 0.975] {
      let difference = marginal.quantile(probability) - exact.quantile(probability)
      #expect(difference.magnitude < 2 * tolerance * sd)
    }
  }

  /// With u known, p(s_k | u) is proportional to exp(-G s_k - sum u_jk^2 exp(-2 s_k) / 2) N(s_k; 0,
  /// tau^2), each log SD by itself.
  @Test(
    arguments: [
      (1, 5, 1.0), (2, 10, 1), (3, 5, 1), (4, 5, 1), (4, 10, 5), (5, 30, 1), (6, 5, 1), (6, 10, 3),
    ], [Approximation.integrated, .corrected])
  func logSDsHaveTheirExactPosteriors(
    design: (terms: Int, groups: Int, priorSD: Double), approximation: Approximation
  ) throws {
    let (terms, groups, tau) = design
    let stream = try RandomStream(
      seed: 5, scenario: "known", replicate: UInt64(10 * groups + terms), purpose: .design)
    let effects = (0..<groups).map { _ in (0..<terms).map { _ in stream.normal(sd: 0.4) } }
    var columns = [[Double]](repeating: [], count: terms)
    var counts: [Double] = []
    var labels: [Double] = []
    for group in 0..<groups {
      for _ in 0..<20 {
        let z = (0..<terms).map { $0 == 0 ? 1 : stream.normal(sd: 0.7) }
        for k in 0..<terms { columns[k].append(z[k]) }
        counts.append(exp(18 + zip(z, effects[group]).reduce(0) { $0 + $1.0 * $1.1 }).rounded())
        labels.append(Double(group))
      }
    }
    let model = try PoissonMixedModel(
      counts: counts, fixed: [],
      random: columns.enumerated().map { DesignColumn(name: "z\($0)", values: $1) },
      grouping: Grouping(numbers: labels), offset: counts.map { _ in 18 },
      priors: Priors(logSDSD: tau))
    let fit = try model.fit(FitOptions(approximation: approximation))
    #expect(fit.optimization.converged)
    for k in 0..<terms {
      let squares = effects.reduce(0) { $0 + $1[k] * $1[k] }
      let exact = Density(from: -6, through: 6) {
        -Double(groups) * $0 - 0.5 * squares * exp(-2 * $0) - 0.5 * $0 * $0 / (tau * tau)
      }
      // Counts of 10^8 leave the effects an error of 1e-4 of their SD; the lattice's cut tails,
      // 3e-4 of an SD.
      expect(fit.logStandardDeviations[k].marginal, exact, 0.002)
    }
  }

  /// Levels l_j = b + u_j that are known, and far from the prior of b: either b is near them and
  /// the SD small, or b is near 0 and the SD as large as they are. Given s, l is normal with
  /// covariance exp(2 s) I + 4 11', and b normal too.
  @Test(
    arguments: [
      (level: 12.0, sd: 0.2, groups: 7), (-19, 0.3, 10), (24, 0.5, 20), (12, 0.05, 6),
      (20, 0.5, 10),
    ], [Approximation.integrated, .corrected])
  func bothModesAreFound(
    design: (level: Double, sd: Double, groups: Int), approximation: Approximation
  ) throws {
    let stream = try RandomStream(
      seed: 6, scenario: "modes", replicate: UInt64(design.groups), purpose: .design)
    let groups = Double(design.groups)
    let levels = (0..<design.groups).map { _ in design.level + stream.normal(sd: design.sd) }
    // The offset makes all counts some 10^8, whatever the level.
    let offset = 18 - design.level
    let model = try PoissonMixedModel(
      counts: levels.map { exp($0 + offset).rounded() },
      fixed: [.intercept(rows: design.groups)], random: [.intercept(rows: design.groups)],
      grouping: Grouping(numbers: levels.indices.map(Double.init)),
      offset: levels.map { _ in offset })
    let mean = levels.reduce(0, +) / groups
    let within = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let exact = Density(from: -8, through: 8) { s in
      let variance = exp(2 * s)
      return -(groups - 1) * s - 0.5 * log(variance + 4 * groups) - 0.5 * within / variance
        - 0.5 * groups * mean * mean / (variance + 4 * groups) - 0.5 * s * s
    }
    func share(_ s: Double) -> Double { 4 * groups / (4 * groups + exp(2 * s)) }
    let exactMean = exact.mean { mean * share($0) }
    let exactVariance = exact.mean { s in
      let difference = mean * share(s) - exactMean
      return 4 * exp(2 * s) / (4 * groups + exp(2 * s)) + difference * difference
    }
    let fit = try model.fit(FitOptions(approximation: approximation))
    #expect(fit.optimization.converged)
    #expect(fit.fixedEffects.count == 1 && fit.logStandardDeviations.count == 1)
    let intercept = fit.fixedEffects[0].marginal
    let sd = exactVariance.squareRoot()
    // The mass between two modes is summed in steps of half the width of one and so is good to 1e-3
    // of the whole.
    #expect((intercept.mean - exactMean).magnitude < 0.01 * sd)
    #expect((intercept.standardDeviation / sd - 1).magnitude < 0.02)
    let logSD = fit.logStandardDeviations[0].marginal
    #expect((logSD.mean - exact.mean).magnitude < 0.01 * exact.standardDeviation)
    #expect((logSD.standardDeviation / exact.standardDeviation - 1).magnitude < 0.02)
    #expect(model.warnings.contains { $0.contains("the prior N(0, 2^2) of the intercept is far") })
  }

  /// Where the prior of b does not pull, nothing is looked for.
  @Test func anOrdinaryModelHasOneMode() throws {
    let model = try RandomDesign(number: 3).model()
    let maximizer = model.boundMaximizer(FitOptions())
    let start = try maximizer.maximize().posterior.logSDMean
    let fitter = LogSDEvaluator(maximizer, model: model)
    let mode = try LogSDMode(fitter, start: start, priors: model.logSDPriors)
    #expect(DistantMode.reach(fitter, mode: mode, model: model) == nil)
  }

  @Test func tooManyTermsAreRefusedInWords() throws {
    let rows = 12
    let columns = (0..<11).map { k in
      DesignColumn(name: "z\(k)", values: (0..<rows).map { Double(($0 * (k + 1)) % 5) })
    }
    let model = try PoissonMixedModel(
      counts: (0..<rows).map { Double($0 % 3) }, fixed: [.intercept(rows: rows)], random: columns,
      grouping: Grouping(numbers: (0..<rows).map { Double($0 % 4) }))
    #expect {
      try model.fit()
    } throws: {
      "\($0)".contains("There are 11 random terms: corrected integrates over at most 10")
    }
    #expect(try model.fit(FitOptions(approximation: .structured)).optimization.converged)
  }

  /// With as many columns as rows a parabola in b is no estimate of log p(y, b | s): the fit says
  /// what it lacks.
  @Test func missingCorrectionsAreTold() throws {
    let stream = try RandomStream(seed: 7, scenario: "lacking", replicate: 0, purpose: .design)
    let rows = 20
    let columns = (0..<19).map { c in
      DesignColumn(name: "v\(c)", values: (0..<rows).map { _ in stream.normal() })
    }
    let model = try PoissonMixedModel(
      counts: (0..<rows).map { _ in stream.poisson(mean: 1.5) },
      fixed: [.intercept(rows: rows)] + columns, random: [.intercept(rows: rows)],
      grouping: Grouping(numbers: (0..<rows).map { Double($0 % 6) }))
    let fit = try model.fit()
    let own = fit.warnings.filter { !model.warnings.contains($0) }
    #expect(own.count == 1)
    #expect(own.first?.contains("has no estimate by quadrature") == true)
    #expect(fit.logEvidence == nil)
    let whole = try RandomDesign(number: 3).model()
    #expect(try whole.fit().warnings == whole.warnings)
  }
}
