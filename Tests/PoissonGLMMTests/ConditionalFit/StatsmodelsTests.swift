import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The mean-field fit of statsmodels' own design (`exog_vc`, `ident`) against statsmodels 0.15.0
/// `fit_vb`.
///
/// statsmodels takes E exp(z) over a normal z by a 10-point Gauss-Legendre rule on (-5, 5), which
/// is off by about 1e-3. So there are three comparisons: ours with the exact optimum of the same
/// design (1e-6); statsmodels' rule, maximized here, with statsmodels' numbers (1e-5); and ours
/// with statsmodels' numbers as far as its rule allows.
@Suite struct StatsmodelsTests {
  struct Entry: Decodable {
    struct Statsmodels: Decodable {
      let feMean: [Double]
      let feSd: [Double]
      let vcpMean: [Double]
      let vcpSd: [Double]
      let vcMean: [Double]
      let vcSd: [Double]
    }
    struct Exact: Decodable {
      let fixedMean: [Double]
      let fixedSd: [Double]
      let logSdMean: [Double]
      let logSdSd: [Double]
      let elbo: Double
    }
    let ident: [Int]
    let statsmodels: Statsmodels
    let exact: Exact
  }

  static let names =
    ReferenceData.names.filter { $0 != "exposure" }.map { "\($0)/grouped" }
    + (1...4).map { "seed_example_\($0)/literal" }

  private static func entry(_ name: String) throws -> Entry {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try Data(contentsOf: ReferenceData.url("statsmodels.json"))
    return try #require(decoder.decode([String: Entry].self, from: data)[name])
  }

  private static func design(_ name: String) throws -> (ReferenceData, columns: [[Double]]) {
    let parts = name.split(separator: "/")
    let reference = try ReferenceData(String(parts[0]))
    if parts[1] == "literal" {
      return (reference, reference.random.map(\.values))
    }
    var columns: [[Double]] = []
    for group in 0..<reference.grouping.count {
      for term in reference.random {
        columns.append(
          zip(term.values, reference.grouping.groupOfRow).map { $1 == group ? $0 : 0 })
      }
    }
    return (reference, columns)
  }

  @Test(arguments: names)
  func theFitAgreesWithTheExactOptimum(name: String) throws {
    let entry = try Self.entry(name)
    let (reference, columns) = try Self.design(name)
    let design = try VarianceComponentDesign(
      counts: reference.columns["y"]!, fixed: reference.fixed, columns: columns,
      components: entry.ident)
    let fit = try design.model.fit(FitOptions(approximation: .meanField))
    let means = fit.fixedEffects.map(\.marginal.mean)
    let sds = fit.fixedEffects.map(\.marginal.standardDeviation)
    expect(means, near: entry.exact.fixedMean, absolute: 1e-6)
    expect(sds, near: entry.exact.fixedSd, relative: 1e-5)
    let logSDs = fit.logStandardDeviations.map(\.marginal)
    expect(logSDs.map(\.mean), near: entry.exact.logSdMean, absolute: 1e-6)
    expect(logSDs.map(\.standardDeviation), near: entry.exact.logSdSd, relative: 1e-5)
    #expect((fit.evidenceLowerBound - entry.exact.elbo).magnitude < 1e-6)

    // For SDs of z from 0 to 1 the rule is off by -0.09 % to +0.07 % in E exp(z), and by about 1 %
    // in its derivative by the variance, which sets the SDs: theirs are up to 0.5 % too small, and
    // means shift by up to 0.002 log units.
    let theirs = entry.statsmodels
    expect(means, near: theirs.feMean, absolute: 1.5e-3)
    expect(sds, near: theirs.feSd, relative: 6e-3)
    expect(logSDs.map(\.mean), near: theirs.vcpMean, absolute: 5e-3)
    expect(logSDs.map(\.standardDeviation), near: theirs.vcpSd, relative: 1e-3)
    let effects = design.effectOfColumn
    expect(effects.map { fit.randomEffects.means[$0] }, near: theirs.vcMean, absolute: 2.5e-3)
    expect(
      effects.map { fit.randomEffects.standardDeviations[$0] }, near: theirs.vcSd, relative: 6e-3)
  }

  @Test(
    arguments: (1...4).flatMap { ["seed_example_\($0)/grouped", "seed_example_\($0)/literal"] })
  func theirRuleGivesTheirNumbers(name: String) throws {
    let entry = try Self.entry(name)
    let (reference, columns) = try Self.design(name)
    let optimum = try StatsmodelsBound(
      counts: reference.columns["y"]!,
      columns: reference.fixed.map(\.values) + columns, fixedCount: reference.fixed.count,
      ident: entry.ident
    ).maximum()
    let theirs = entry.statsmodels
    let p = reference.fixed.count
    let effects = columns.count
    // Their optimizer ends at gradients up to 1e-6 and the numbers are printed in full.
    expect(Array(optimum.means[..<p]), near: theirs.feMean, absolute: 1e-5)
    expect(Array(optimum.sds[..<p]), near: theirs.feSd, relative: 1e-5)
    expect(Array(optimum.means[p..<(p + effects)]), near: theirs.vcMean, absolute: 1e-5)
    expect(Array(optimum.sds[p..<(p + effects)]), near: theirs.vcSd, relative: 1e-5)
    expect(Array(optimum.means[(p + effects)...]), near: theirs.vcpMean, absolute: 1e-5)
    expect(Array(optimum.sds[(p + effects)...]), near: theirs.vcpSd, relative: 1e-5)
  }

