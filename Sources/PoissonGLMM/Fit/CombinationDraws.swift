import GSLNumerics

/// Draws of several linear combinations of the fixed effects from their joint posterior, the same
/// ones every time.
struct CombinationDraws {
  /// Of each component of the posterior: its weight, the combinations' means, and a root of their
  /// covariance matrix, row-major and lower triangular.
  private let components: [(weight: Double, means: [Double], root: [Double])]
  private let count: Int
  private let stream: RandomStream

  /// - Parameter weights: of each combination, one number for each fixed effect.
  init(_ posterior: Posterior, weights: [[Double]]) throws(FitError) {
    count = weights.count
    components = posterior.components.map { component in
      let gaussian = component.gaussian
      let matrix = Matrix(
        rows: weights.count, columns: gaussian.fixedMean.count, elements: weights.flatMap { $0 })
      let covariance = matrix * (matrix * gaussian.fixedCovariance).transposed
      return (component.weight, matrix * gaussian.fixedMean, covariance.semidefiniteRoot.elements)
    }
    do {
      stream = try RandomStream(
        seed: 0, scenario: "linear combinations", replicate: 0, purpose: .posteriorDraws)
    } catch {
      throw FitError("Draws cannot be made: \(error).")
    }
  }

  /// What `transform` makes of each draw.
  func map(count draws: Int, _ transform: ([Double]) -> Double) -> [Double] {
    var results: [Double] = []
    results.reserveCapacity(draws)
    forEach(count: draws) { _, values in results.append(transform(values)) }
    return results
  }

  /// The draws, each with the index of its component.
  func draws(count draws: Int) -> [(component: Int, values: [Double])] {
    var results: [(component: Int, values: [Double])] = []
    forEach(count: draws) { results.append(($0, $1)) }
    return results
  }

  /// Components have their shares of the draws: draw i comes from the one in which the weights,
  /// summed up, pass (i + 1/2) / count.
  private func forEach(count draws: Int, _ body: (_ component: Int, _ values: [Double]) -> Void) {
    var values = [Double](repeating: 0, count: count)
    var normals = values
    var (passed, done) = (0.0, 0)
    for (index, component) in components.enumerated() {
      passed += component.weight
      let isLast = index == components.count - 1
      while done < draws, isLast || Double(done) + 0.5 < passed * Double(draws) {
        for i in 0..<count { normals[i] = stream.normal() }
        for i in 0..<count {
          var value = component.means[i]
          for k in 0...i { value += component.root[i * count + k] * normals[k] }
          values[i] = value
        }
        body(index, values)
        done += 1
      }
    }
  }
}
