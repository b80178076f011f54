import Foundation

/// The covariances of the effects by linear response:
///
///     Cov(theta | phi) = P_eff^-1,    P_eff = A' (W - M) A + Lambda
///
/// with M between rows that share a level of the first factor eliminated (see `EffectiveWeights`);
/// between others it matters by less than .3 % of a fixed effect's SD. So P_eff is as sparse as
/// S^-1 once that is factored.
final class LinearResponseFactor {
  let layout: EffectLayout
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

  /// Factors P_eff at an optimum whose S^-1 `optimum` holds, factored and inverted.
  /// - Parameters:
  ///   - weights: w.
  ///   - variances: those of the rows' linear predictors.
  /// - Returns: false if it is not positive definite or not finite.
  func update(
    _ optimum: PrecisionFactor, weights: DoubleStorage, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool {
    effectiveWeights.copy(from: weights)
    var alike: [(level: Int, coupling: AlikeCoupling)] = []
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard rows.count > Self.largestFull else { continue }
      let coupling = alikeCoupling(optimum, rows: rows, weights, variances)
      for (row, share) in zip(rows, coupling.diagonal) {
        effectiveWeights.pointer[row] -= share
      }
      alike.append((level, coupling))
    }
    factor.assemble(
      weights: effectiveWeights, priors: prior.precisions, fixedPrecision: prior.fixedPrecision)
    for (level, coupling) in alike {
      factor.subtractCoupling(level: level, vector: coupling.vector, factor: coupling.factor)
    }
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard !rows.isEmpty, rows.count <= Self.largestFull else { continue }
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

  /// Cov(b), p x p.
  func fixedCovariance() -> Matrix { factor.fixedCovariance() }

  /// Replaces x by P_eff^-1 x.
  func solve(_ x: DoubleStorage) { factor.solve(x) }

  /// The variances of all effects.
  func variances(into target: DoubleStorage) { factor.variances(into: target) }

  /// The response of the weights to a force of size 1 on fixed effect c, per unit of the change of
  /// its mean's SD: dw along dm = P_eff^-1 e_c / SD(b_c).
  func weightChange(
    ofFixedEffect c: Int, _ optimum: PrecisionFactor, weights: DoubleStorage,
    variances: DoubleStorage, room: DoubleStorage, into change: DoubleStorage
  ) -> Double? {
    room.fill(with: 0)
    room.pointer[layout.fixedStart + c] = 1
    factor.solve(room)
    let variance = room.pointer[layout.fixedStart + c]
    guard variance > 0, variance.isFinite else { return nil }
    let sd = variance.squareRoot()
    room.scale(by: 1 / sd)
    layout.multiplyDesign(room, into: change)
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard !rows.isEmpty else { continue }
      let m = rows.count
      let moved = rows.map { change.pointer[$0] }
      if m > Self.largestFull {
        let taken = alikeCoupling(optimum, rows: rows, weights, variances).product(moved)
        for (i, row) in rows.enumerated() {
          change.pointer[row] = weights.pointer[row] * moved[i] - taken[i]
        }
        continue
      }
      guard setCoupling(optimum, level: level, rows: rows, weights) else { return nil }
      for (i, row) in rows.enumerated() {
        var sum = weights.pointer[row] * moved[i]
        for j in 0..<m { sum -= coupling[i * m + j] * moved[j] }
        change.pointer[row] = sum
      }
    }
    return sd
  }
}
