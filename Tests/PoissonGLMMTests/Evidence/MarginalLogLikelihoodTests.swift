import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The marginal log-likelihood against plain integration on a grid, and against what it must
/// satisfy.
struct MarginalLogLikelihoodTests {
  /// Rows in flat columns; `fixed` and `random` are lists of columns.
  private func rows(
    groupSizes: [Int], counts: [Double], offset: [Double]? = nil, fixed: [[Double]],
    random: [[Double]]
  ) -> MarginalRows {
    MarginalRows(
      groupStarts: groupSizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) },
      counts: DoubleStorage(counts),
      offset: DoubleStorage(offset ?? Array(repeating: 0, count: counts.count)),
      fixedDesign: DoubleStorage(fixed.flatMap { $0 }),
      randomDesign: DoubleStorage(random.flatMap { $0 }), fixedCount: fixed.count,
      termCount: random.count)
  }

  /// A simulated data set: groups of 1 to 9 rows, an intercept and normal columns, SD 0.6 of each
  /// random term.
  private func simulated(terms: Int, groups: Int, replicate: UInt64 = 0) throws -> MarginalRows {
    let stream = try RandomStream(
      seed: 11, scenario: "marginal", replicate: replicate, purpose: .counts)
    let sizes = (0..<groups).map { _ in stream.uniformInteger(in: 1...9) }
    let n = sizes.reduce(0, +)
    let ones = [Double](repeating: 1, count: n)
    let x = (0..<max(terms, 2)).map { $0 == 0 ? ones : ones.map { _ in stream.normal() } }
    var counts: [Double] = []
    for size in sizes {
      let effects = (0..<terms).map { _ in stream.normal(sd: 0.6) }
      for _ in 0..<size {
        let row = counts.count
        let eta = effects.enumerated().reduce(0.3 + 0.2 * x[1][row]) {
          $0 + $1.element * x[$1.offset][row]
        }
        counts.append(stream.poisson(mean: exp(eta)))
      }
    }
    return rows(
      groupSizes: sizes, counts: counts, fixed: [ones, x[1]], random: Array(x.prefix(terms)))
  }

  private func logPoisson(_ count: Double, _ eta: Double) -> Double {
    count * eta - exp(eta) - GammaFunction.logFactorial(count)
  }

  /// The trapezoidal rule over 9 SDs either way, in steps of a few posterior SDs' hundredths: for
  /// functions that are smooth and vanish at both ends it is exact to rounding. The second column
  /// is far from centred: between nodes, all rows' predictors move by hundreds.
  @Test(
    arguments: [([1, 1, 1, -0.4, 1.3], 0.8, 40), ([300, 301, 298, 299, 300], 0.5, 4000)]
      as [([Double], Double, Int)])
  func oneTermAgreesWithAGrid(z: [Double], sd: Double, pointsPerSD: Int) throws {
    let counts: [Double] = [3, 0, 7, 1, 2]
    let eta0: [Double] = [0.2, -0.5, 1.1, 0.7, 0.1]
    let data = rows(
      groupSizes: [3, 2], counts: counts, offset: eta0, fixed: [z.map { _ in 0 }], random: [z])
    var expected = 0.0
    for group in [0..<3, 3..<5] {
      var sum = 0.0
      for point in (-9 * pointsPerSD)...(9 * pointsPerSD) {
        let v = Double(point) / Double(pointsPerSD)
        var h = -0.5 * v * v - 0.5 * log(2 * Double.pi)
        for row in group { h += logPoisson(counts[row], eta0[row] + z[row] * sd * v) }
        sum += exp(h) / Double(pointsPerSD)
      }
      expected += log(sum)
    }
    let value = try MarginalLogLikelihood(
      data, integration: .adaptiveGaussHermite(points: 61)
    ).value(fixedEffects: [5], logSDs: [log(sd)])
    #expect(abs(value - expected) < 1e-10)
  }

  /// The same in two dimensions, steps of a twentieth of an SD.
  @Test func twoTermsAgreeWithAGrid() throws {
    let counts: [Double] = [3, 0, 7, 1]
    let z: [[Double]] = [[1, 1, 1, 1], [0.3, -1.2, 0.9, 0.4]]
    let eta0: [Double] = [0.2, -0.5, 1.1, 0.7]
    let data = rows(groupSizes: [4], counts: counts, offset: eta0, fixed: [eta0], random: z)
    let sds = [0.7, 0.5]
    var sum = 0.0
    for first in -180...180 {
      for second in -180...180 {
        let v = [Double(first) / 20, Double(second) / 20]
        var h = -0.5 * (v[0] * v[0] + v[1] * v[1]) - log(2 * Double.pi)
        for row in 0..<4 {
          h += logPoisson(
            counts[row], eta0[row] + sds[0] * v[0] + z[1][row] * sds[1] * v[1])
        }
        sum += exp(h) / 400
      }
    }
    let value = try MarginalLogLikelihood(data).value(fixedEffects: [0], logSDs: sds.map(log))
    // What 15 points of this one group leave.
    #expect(abs(value - log(sum)) < 1e-8)
  }

  /// Where each term touches rows of its own, the integral over a group is a product, so that a
  /// group of q blocks is q groups of one term. Holds for every rule of the same number of points,
  /// Laplace's included.
  @Test(arguments: [2, 3, 4, 6]) func termsOnSeparateRowsFactor(terms: Int) throws {
    let single = try simulated(terms: 1, groups: 4 * terms)
    let n = single.rowCount
    var blocks = [[Double]](repeating: Array(repeating: 0, count: n), count: terms)
    for group in 0..<single.groupCount {
      for row in single.rows(ofGroup: group) { blocks[group % terms][row] = 1 }
    }
    let starts = stride(from: 0, through: single.groupCount, by: terms).map {
      single.groupStarts[$0]
    }
    let joint = rows(
      groupSizes: zip(starts, starts.dropFirst()).map { $1 - $0 }, counts: single.counts.array,
      fixed: [single.fixedDesign.array.prefix(n), single.fixedDesign.array.suffix(n)].map {
        Array($0)
      }, random: blocks)
    let integration = MarginalIntegration.forTerms(terms)
    let together = try MarginalLogLikelihood(joint).value(
      fixedEffects: [0.3, 0.2], logSDs: Array(repeating: -0.4, count: terms))
    let apart = try MarginalLogLikelihood(single, integration: integration).value(
      fixedEffects: [0.3, 0.2], logSDs: [-0.4])
    // The mode's own error, at most 10^-8 of its SD, enters Laplace's approximation through log
    // |H|.
    #expect(abs(together - apart) < (integration == .laplace ? 1e-7 : 1e-10))
    #expect((integration == .laplace) == (terms > 3))
  }

  /// Three dependent terms: the rule in use against one of 25 x 25 x 25 points.
  @Test func threeTermsConverge() throws {
    let data = try simulated(terms: 3, groups: 12)
    func value(_ integration: MarginalIntegration?) throws -> Double {
      try MarginalLogLikelihood(data, integration: integration).value(
        fixedEffects: [0.3, 0.2], logSDs: [-0.5, -0.5, -0.5])
    }
    let inUse = try value(nil)
    #expect(abs(inUse - (try value(.adaptiveGaussHermite(points: 25)))) < 1e-5)
    #expect(abs(inUse - (try value(.laplace))) > 1e-3)
  }

  /// The terms' order decides which of them are integrated first, and nothing else.
  @Test func theOrderOfTermsDoesNotMatter() throws {
    let data = try simulated(terms: 3, groups: 8)
    let n = data.rowCount
    let columns = (0..<3).map { Array(data.randomDesign.array[($0 * n)..<(($0 + 1) * n)]) }
    let logSDs = [-0.5, -1, 0]
    let expected = try MarginalLogLikelihood(
      data, integration: .adaptiveGaussHermite(points: 25)
    ).value(fixedEffects: [0.3, 0.2], logSDs: logSDs)
    for order in [[2, 0, 1], [1, 2, 0], [0, 2, 1]] {
      let permuted = MarginalRows(
        groupStarts: data.groupStarts, counts: data.counts, offset: data.offset,
        fixedDesign: data.fixedDesign,
        randomDesign: DoubleStorage(order.flatMap { columns[$0] }), fixedCount: 2, termCount: 3)
      let value = try MarginalLogLikelihood(
        permuted, integration: .adaptiveGaussHermite(points: 25)
      ).value(fixedEffects: [0.3, 0.2], logSDs: order.map { logSDs[$0] })
      #expect(abs(value - expected) < 1e-8)
    }
  }

  @Test func theThreadsDoNotShowInTheBits() throws {
    let data = try simulated(terms: 2, groups: 2000)
    let likelihood = try MarginalLogLikelihood(data)
    let values = [1, 2, 3, 8].map {
      likelihood.value(fixedEffects: [0.3, 0.2], logSDs: [-0.5, -0.5], threads: $0)
    }
    #expect(Set(values.map(\.bitPattern)).count == 1)
  }

  /// Without spread the random effects vanish: the Poisson log-likelihood is left. At an SD of
  /// 10^-6 they change it by half of the squared score of each group times 10^-12.
  @Test func aTinySDLeavesThePoissonLogLikelihood() throws {
    let data = try simulated(terms: 1, groups: 30)
    let n = data.rowCount
    var expected = 0.0
    for row in 0..<n {
      expected += logPoisson(
        data.counts.pointer[row], 0.3 + 0.2 * data.fixedDesign.pointer[n + row])
    }
    let likelihood = try MarginalLogLikelihood(data)
    for logSD in [log(1e-6), -50, -700, -1e6] {
      let value = likelihood.value(fixedEffects: [0.3, 0.2], logSDs: [logSD])
      #expect(abs(value - expected) < 1e-8)
    }
  }
}
