/// A family with its parameters under independent normals N(m_a, r_a): expectations over them too,
/// by the rule of `ParameterNode`.
struct AveragedFamily: RowFamily {
  private struct Node: Sendable {
    let weight: Double
    let family: OverdispersedFamily
    /// The parameter that is moved, and the derivative of its value by log r.
    let moved: (parameter: Int, distance: Double)?
  }

  private let nodes: [Node]
  private let parameterCount: Int

  init(
    means: [Double], variances: [Double], family: (_ parameters: [Double]) -> OverdispersedFamily
  ) {
    parameterCount = means.count
    nodes = ParameterNode.rule(means: means, variances: variances).map { node in
      Node(
        weight: node.weight, family: family(node.parameters),
        moved: node.moved.map { ($0.parameter, 0.5 * $0.distance) })
    }
  }

  func expectations(count: Int) -> RowExpectations { nodes[0].family.expectations(count: count) }

  func start(weights: DoubleStorage, predictors: DoubleStorage) {
    nodes[0].family.start(weights: weights, predictors: predictors)
  }

  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double) {
    let part = self.expectations(count: means.count)
    func storages(_ expectations: RowExpectations) -> [DoubleStorage] {
      [expectations.first] + expectations.curvatures.distinct
    }
    let (targets, sources) = (storages(expectations), storages(part))
    for target in targets { target.fill(with: 0) }
    let slopes = expectations.parameterSlopes
    slopes.fill(with: 0)
    var (sum, magnitude) = (0.0, 0.0)
    for node in nodes {
      let value = node.family.evaluate(means: means, variances: variances, into: part)
      sum += node.weight * value.sum
      magnitude += node.weight * value.magnitude
      for (target, source) in zip(targets, sources) { target.add(source, times: node.weight) }
      for a in 0..<parameterCount {
        slopes.pointer[a] += node.weight * part.parameterSlopes.pointer[a]
      }
      if let (a, distance) = node.moved {
        slopes.pointer[parameterCount + a] +=
          node.weight * distance * part.parameterSlopes.pointer[a]
      }
    }
    return (sum, magnitude)
  }

  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial {
    let parts = nodes.map {
      ($0.weight, $0.family.remainderPolynomial(ofRow: row, spread: spread, at: point))
    }
    func mean(_ number: (RemainderPolynomial) -> Double) -> Double {
      parts.reduce(0) { $0 + $1.0 * number($1.1) }
    }
    return RemainderPolynomial(
      constant: mean(\.constant), linear: mean(\.linear), curvature: mean(\.curvature))
  }

  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double> {
    nodes.reduce(SIMD8<Double>.zero) {
      $0 + $1.weight * $1.family.remainder(ofRow: row, at: x, spread: spread, point)
    }
  }
}
