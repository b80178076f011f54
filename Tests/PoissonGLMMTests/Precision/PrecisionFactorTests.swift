import Testing

@testable import PoissonGLMM

/// Everything is compared with the plain inverse of the same matrix. Both lose about as many digits
/// as the condition number has, below 1e4 here (precisions from 0.25, at most 200 rows of weight
/// 4): 1e-12 at most, and 1e-10 leaves a margin for sums of a few hundred terms.
private let tolerance = 1e-10

private let seeds = Array(0..<60)

@Suite struct PrecisionFactorTests {
  @Test(arguments: DesignKind.allCases, seeds)
  func factorAndInverse(kind: DesignKind, seed: Int) throws {
    let twin = try PrecisionTwin(kind, seed: seed)
    let (inverse, logDeterminant) = twin.inverse
    let factor = twin.assembled()
    try #require(factor.factor())
    factor.invert()
    #expect((factor.logDeterminant - logDeterminant).magnitude < tolerance * 100)

    let layout = twin.layout
    var numbers = TestNumbers(seed + 1000)
    let right = numbers.uniforms(layout.effectCount)
    let solution = DoubleStorage(right)
    factor.solve(solution)
    #expect(relativeError(solution.array, inverse * right) < tolerance)

    let variances = DoubleStorage(count: layout.effectCount)
    factor.variances(into: variances)
    #expect(relativeError(variances.array, inverse.diagonal) < tolerance)
    let rowVariances = DoubleStorage(count: twin.rowCount)
    factor.rowVariances(into: rowVariances)
    let expected = (0..<twin.rowCount).map { inverse.quadraticForm(twin.design.row($0)) }
    #expect(relativeError(rowVariances.array, expected) < tolerance)

    let fixed = Array(layout.fixedStart..<layout.effectCount)
    #expect(
      relativeError(factor.fixedCovariance().elements, block(inverse, fixed).elements) < tolerance)
    for (index, shape) in twin.factors.enumerated() {
      var moments = Matrix(order: shape.terms.count)
      for level in 0..<shape.levels {
        let effects = Array(layout.effects(ofFactor: index, level: level))
        let covariance = block(inverse, effects)
        #expect(
          relativeError(
            factor.covariance(ofFactor: index, level: level).elements, covariance.elements)
            < tolerance)
        for (i, a) in effects.enumerated() {
          for (j, b) in effects.enumerated() {
            moments[i, j] += covariance[i, j] + right[a] * right[b]
          }
        }
      }
      let means = DoubleStorage(right)
      let actual = factor.secondMoments(ofFactor: index, means: means)
      #expect(relativeError(actual.elements, moments.elements) < tolerance)
      let response = factor.secondMomentResponse(ofFactor: index, means: means)
      let blocks = (0..<shape.levels).map { Array(layout.effects(ofFactor: index, level: $0)) }
      let terms = blocks.map { (block(inverse, $0), $0.map { right[$0] }) }
      #expect(relativeError(response.elements, responseSum(terms).elements) < tolerance)
    }
  }

  /// sum_j S_j (x) (S_j + 2 m_j m_j'), from each S_j and m_j.
  private func responseSum(_ terms: [(covariance: Matrix, mean: [Double])]) -> Matrix {
    let q = terms[0].covariance.order
    var sum = Matrix(order: q * q)
    for (s, m) in terms {
      for k in 0..<q {
        for l in 0..<q {
          for i in 0..<q {
            for j in 0..<q { sum[k * q + l, i * q + j] += s[k, l] * (s[i, j] + 2 * m[i] * m[j]) }
          }
        }
      }
    }
    return sum
  }

  /// S = P^-1 and m = S r; S + m m' falls by the response times the change of P.
  @Test func secondMomentsFollowThePriorByTheirResponse() {
    let right = [0.7, -1.1]
    func moments(_ change: Double) -> (covariance: Matrix, mean: [Double], second: Matrix) {
      // P + change D, D = (0.3, 0.2; 0.2, -0.1).
      let (a, b, c) = (2 + 0.3 * change, 0.4 + 0.2 * change, 1.5 - 0.1 * change)
      let determinant = a * c - b * b
      let s = Matrix(order: 2, elements: [c, -b, -b, a].map { $0 / determinant })
      let m = s * right
      var second = s
      for i in 0..<2 { for j in 0..<2 { second[i, j] += m[i] * m[j] } }
      return (s, m, second)
    }
    let here = moments(0)
    let response = responseSum([(here.covariance, here.mean)])
    let direction = Matrix(order: 2, elements: [0.3, 0.2, 0.2, -0.1])
    // S D (S + 2 m m'), made symmetric.
    var product = Matrix(order: 2)
    for k in 0..<2 {
      for j in 0..<2 {
        for l in 0..<2 {
          for i in 0..<2 { product[k, j] += response[k * 2 + l, i * 2 + j] * direction[l, i] }
        }
      }
    }
    let (up, down) = (moments(1e-4).second, moments(-1e-4).second)
    for i in 0..<2 {
      for j in 0..<2 {
        let slope = (up[i, j] - down[i, j]) / 2e-4
        // The third derivative times 1e-8 / 6, and rounding.
        #expect((slope + 0.5 * (product[i, j] + product[j, i])).magnitude < 1e-8)
      }
    }
  }

  @Test(arguments: DesignKind.allCases, seeds)
  func kernelsOfRows(kind: DesignKind, seed: Int) throws {
    let twin = try PrecisionTwin(kind, seed: seed)
    let inverse = twin.inverse.inverse
    let factor = twin.assembled()
    try #require(factor.factor())
    let all = twin.design * inverse * twin.design.transposed
    var numbers = TestNumbers(seed + 2000)
    for draw in 0..<4 {
      // What comes before the inverse is computed from L, the rest from S too.
      if draw == 2 { factor.invert() }
      let rows = (0..<numbers.integer(1...9)).map { _ in numbers.integer(0...(twin.rowCount - 1)) }
      let kernel = factor.kernel(ofRows: rows)
      #expect(relativeError(kernel.elements, block(all, rows).elements) < tolerance)
      let weights = numbers.uniforms(rows.count)
      let form = factor.quadraticForm(ofRowCombination: rows, weights: weights)
      // A combination may cancel: relative to what is summed.
      let expected = block(all, rows).quadraticForm(weights)
      let size = block(all, rows).elements.reduce(0) { $0 + $1.magnitude }
      #expect((form - expected).magnitude < tolerance * size)
    }
    for level in 0..<twin.layout.shapes[0].levels {
      let rows = Array(twin.layout.rows(ofFirstFactorLevel: level))
      let kernel = factor.kernel(ofFirstFactorLevel: level)
      #expect(relativeError(kernel.elements, block(all, rows).elements) < tolerance)
    }
  }

  @Test(arguments: DesignKind.allCases, seeds)
  func couplings(kind: DesignKind, seed: Int) throws {
    var twin = try PrecisionTwin(kind, seed: seed)
    let factor = twin.assembled()
    var numbers = TestNumbers(seed + 3000)
    for level in 0..<twin.layout.shapes[0].levels {
      let rows = Array(twin.layout.rows(ofFirstFactorLevel: level))
      // M = v v' below the weights: P stays positive definite.
      let v = numbers.uniforms(rows.count).map { 0.2 * $0 / Double(max(rows.count, 1)) }
      var coupling = Matrix(order: rows.count)
      for i in rows.indices {
        for j in rows.indices { coupling[i, j] = v[i] * v[j] }
      }
      factor.subtractCoupling(level: level, coupling)
      var block = Matrix(rows: rows.count, columns: twin.layout.effectCount)
      for (i, row) in rows.enumerated() {
        for c in 0..<twin.layout.effectCount { block[i, c] = twin.design[row, c] }
      }
      let product = block.transposed * coupling * block
      for i in product.elements.indices { twin.precision.elements[i] -= product.elements[i] }
    }
    let (inverse, logDeterminant) = twin.inverse
    try #require(factor.factor())
    factor.invert()
    #expect((factor.logDeterminant - logDeterminant).magnitude < tolerance * 100)
    let rowVariances = DoubleStorage(count: twin.rowCount)
    factor.rowVariances(into: rowVariances)
    let expected = (0..<twin.rowCount).map { inverse.quadraticForm(twin.design.row($0)) }
    #expect(relativeError(rowVariances.array, expected) < tolerance)
  }

  @Test(arguments: DesignKind.allCases, seeds)
  func products(kind: DesignKind, seed: Int) throws {
    let twin = try PrecisionTwin(kind, seed: seed)
    let layout = twin.layout
    var numbers = TestNumbers(seed + 4000)
    let theta = numbers.uniforms(layout.effectCount)
    let rows = numbers.uniforms(twin.rowCount)
    let (thetaStorage, rowStorage) = (DoubleStorage(theta), DoubleStorage(rows))
    let (rowResult, result) = (
      DoubleStorage(count: twin.rowCount), DoubleStorage(count: layout.effectCount)
    )
    layout.multiplyDesign(thetaStorage, into: rowResult)
    #expect(relativeError(rowResult.array, twin.design * theta) < tolerance)
    layout.multiplyTransposedDesign(rowStorage, into: result)
    #expect(relativeError(result.array, twin.design.transposed * rows) < tolerance)
    // P theta = A' (w A theta) + Lambda theta.
    layout.priorProduct(
      thetaStorage, priors: twin.priors, fixedPrecision: twin.fixedPrecision, into: result)
    let prior = result.array
    for (sorted, row) in layout.rowOrder.enumerated() {
      rowResult.pointer[sorted] *= twin.weights[row]
    }
    layout.multiplyTransposedDesign(rowResult, into: result)
    let sum = zip(result.array, prior).map { $0 + $1 }
    #expect(relativeError(sum, twin.precision * theta) < tolerance)
  }

  /// A second factorization by the same object, and one by another on another thread, give the same
  /// bits.
  @Test func repeatsAndSharesItsLayout() async throws {
    let twin = try PrecisionTwin(.threeCrossed, seed: 8)
    let answers = await withTaskGroup(of: [Double].self) { group in
      for _ in 0..<2 {
        group.addTask {
          let factor = twin.assembled()
          var answers: [Double] = []
          for _ in 0..<2 {
            let weights = twin.sortedWeights
            factor.assemble(
              weights: weights, priors: twin.priors, fixedPrecision: twin.fixedPrecision)
            guard factor.factor() else { return [] }
            factor.invert()
            let variances = DoubleStorage(count: twin.rowCount)
            factor.rowVariances(into: variances)
            answers.append(factor.logDeterminant)
            answers.append(variances.array.reduce(0, +))
          }
          return answers
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(answers.count == 8)
    for index in answers.indices { #expect(answers[index] == answers[index % 2]) }
  }

  @Test(arguments: DesignKind.allCases)
  func refusesWhatIsNotPositiveDefinite(kind: DesignKind) throws {
    let twin = try PrecisionTwin(kind, seed: 12)
    let factor = PrecisionFactor(twin.layout)
    let weights = DoubleStorage(twin.layout.rowOrder.map { _ in -30 })
    factor.assemble(weights: weights, priors: twin.priors, fixedPrecision: twin.fixedPrecision)
    #expect(!factor.factor())
    // The last pivot alone is negative.
    let last = twin.assembled()
    if twin.layout.fixedCount > 0 {
      let corner = last.dense.order - 1
      last.dense.matrix.pointer[corner * last.dense.stride + corner] = -1
      #expect(!last.factor())
    }
    weights.fill(with: .nan)
    factor.assemble(weights: weights, priors: twin.priors, fixedPrecision: twin.fixedPrecision)
    #expect(!factor.factor())
  }

  private func block(_ matrix: Matrix, _ indices: [Int]) -> Matrix {
    var result = Matrix(order: indices.count)
    for (i, a) in indices.enumerated() {
      for (j, b) in indices.enumerated() { result[i, j] = matrix[a, b] }
    }
    return result
  }
}
