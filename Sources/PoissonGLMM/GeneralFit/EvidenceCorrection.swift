import PlatformEssentials

/// R, what the bound F lacks of log p(y | phi):
///
///     R = (log|P| - log|P_eff|) / 6
///
/// as a sum over clusters of rows, completed by an integral along each group's own effects for the
/// factor with the most levels, where small errors would add up.
///
/// To leading order R is 1/12 sum_ij t_i t_j K_ij^3, the first term of the expansion of
/// log E_q exp(log p - log q) about the optimum.
struct EvidenceCorrection {
  private let merged: MergedRows
  private let clusters: RowClusters
  /// Of the merged rows.
  private let mergedCurvatures: RowCurvatures
  private let mergedVariances: DoubleStorage
  private var determinants = ClusterDeterminants()
  private var integral: OwnEffectIntegral?
  private let kernel: DoubleStorage
  private var slopes: [Double]
  /// Of the rows of a cluster.
  private let clusterCurvatures: RowCurvatures

  /// Clusters of more rows are taken as if all pairs had one covariance: their common effect, of
  /// which so many rows leave little, is all that matters.
  static let largestFull = 64

  /// - Parameter curvatures: with the sharing of the family's.
  init(_ layout: EffectLayout, sharing curvatures: RowCurvatures) {
    merged = MergedRows(layout)
    let representatives = merged.representatives
    clusters = RowClusters(
      levels: layout.sortedLevels.map { levels in representatives.map { levels[$0] } },
      rows: representatives.count)
    mergedCurvatures = curvatures.room(count: representatives.count)
    clusterCurvatures = curvatures.room(count: Self.largestFull)
    mergedVariances = DoubleStorage(count: representatives.count)
    kernel = DoubleStorage(count: Self.largestFull * Self.largestFull)
    slopes = []
    let order = layout.firstTermCount
    integral =
      (1...OwnEffectIntegral.largestOrder).contains(order)
      ? OwnEffectIntegral(order: order) : nil
  }

  /// R at a point whose S^-1 is factored and inverted.
  /// - Returns: nil where a determinant has no value.
  mutating func value(_ factor: PrecisionFactor, at point: EvaluatedRows) -> Double? {
    merged.combine(point, into: mergedCurvatures, mergedVariances)
    let (thirds, fourths) = (mergedCurvatures.thirds.pointer, mergedCurvatures.fourths.pointer)
    var sum = 0.0
    for family in clusters.families {
      for index in 0..<family.count {
        let range = family.starts[index]..<family.starts[index + 1]
        if range.count == 1 {
          let row = family.rows[range.lowerBound]
          sum +=
            family.sign
            * ClusterDeterminants.single(
              third: thirds[row], fourth: fourths[row], variance: mergedVariances.pointer[row])
          continue
        }
        guard let part = part(factor, Array(family.rows[range])) else { return nil }
        sum += family.sign * part
      }
    }
    guard let own = ownEffects(factor, point) else { return nil }
    return sum + own
  }

  private mutating func part(_ factor: PrecisionFactor, _ rows: [Int]) -> Double? {
    let originals = rows.map { merged.representatives[$0] }
    if rows.count <= Self.largestFull {
      clusterCurvatures.gather(rows, from: mergedCurvatures)
      factor.kernel(ofRows: originals, into: kernel.pointer)
      return determinants.value(
        kernel.pointer, thirds: clusterCurvatures.thirds.pointer,
        fourths: clusterCurvatures.fourths.pointer, count: rows.count)
    }
    let weights = rows.map { mergedCurvatures.weights.pointer[$0] }
    let variances = mergedVariances.pointer
    let covariance = RowClusters.meanCovariance(
      total: factor.quadraticForm(ofRowCombination: originals, weights: weights),
      zip(weights, rows.lazy.map { variances[$0] }))
    return ClusterDeterminants.value(
      covariance: covariance, variances: variances,
      thirds: mergedCurvatures.thirds.pointer, fourths: mergedCurvatures.fourths.pointer,
      rows: rows)
  }

  /// The integrals along the effects of the groups of the factor with the most levels.
  private mutating func ownEffects(
    _ factor: PrecisionFactor, _ point: EvaluatedRows
  ) -> Double? {
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
        return integral?.value(base, rows: rows, at: point)
      }
      guard let part else { return nil }
      sum += part
    }
    return sum
  }
}
