import PlatformEssentials

/// The rows of a model without random effects:
///
///     y_i ~ Poisson(exp(o_i + x_i'b))      b_c ~ N(0, 1 / priorPrecision)
struct RegressionRows {
  /// n and p.
  let count: Int
  let width: Int
  /// x_i, p numbers a row.
  let design: [Double]
  let counts: [Double]
  let offset: [Double]
  let sumLogFactorials: Double
  let priorPrecision: Double

  init(_ data: ModelData, priors: Priors) {
    let (n, p) = (data.rowCount, data.shape.fixedCount)
    (count, width) = (n, p)
    counts = data.counts.array
    offset = data.offset.array
    var design = [Double](repeating: 0, count: n * p)
    for c in 0..<p {
      for i in 0..<n { design[i * p + c] = data.fixedDesign.pointer[c * n + i] }
    }
    self.design = design
    sumLogFactorials = data.sumLogFactorials
    priorPrecision = priors.fixedEffectPrecision
  }

  /// o + X b.
  func linearPredictors(_ b: [Double]) -> [Double] {
    (0..<count).map { i in
      var sum = offset[i]
      for c in 0..<width { sum += design[i * width + c] * b[c] }
      return sum
    }
  }

  /// log p(y | b)
  /// - Parameter distribution: of the counts; nil for Poisson.
  func logLikelihood(_ b: [Double], _ distribution: CountDistribution? = nil) -> Double {
    if let distribution {
      return zip(counts, linearPredictors(b)).reduce(0) {
        $0 + distribution.logDensity($1.0, predictor: $1.1)
      }
    }
    var sum = -sumLogFactorials
    for (count, predictor) in zip(counts, linearPredictors(b)) {
      sum += count * predictor - exp(predictor)
    }
    return sum
  }

  /// X v, without the offset.
  func product(_ v: [Double]) -> [Double] {
    (0..<count).map { i in
      var sum = 0.0
      for c in 0..<width { sum += design[i * width + c] * v[c] }
      return sum
    }
  }

  /// X' diag(weights) X + Lambda.
  func precision(_ weights: [Double]) -> Matrix {
    var matrix = Matrix(order: width)
    matrix.elements.withUnsafeMutableBufferPointer { target in
      for i in 0..<count {
        for c in 0..<width {
          let factor = weights[i] * design[i * width + c]
          guard factor != 0 else { continue }
          for d in 0...c { target[c * width + d] += factor * design[i * width + d] }
        }
      }
    }
    for c in 0..<width {
      matrix[c, c] += priorPrecision
      for d in 0..<c { matrix[d, c] = matrix[c, d] }
    }
    return matrix
  }

  /// X'v.
  func transposedProduct(_ v: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for i in 0..<count {
      for c in 0..<width { sums[c] += design[i * width + c] * v[i] }
    }
    return sums
  }
}
