import PlatformEssentials

/// Linear response with H between rows that share a level of the first factor eliminated, so that
/// P_eff is as sparse as S^-1 once that is factored. Where rows are many, those of different levels
/// matter by less than .3 % of a fixed effect's SD.
final class LevelLinearResponse: LinearResponseCovariance {
  let layout: EffectLayout
  /// Where the last update was.
  private var optimum: PrecisionFactor?
  private var curvatures: RowCurvatures
  /// The responses of large levels there, by level.
  private var alike: [Int: AlikeResponse] = [:]
  private let factor: PrecisionFactor
  private var response = VarianceResponse()
  private var kernel: [Double] = []
  private var halves: [Double] = []
  /// The weights that are left beside what couples pairs of rows.
  private let effectiveWeights: DoubleStorage
  /// Levels of more rows are taken as `AlikeResponse` does.
  private static let largestFull = 40

  init(_ layout: EffectLayout) {
    self.layout = layout
    factor = PrecisionFactor(layout)
    effectiveWeights = DoubleStorage(count: layout.rowCount)
    curvatures = RowCurvatures(equal: effectiveWeights)
  }

  func update(
    _ optimum: PrecisionFactor, curvatures: RowCurvatures, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool {
    self.optimum = optimum
    self.curvatures = curvatures
    let thirds = curvatures.thirds.pointer
    effectiveWeights.copy(from: curvatures.weights)
    alike = [:]
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard rows.count > Self.largestFull else { continue }
      let response = alikeResponse(optimum, rows: rows, variances)
      for (row, half) in zip(rows, response.diagonal) {
        effectiveWeights.pointer[row] -= thirds[row] * half * thirds[row]
      }
      alike[level] = response
    }
    factor.assemble(
      weights: effectiveWeights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      if let response = alike[level] {
        factor.subtractCoupling(
          level: level, vector: zip(rows, response.vector).map { thirds[$0] * $1 },
          factor: response.factor)
        continue
      }
      guard !rows.isEmpty else { continue }
      guard setResponse(optimum, level: level, rows: rows) else { return false }
      halves.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        // T H T.
        for i in 0..<rows.count {
          let third = thirds[rows.lowerBound + i]
          for j in 0..<rows.count {
            base[i * rows.count + j] *= third * thirds[rows.lowerBound + j]
          }
        }
        factor.subtractCoupling(level: level, base)
      }
    }
    guard factor.factor() else { return false }
    factor.invert()
    return true
  }

  private func alikeResponse(
    _ optimum: PrecisionFactor, rows: Range<Int>, _ variances: DoubleStorage
  ) -> AlikeResponse {
    let weights = rows.map { curvatures.weights.pointer[$0] }
    return AlikeResponse(
      total: optimum.quadraticForm(ofRowCombination: Array(rows), weights: weights),
      variances: rows.map { variances.pointer[$0] }, weights: weights,
      fourths: rows.map { curvatures.fourths.pointer[$0] })
  }

  /// Puts H of a level into `halves`.
  private func setResponse(_ optimum: PrecisionFactor, level: Int, rows: Range<Int>) -> Bool {
    let m = rows.count
    if kernel.count < m * m {
      kernel = [Double](repeating: 0, count: m * m)
      halves = kernel
    }
    return kernel.withUnsafeMutableBufferPointer { kernel in
      halves.withUnsafeMutableBufferPointer { halves in
        guard let k = kernel.baseAddress, let h = halves.baseAddress else { return true }
        optimum.kernel(ofFirstFactorLevel: level, into: k)
        return response.matrix(
          k, fourths: curvatures.fourths.pointer + rows.lowerBound, count: m, into: h)
      }
    }
  }

  func fixedCovariance() -> Matrix { factor.fixedCovariance() }

  func solve(_ x: DoubleStorage) { factor.solve(x) }

  func variances(into target: DoubleStorage) { factor.variances(into: target) }

  func respond(_ x: DoubleStorage) -> Bool {
    guard let optimum else { return false }
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard !rows.isEmpty else { continue }
      let m = rows.count
      let moved = rows.map { x.pointer[$0] }
      if let response = alike[level] {
        for (row, half) in zip(rows, response.product(moved)) { x.pointer[row] = half }
        continue
      }
      guard setResponse(optimum, level: level, rows: rows) else { return false }
      for (i, row) in rows.enumerated() {
        var sum = 0.0
        for j in 0..<m { sum += halves[i * m + j] * moved[j] }
        x.pointer[row] = sum
      }
    }
    return true
  }
}
