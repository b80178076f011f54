import Foundation
import Testing

@testable import PoissonGLMM

/// The engine knows nothing of a family but what `RowFamily` says: families by quadrature go
/// through it.
@Suite struct RowFamilyTests {
  /// Poisson's closed forms and sums, and what is shared because w = t = f, against three separate
  /// storages filled by quadrature and the paths for any family.
  @Test func poissonByQuadratureIsPoisson() throws {
    var compared = 0
    for number in 1...40 {
      var limits = RandomGeneralDesign.Limits()
      (limits.logCount, limits.mixesSets, limits.rows) = (3, false, 40)
      let design = try RandomGeneralDesign(number: number, limits)
      let phi = try design.hyperparameters(number)
      let name = Comment(rawValue: design.description)
      let closed = ConditionalGaussianFit(
        try GeneralProblem(design.designData, priors: Priors()), tolerance: 1e-16)
      let general = ConditionalGaussianFit(
        try GeneralProblem(
          design.designData, priors: Priors(), family: { try! QuadratureFamily.poisson($0) }),
        tolerance: 1e-16)
      let fits = try [closed, general].map {
        try $0.maximize(at: phi, from: nil, maximumIterations: 1000)
      }
      let nodes = zip([closed, general], fits).map { $0.node(at: phi, $1.monitor) }
      // 60 nodes are exact to 1e-12 for exp(eta) with a variance of 3.
      guard nodes[0].largestVariance < 3 else { continue }
      compared += 1
      #expect(mixedError([fits[1].value], [fits[0].value]) < 1e-9, name)
      // Both stop within 1e-8 of an SD.
      #expect(mixedError(nodes[1].fixedMean, nodes[0].fixedMean) < 1e-6, name)
      #expect(mixedError(nodes[1].randomMean, nodes[0].randomMean) < 1e-6, name)
      let corrections = zip([closed, general], nodes).map { $0.correction(of: $1) }
      let evidence = try corrections.map { try #require($0.evidence, name) }
      #expect((evidence[1] - evidence[0]).magnitude < 1e-6, name)
      let responses = try corrections.map { try #require($0.response, name) }
      #expect(
        mixedError(responses[1].fixedRatio.elements, responses[0].fixedRatio.elements) < 1e-6, name)
      #expect(
        mixedError(responses[1].randomLogRatios, responses[0].randomLogRatios) < 1e-6, name)
      let shifts = try [closed, general].map { try #require($0.meanShifts(), name) }
      // Differences over .05 SD, of weights that follow a straight line or the exponential.
      #expect(mixedError(shifts[1], shifts[0]) < 3e-3, name)
    }
    #expect(compared > 20)
  }

  /// Linear response within levels, as designs of more rows have it.
  @Test func responseWithinLevelsIsThatOfAnyFamily() throws {
    for number in 1...20 {
      let pair = try ConditionalPieceTests.pair(number)
      let name = Comment(rawValue: pair.design.description)
      let (shared, n) = (pair.weights, pair.layout.rowCount)
      let separate = RowCurvatures(
        weights: shared, thirds: DoubleStorage(count: n), fourths: DoubleStorage(count: n))
      separate.thirds.copy(from: shared)
      separate.fourths.copy(from: shared)
      let results = [RowCurvatures(equal: shared), separate].map { curvatures in
        let response = LevelLinearResponse(pair.layout)
        let isSolved = response.update(
          pair.maximizer.factor, curvatures: curvatures,
          variances: pair.maximizer.optimum.variances, prior: pair.maximizer.prior)
        return isSolved ? response.fixedCovariance().elements : []
      }
      #expect(results[0].count == pair.p * pair.p, name)
      #expect(results[0] == results[1], name)
    }
  }

  /// F + R, the mean and the SD of the fixed effect at given hyperparameters, exact for a family
  /// whose w, t and f differ and whose f is negative for some rows.
  @Test(arguments: [(1.5, -0.8), (1.5, 0.0), (6, -0.4)])
  func negativeBinomialIsExact(size: Double, logSD: Double) throws {
    let ones = [Double](repeating: 1, count: InterceptFamilyOracle.counts.count)
    let factor = RandomFactor(
      name: "group", grouping: Grouping(numbers: (0..<48).map { Double($0 / 4) }),
      terms: [DesignColumn(name: "Intercept", values: ones)])
    let problem = try GeneralProblem(
      DesignData(
        counts: InterceptFamilyOracle.counts, offset: nil, fixed: [ones], factors: [factor]),
      priors: Priors(), family: { try! QuadratureFamily.negativeBinomial($0, size: size) })
    let fit = ConditionalGaussianFit(problem)
    let monitor = try fit.maximize(at: [logSD], from: nil, maximumIterations: 1000).monitor
    let node = fit.node(at: [logSD], monitor)
    let correction = fit.correction(of: node)
    let exact = InterceptFamilyOracle.exact(logSD: logSD) {
      InterceptFamilyOracle.negativeBinomial($0, $1, size: size)
    }
    let evidence = try #require(correction.evidence)
    // F alone is .002 to .03 short of it.
    #expect(node.bound < exact.evidence - 0.001)
    #expect((node.bound + evidence - exact.evidence).magnitude < 0.005)
    let corrected = correction.applied(to: node, meanShifts: try #require(fit.meanShifts()))
    let sd = corrected.fixedCovariance[0, 0].squareRoot()
    #expect((corrected.fixedMean[0] - exact.mean).magnitude < 0.01 * exact.sd)
    #expect((sd / exact.sd - 1).magnitude < 0.005)
  }

  /// The determinant by its definition.
  private static func determinant(_ matrix: [[Double]]) -> Double {
    guard let first = matrix.first else { return 1 }
    var sum = 0.0
    for column in first.indices {
      let minor = matrix.dropFirst().map { row in
        row.indices.filter { $0 != column }.map { row[$0] }
      }
      sum += (column % 2 == 0 ? 1 : -1) * first[column] * determinant(minor)
    }
    return sum
  }

  /// m x m numbers, row by row.
  private static func square(_ m: Int, _ value: (Int, Int) -> Double) -> [Double] {
    var result: [Double] = []
    for i in 0..<m {
      for j in 0..<m { result.append(value(i, j)) }
    }
    return result
  }

  private static func product(_ left: [Double], _ right: [Double], order m: Int) -> [Double] {
    square(m) { i, j in
      var sum = 0.0
      for k in 0..<m { sum += left[i * m + k] * right[k * m + j] }
      return sum
    }
  }

  /// |I + M Q / 2|.
  private static func determinant(_ matrix: [Double], halfSquares: [Double], order m: Int) -> Double
  {
    let product = product(matrix, halfSquares, order: m)
    return determinant(
      (0..<m).map { i in (0..<m).map { product[i * m + $0] + (i == $0 ? 1 : 0) } })
  }

  /// H and l where an f is negative, against their definitions.
  @Test func responsesWithNegativeFourthsAreTheirDefinitions() throws {
    let m = 4
    let slopes: [[Double]] = [[0.5, 0.1], [0.4, -0.3], [0.6, 0.2], [0.3, 0.5]]
    let kernel = Self.square(m) { i, j in
      let common: Double = slopes[i][0] * slopes[j][0] + slopes[i][1] * slopes[j][1]
      return common + (i == j ? 0.1 : 0)
    }
    let halfSquares = kernel.map { 0.5 * $0 * $0 }
    let t: [Double] = [0.7, -0.4, 1.2, 0.3]
    let f: [Double] = [0.5, -0.8, 1.1, 0]
    var halves = [Double](repeating: 0, count: m * m)
    var response = VarianceResponse()
    #expect(response.matrix(kernel, fourths: f, count: m, into: &halves))
    // H (I + F Q / 2) = Q / 2.
    let fourths = Self.square(m) { $0 == $1 ? f[$0] : 0 }
    let right = Self.product(halves, Self.product(fourths, halfSquares, order: m), order: m)
    for i in 0..<m {
      for j in 0..<m {
        let (index, mirror) = (i * m + j, j * m + i)
        #expect((halves[index] + right[index] - halfSquares[index]).magnitude < 1e-14)
        #expect((halves[index] - halves[mirror]).magnitude < 1e-14)
      }
    }
    let coupled = Self.square(m) { i, j in fourths[i * m + j] - t[i] * kernel[i * m + j] * t[j] }
    let first = Self.determinant(fourths, halfSquares: halfSquares, order: m)
    let second = Self.determinant(coupled, halfSquares: halfSquares, order: m)
    var determinants = ClusterDeterminants()
    let value = determinants.value(kernel, thirds: t, fourths: f, count: m)
    #expect((try #require(value) - (log(first) - log(second)) / 6).magnitude < 1e-14)
  }

  /// Rows of one covariance: the closed forms against full matrices, w, t and f different.
  @Test func alikeRowsAreAsTheirMatrices() throws {
    let (m, c) = (6, 0.3)
    let v = [0.4, 0.5, 0.35, 0.6, 0.45, 0.3]
    let w: [Double] = [1, 2, 0.5, 1.5, 1, 3]
    let t: [Double] = [0.8, 1.5, 0.7, 1, 1.2, 2]
    let f: [Double] = [0.5, 1.2, 0.9, 0.8, 1, 1.5]
    let kernel = Self.square(m) { $0 == $1 ? v[$0] : c }
    var halves = [Double](repeating: 0, count: m * m)
    var response = VarianceResponse()
    #expect(response.matrix(kernel, fourths: f, count: m, into: &halves))
    var total = 0.0
    for i in 0..<m {
      for j in 0..<m { total += w[i] * kernel[i * m + j] * w[j] }
    }
    let alike = AlikeResponse(total: total, variances: v, weights: w, fourths: f)
    for j in 0..<m {
      let column = alike.product((0..<m).map { $0 == j ? 1 : 0 })
      for i in 0..<m { #expect((column[i] - halves[i * m + j]).magnitude < 1e-14) }
    }
    var determinants = ClusterDeterminants()
    let full = determinants.value(kernel, thirds: t, fourths: f, count: m)
    let closed = ClusterDeterminants.value(
      covariance: c, variances: v, thirds: t, fourths: f, rows: Array(0..<m))
    #expect((try #require(closed) - (try #require(full))).magnitude < 1e-14)
  }

  /// l of covariances that a group's own effects make, by matrices of their rank and of the rows.
  @Test(arguments: [1, 2, 3]) func countedOwnEffectsAreAsTheirMatrices(order q: Int) throws {
    let m = 7
    let slopes = (0..<(m * q)).map { 0.3 * sin(Double($0)) + 0.2 }
    let t = (0..<m).map { 0.9 + 0.1 * Double($0) }
    let f = (0..<m).map { 1.3 - 0.1 * Double($0) }
    let kernel = Self.square(m) { i, j in
      var sum = 0.0
      for k in 0..<q { sum += slopes[i * q + k] * slopes[j * q + k] }
      return sum
    }
    var determinants = ClusterDeterminants()
    let result = determinants.value(kernel, thirds: t, fourths: f, count: m)
    let full = try #require(result)
    let counted = CountedOwnEffects(order: q)
    let curvatures = RowCurvatures(
      weights: DoubleStorage(t), thirds: DoubleStorage(t), fourths: DoubleStorage(f))
    let value = try #require(counted.value(slopes, rows: 0..<m, curvatures))
    #expect(full > 1e-4)
    #expect((value - full).magnitude < 1e-14)
  }
}
