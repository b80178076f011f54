import Foundation

/// R, what the bound F lacks of log p(y | phi):
///
///     R = (log|P| - log|P_eff|) / 6
///
/// as a sum over clusters of rows, completed by an integral along each group's own effects for the
/// factor with the most levels, where small errors would add up.
///
/// To leading order R is 1/12 sum_ij w_i w_j K_ij^3, the first term of the expansion of
/// log E_q exp(log p - log q) about the optimum.
struct EvidenceCorrection {
  private let merged: MergedRows
  private let clusters: RowClusters
  /// Weights and variances of the merged rows.
  private let mergedWeights: DoubleStorage
  private let mergedVariances: DoubleStorage
  private var determinants = ClusterDeterminants()
  private var integral: OwnEffectIntegral?
  private var kernel: [Double]
  private var slopes: [Double]
  private var rates: [Double]

  /// Clusters of more rows are taken as if all pairs had one covariance: their common effect, of
  /// which so many rows leave little, is all that matters.
  static let largestFull = 64

  init(_ layout: EffectLayout) {
    merged = MergedRows(layout)
    let representatives = merged.representatives
    clusters = RowClusters(
      levels: layout.sortedLevels.map { levels in representatives.map { levels[$0] } },
      rows: representatives.count)
    mergedWeights = DoubleStorage(count: representatives.count)
    mergedVariances = DoubleStorage(count: representatives.count)
    kernel = [Double](repeating: 0, count: Self.largestFull * Self.largestFull)
    slopes = []
    rates = []
    let order = layout.firstTermCount
    integral = order <= OwnEffectIntegral.largestOrder ? OwnEffectIntegral(order: order) : nil
  }

  /// R at a point whose S^-1, with the weights w, is factored and inverted.
  /// - Parameters:
  ///   - variances: v_i = a_i' S a_i.
  /// - Returns: nil where a determinant has no value.
  mutating func value(
    _ factor: PrecisionFactor, weights: DoubleStorage, variances: DoubleStorage
  ) -> Double? {
    merged.combine(
      weights: weights, variances: variances, into: mergedWeights, mergedVariances)
    var sum = 0.0
    for family in clusters.families {
      for index in 0..<family.count {
        let range = family.starts[index]..<family.starts[index + 1]
        if range.count == 1 {
          let row = family.rows[range.lowerBound]
          sum +=
            family.sign
            * ClusterDeterminants.single(
              weight: mergedWeights.pointer[row], variance: mergedVariances.pointer[row])
          continue
        }
        let rows = Array(family.rows[range])
        guard let part = part(factor, rows) else { return nil }
        sum += family.sign * part
      }
    }
    guard let own = ownEffects(factor, weights) else { return nil }
    return sum + own
  }

  private mutating func part(
    _ factor: PrecisionFactor, _ rows: [Int]
  ) -> Double? {
    let (weights, variances) = (mergedWeights, mergedVariances)
    let originals = rows.map { merged.representatives[$0] }
    if rates.count < rows.count { rates = [Double](repeating: 0, count: rows.count) }
    for (index, row) in rows.enumerated() { rates[index] = weights.pointer[row] }
    if rows.count <= Self.largestFull {
      return kernel.withUnsafeMutableBufferPointer { buffer -> Double? in
        guard let base = buffer.baseAddress else { return nil }
        factor.kernel(ofRows: originals, into: base)
        return rates.withUnsafeBufferPointer { rates -> Double? in
          guard let first = rates.baseAddress else { return nil }
          return determinants.value(base, weights: first, count: rows.count)
        }
      }
    }
    let covariance = RowClusters.meanCovariance(
      total: factor.quadraticForm(
        ofRowCombination: originals, weights: Array(rates[..<rows.count])),
      zip(rates, rows.lazy.map { variances.pointer[$0] }))
    return ClusterDeterminants.value(
      covariance: covariance, variances: variances.pointer, weights: rates, rows: rows)
  }

  /// The integrals along the effects of the groups of the factor with the most levels.
  private mutating func ownEffects(_ factor: PrecisionFactor, _ weights: DoubleStorage) -> Double? {
    guard integral != nil else { return 0 }
    let layout = factor.layout
    let q = layout.firstTermCount
    var sum = 0.0
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      guard !rows.isEmpty else { continue }
      if slopes.count < rows.count * q {
        slopes = [Double](repeating: 0, count: rows.count * q)
      }
      let part: Double? = slopes.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return 0 }
        guard factor.standardizedSlopes(ofFirstFactorLevel: level, into: base) else { return nil }
        return integral?.value(
          base, rates: weights.pointer + rows.lowerBound, rows: rows.count)
      }
      guard let part else { return nil }
      sum += part
    }
    return sum
  }
}
