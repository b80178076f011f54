import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// The arrow formulas against GSL's dense Cholesky on random matrices.
@Suite struct ArrowFactorizationTests {
  /// A positive definite arrow A' A with its dense copy, order (u_1, ..., u_G, b).
  private func randomArrow(
    groups: Int, terms: Int, fixed: Int, seed: UInt64
  ) throws -> (arrow: ArrowMatrix, dense: [Double], order: Int) {
    let stream = try RandomStream(
      seed: seed, scenario: "arrow", replicate: 0, purpose: .design)
    let shape = ArrowShape(groupCount: groups, termCount: terms, fixedCount: fixed)
    let arrow = ArrowMatrix(
      shape, in: DoubleStorage(count: ArrowMatrix.elementCount(shape)), from: 0)
    let order = groups * terms + fixed
    var dense = [Double](repeating: 0, count: order * order)
    for group in 0..<groups {
      for _ in 0..<(terms + 2) {
        let z = (0..<terms).map { _ in stream.normal() }
        let x = (0..<fixed).map { _ in stream.normal() }
        let indices =
          (0..<terms).map { group * terms + $0 } + (0..<fixed).map { groups * terms + $0 }
        for (a, left) in zip(indices, z + x) {
          for (b, right) in zip(indices, z + x) { dense[a * order + b] += left * right }
        }
        for k in 0..<terms {
          for l in 0..<terms {
            arrow.blocks.pointer[(group * terms + k) * terms + l] += z[k] * z[l]
          }
          for c in 0..<fixed {
            arrow.borders.pointer[(group * terms + k) * fixed + c] += z[k] * x[c]
          }
        }
        for c in 0..<fixed {
          for d in 0..<fixed { arrow.corner.pointer[c * fixed + d] += x[c] * x[d] }
        }
      }
    }
    return (arrow, dense, order)
  }

  @Test(arguments: [(1, 1, 1), (5, 1, 3), (4, 2, 2), (3, 6, 5), (7, 3, 0), (2, 1, 50)])
  func everyQuantityEqualsTheDenseOne(groups: Int, terms: Int, fixed: Int) throws {
    var (arrow, dense, order) = try randomArrow(
      groups: groups, terms: terms, fixed: fixed, seed: UInt64(groups + 10 * terms))
    let termPrecisions = (0..<terms).map { 0.5 + Double($0) }
    for index in 0..<(groups * terms) {
      dense[index * order + index] += termPrecisions[index % terms]
    }
    for c in 0..<fixed { dense[(groups * terms + c) * (order + 1)] += 0.25 }
    let cholesky = try Cholesky(dense, order: order)
    let inverse = cholesky.inverse()

    let chunks = GroupChunks(groupStarts: Array(0...groups), threads: 1)
    let factorization = ArrowFactorization(arrow.shape, chunks: chunks)
    factorization.factor(arrow, termPrecisions: DoubleStorage(termPrecisions), fixedPrecision: 0.25)

    // Both ways lose a few digits to the matrices' condition, at most about 1e4 here.
    let tolerance = 1e-10
    #expect((factorization.logDeterminant - cholesky.logDeterminant).magnitude < tolerance)
    let first = groups * terms
    let fixedBlock = (0..<fixed).flatMap { c in
      (0..<fixed).map { inverse[(first + c) * order + first + $0] }
    }
    expect(factorization.fixedCovariance.array, near: fixedBlock, absolute: tolerance)
    expect(
      factorization.randomVariances(), near: (0..<first).map { inverse[$0 * order + $0] },
      absolute: tolerance)

    let side = (0..<order).map { sin(Double($0 + 1)) }
    let randomSide = DoubleStorage(Array(side[..<first]))
    let fixedSide = DoubleStorage(Array(side[first...]))
    factorization.solve(randomSide: randomSide, fixedSide: fixedSide)
    expect(randomSide.array + fixedSide.array, near: cholesky.solve(side), absolute: tolerance)

    let forms = DoubleStorage(count: terms * terms)
    factorization.setTermQuadraticForms(DoubleStorage(Array(side[..<first])), into: forms)
    for k in 0..<terms {
      for l in 0..<terms {
        var expected = 0.0
        for a in 0..<first where a % terms == k {
          for b in 0..<first where b % terms == l {
            expected += side[a] * inverse[a * order + b] * side[b]
          }
        }
        #expect((forms.pointer[k * terms + l] - expected).magnitude < tolerance)
      }
    }
  }

