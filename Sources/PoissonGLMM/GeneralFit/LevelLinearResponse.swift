import Foundation

/// Linear response with M between rows that share a level of the first factor eliminated, so that
/// P_eff is as sparse as S^-1 once that is factored. Where rows are many, those of different levels
/// matter by less than .3 % of a fixed effect's SD.
final class LevelLinearResponse: LinearResponseCovariance {
  let layout: EffectLayout
  /// Where the last update was.
  private var optimum: PrecisionFactor?
  private var weights: DoubleStorage?
  /// The couplings of large levels there, by level.
  private var alike: [Int: AlikeCoupling] = [:]
  private let factor: PrecisionFactor
  private var response = EffectiveWeights()
  private var kernel: [Double] = []
  private var coupling: [Double] = []
  /// The weights that are left beside what couples pairs of rows.
  private let effectiveWeights: DoubleStorage
  /// Levels of more rows are taken as `AlikeCoupling` does.
  private static let largestFull = 40

  init(_ layout: EffectLayout) {
    self.layout = layout
    factor = PrecisionFactor(layout)
    effectiveWeights = DoubleStorage(count: layout.rowCount)
  }

  func update(
    _ optimum: PrecisionFactor, weights: DoubleStorage, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool {
    self.optimum = optimum
    self.weights = weights
    effectiveWeights.copy(from: weights)
    alike = [:]
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard rows.count > Self.largestFull else { continue }
      let coupling = alikeCoupling(optimum, rows: rows, weights, variances)
      for (row, share) in zip(rows, coupling.diagonal) {
        effectiveWeights.pointer[row] -= share
      }
      alike[level] = coupling
    }
    factor.assemble(
      weights: effectiveWeights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      if let coupling = alike[level] {
        factor.subtractCoupling(level: level, vector: coupling.vector, factor: coupling.factor)
        continue
      }
      guard !rows.isEmpty else { continue }
      guard setCoupling(optimum, level: level, rows: rows, weights) else { return false }
      coupling.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        factor.subtractCoupling(level: level, base)
      }
    }
    guard factor.factor() else { return false }
    factor.invert()
    return true
  }

  private func alikeCoupling(
    _ optimum: PrecisionFactor, rows: Range<Int>, _ weights: DoubleStorage,
    _ variances: DoubleStorage
  ) -> AlikeCoupling {
    let rates = rows.map { weights.pointer[$0] }
    return AlikeCoupling(
      total: optimum.quadraticForm(ofRowCombination: Array(rows), weights: rates),
      variances: rows.map { variances.pointer[$0] }, weights: rates)
  }

  private func setCoupling(
    _ optimum: PrecisionFactor, level: Int, rows: Range<Int>, _ weights: DoubleStorage
  ) -> Bool {
    let m = rows.count
    let rates = rows.map { weights.pointer[$0] }
    if kernel.count < m * m {
      kernel = [Double](repeating: 0, count: m * m)
      coupling = kernel
    }
    return kernel.withUnsafeMutableBufferPointer { kernel in
      coupling.withUnsafeMutableBufferPointer { coupling in
        guard let k = kernel.baseAddress, let c = coupling.baseAddress else { return true }
        optimum.kernel(ofFirstFactorLevel: level, into: k)
        return response.coupling(k, weights: rates, into: c)
      }
    }
  }

  func fixedCovariance() -> Matrix { factor.fixedCovariance() }

  func solve(_ x: DoubleStorage) { factor.solve(x) }

  func variances(into target: DoubleStorage) { factor.variances(into: target) }

  func respond(_ x: DoubleStorage) -> Bool {
    guard let optimum, let weights else { return false }
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard !rows.isEmpty else { continue }
      let m = rows.count
      let moved = rows.map { x.pointer[$0] }
      if let coupling = alike[level] {
        let taken = coupling.product(moved)
        for (i, row) in rows.enumerated() {
          x.pointer[row] = weights.pointer[row] * moved[i] - taken[i]
        }
        continue
      }
      guard setCoupling(optimum, level: level, rows: rows, weights) else { return false }
      for (i, row) in rows.enumerated() {
        var sum = weights.pointer[row] * moved[i]
        for j in 0..<m { sum -= coupling[i * m + j] * moved[j] }
        x.pointer[row] = sum
      }
    }
    return true
  }
}