  /// The reference has an offset, which statsmodels' function does not take.
  @Test func anOffsetEntersThisDesignToo() throws {
    let (reference, columns) = try Self.design("exposure/grouped")
    let design = try VarianceComponentDesign(
      counts: reference.columns["y"]!, fixed: reference.fixed, columns: columns,
      components: columns.indices.map { $0 % reference.random.count }, offset: reference.offset)
    let fit = try design.model.fit(FitOptions(approximation: .meanField))
    // The tolerances of the agreement with the reference.
    let answer = reference.answers.meanField
    expect(fit.fixedEffects.map(\.marginal.mean), near: answer.fixedMean, absolute: 1e-6)
    let effects = design.effectOfColumn.map { fit.randomEffects.means[$0] }
    expect(effects, near: answer.randomEffectsMean, absolute: 1e-5)
  }

  @Test func unlikeBlocksBecomeOneGroup() throws {
    // Two blocks with different components: rows 0-1 see component 0, rows 2-3 components 0 and 1.
    let columns: [[Double]] = [[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2]]
    let design = try VarianceComponentDesign(
      counts: [1, 2, 3, 4], fixed: [.intercept(rows: 4)], columns: columns, components: [0, 0, 1])
    #expect(design.model.groupCount == 1)
    #expect(design.model.randomNames.count == 3)
    #expect(design.effectOfColumn == [0, 1, 2])
    let fit = try design.model.fit(FitOptions(approximation: .meanField))
    let slow = try design.model.fit(
      FitOptions(approximation: .meanField, optimizer: .bfgs, maximumIterations: 5000))
    expect(fit.randomEffects.means, near: slow.randomEffects.means, absolute: 1e-5)
    #expect(fit.logStandardDeviations.count == 2)
  }

  @Test func columnsMayComeInAnyOrder() throws {
    let reference = try ReferenceData("random_slopes")
    let (_, columns) = try Self.design("random_slopes/grouped")
    let order = (0..<columns.count).map { $0 * 7 % columns.count }
    let design = try VarianceComponentDesign(
      counts: reference.columns["y"]!, fixed: reference.fixed, columns: order.map { columns[$0] },
      components: order.map { $0 % 2 })
    #expect(design.model.groupCount == 15)
    let fit = try design.model.fit(FitOptions(approximation: .meanField))
    let means = design.effectOfColumn.map { fit.randomEffects.means[$0] }
    expect(
      means, near: order.map { reference.answers.meanField.randomEffectsMean[$0] }, absolute: 1e-5)
  }
}

/// statsmodels' mean-field bound, its quadrature rule included, maximized by BFGS with a gradient
/// by central differences.
private struct StatsmodelsBound {
  let counts: [Double]
  let columns: [[Double]]
  let fixedCount: Int
  let ident: [Int]

  /// The 10-point Gauss-Legendre rule on (-1, 1): numpy 2.4.6 `leggauss(10)`.
  private static let nodes = [
    0.14887433898163122, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845,
    0.9739065285171717,
  ]
  private static let weights = [
    0.29552422471475287, 0.26926671930999635, 0.21908636251598204, 0.1494513491505806,
    0.06667134430868814,
  ]

  private func bound(_ point: [Double]) -> Double {
    let effects = columns.count
    let components = (ident.max() ?? 0) + 1
    let total = effects + components
    let means = point[..<total]
    let variances = point[total...].map { exp(2 * $0) }
    var bound = point[total...].reduce(0, +)
    for row in counts.indices {
      var predictor = 0.0
      var variance = 0.0
      for column in 0..<effects {
        predictor += means[column] * columns[column][row]
        variance += variances[column] * columns[column][row] * columns[column][row]
      }
      var expected = 0.0
      for (node, weight) in zip(Self.nodes, Self.weights) {
        for z in [5 * node, -5 * node] {
          expected +=
            5 * weight * exp(predictor + variance.squareRoot() * z - z * z / 2)
            / (2 * Double.pi).squareRoot()
        }
      }
      bound += counts[row] * predictor - expected
    }
    for c in 0..<fixedCount { bound -= (means[c] * means[c] + variances[c]) / 8 }
    for k in 0..<components {
      let parameter = effects + k
      bound -= (means[parameter] * means[parameter] + variances[parameter]) / 2
    }
    for (index, component) in ident.enumerated() {
      let effect = fixedCount + index
      let parameter = effects + component
      bound -= means[parameter]
      bound -=
        0.5 * exp(2 * (variances[parameter] - means[parameter]))
        * (means[effect] * means[effect] + variances[effect])
    }
    return bound
  }

  func maximum() throws -> (means: [Double], sds: [Double]) {
    let total = columns.count + (ident.max() ?? 0) + 1
    let start = [Double](repeating: 0, count: total) + [Double](repeating: -1, count: total)
    let minimum = try BFGSMinimizer.minimize(
      from: start, gradientTolerance: 1e-7, maximumIterations: 5000
    ) { point, gradient in
      for i in point.indices {
        // The error of a central difference is about h^2 and 1e-15 / h: least near 1e-5.
        var moved = point
        moved[i] = point[i] + 1e-5
        let up = bound(moved)
        moved[i] = point[i] - 1e-5
        gradient[i] = -(up - bound(moved)) / 2e-5
      }
      return -bound(point)
    }
    return (Array(minimum.point[..<total]), minimum.point[total...].map { exp($0) })
  }
}