  @Test func orderTwoEqualsTheGeneralWay() throws {
    for (first, offDiagonal, second) in [(2.0, 0.5, 3.0), (1e6, -999.0, 1.5), (1e-3, 0, 1e9)] {
      let factor = DoubleStorage([first, offDiagonal, offDiagonal, second])
      let logDeterminant = SmallCholesky.factor(factor.pointer, order: 2)
      let (inverse, root) = (DoubleStorage(count: 4), DoubleStorage(count: 4))
      let (expectedInverse, expectedRoot) = (DoubleStorage(count: 4), DoubleStorage(count: 4))
      SmallCholesky.invert(factor.pointer, order: 2, into: expectedInverse.pointer)
      SmallCholesky.invertFactor(factor.pointer, order: 2, into: expectedRoot.pointer)
      let (determinant, pivot) = try #require(
        SmallCholesky.invertOrderTwo(
          first, offDiagonal, second, into: inverse.pointer, root: root.pointer))
      // A few rounding errors, magnified by the condition of the second matrix, 3.
      #expect((log(determinant) - logDeterminant).magnitude < 1e-14)
      #expect(
        (pivot - factor.pointer[3] * factor.pointer[3] / second).magnitude < 1e-15)
      for index in 0..<4 {
        let (a, b) = (expectedInverse.pointer[index], expectedRoot.pointer[index])
        #expect((inverse.pointer[index] - a).magnitude <= 4e-15 * a.magnitude)
        #expect((root.pointer[index] - b).magnitude <= 4e-15 * b.magnitude)
      }
    }
  }

  @Test func orderTwoLeavesRoundingErrorToTheGeneralWay() {
    let (inverse, root) = (DoubleStorage(count: 4), DoubleStorage(count: 4))
    for (first, offDiagonal, second) in [
      (1.0, 1.0, 1.0), (1, 1, 1 + 1e-4), (0, 0, 1), (-1, 0, 1), (.nan, 0, 1), (1, .infinity, 1),
    ] {
      let result = SmallCholesky.invertOrderTwo(
        first, offDiagonal, second, into: inverse.pointer, root: root.pointer)
      #expect(result == nil)
    }
  }

  @Test func aProductsLogIsTheSumOfLogs() {
    var product = LogProduct()
    var sum = 0.0
    for index in 0..<3000 {
      let factor = exp(200 * sin(Double(index * index)))
      product.multiply(by: factor)
      sum += log(factor)
    }
    product.add(2.5)
    #expect((product.value - sum - 2.5).magnitude < 1e-9)
  }

  @Test func aSingularMatrixStillFactors() {
    var matrix = [1.0, 1, 1, 1]
    let logDeterminant = matrix.withUnsafeMutableBufferPointer { buffer in
      SmallCholesky.factor(buffer.baseAddress!, order: 2)
    }
    // The second pivot is raised from 0 to 2 eps.
    #expect((logDeterminant - log(2 * 0x1p-52)).magnitude < 1e-12)
    #expect(matrix[3] > 0)
  }

  @Test func chunksCoverEveryGroupOnce() {
    let starts = (0...5000).map { $0 * 3 }
    let chunks = GroupChunks(groupStarts: starts, threads: 2)
    #expect(chunks.boundaries.first == 0)
    #expect(chunks.boundaries.last == 5000)
    #expect(zip(chunks.boundaries, chunks.boundaries.dropFirst()).allSatisfy { $0 < $1 })
    #expect(chunks.boundaries == GroupChunks(groupStarts: starts, threads: 7).boundaries)
  }
}
