import PlatformEssentials

/// R, what the bound F lacks of log p(y | phi), for designs that cannot be factored: as
/// `EvidenceCorrection` has it, with covariances K from draws and all that is known without them.
final class IterativeEvidence {
  private let gaussian: IterativeGaussian
  private let merged: MergedRows
  private let families: [ClusterCovariances]
  private let own: OwnEffectSlopes?
  /// A draw's linear predictors.
  private let rows: Panel
  private let mergedCurvatures: RowCurvatures
  private let mergedVariances: DoubleStorage
  private var determinants = ClusterDeterminants()

  init(_ gaussian: IterativeGaussian) {
    self.gaussian = gaussian
    let layout = gaussian.problem.layout
    merged = MergedRows(layout)
    let representatives = merged.representatives
    let clusters = RowClusters(
      levels: layout.sortedLevels.map { levels in representatives.map { levels[$0] } },
      rows: representatives.count)
    families = clusters.families.map {
      ClusterCovariances($0, gaussian, representatives: representatives)
    }
    own =
      layout.firstTermCount <= OwnEffectIntegral.largestOrder ? OwnEffectSlopes(gaussian) : nil
    rows = Panel(count: layout.rowCount)
    mergedCurvatures = gaussian.expectations.curvatures.room(count: representatives.count)
    mergedVariances = DoubleStorage(count: representatives.count)
  }

  /// R at the weights that the Gaussian's P has; draws anew.
  func value() -> Double {
    for family in families { family.begin() }
    own?.begin()
    // Clusters weigh their rows while draws are made; variances are known only then.
    merged.combine(gaussian.rows, into: mergedCurvatures, mergedVariances)
    gaussian.draw { probe, draw in
      gaussian.design.multiply(draw, into: rows)
      for family in families {
        family.add(
          probe: probe, draw: draw, predictors: rows, weights: mergedCurvatures.weights)
      }
      own?.add(probe: probe, draw: draw, predictors: rows)
    }
    merged.combine(gaussian.rows, into: mergedCurvatures, mergedVariances)
    var sum = own?.value() ?? 0
    for family in families {
      sum += family.value(mergedCurvatures, variances: mergedVariances, &determinants)
    }
    return sum
  }
}

/// The covariances of the linear predictors of the rows of each cluster of a family, and the parts
/// of R that these give.
///
/// K_ij is known but for the covariance of what the effects outside the cluster's levels make of
/// both rows, which draws tell.
private final class ClusterCovariances {
  private let family: RowClusters.Family
  private let gaussian: IterativeGaussian
  /// Of each merged row one row, in the layout's order.
  private let representatives: [Int]
  /// The drawn ones of the family's factors; nil if there is none.
  private let sets: LevelSets?
  /// Where a cluster's covariances begin, row by row of a lower triangle; -1 if only the variance
  /// of its weighted sum is kept.
  private let starts: [Int]
  private let covariances: DoubleStorage
  private var totals: [Double]
  /// What a draw makes of a cluster's rows.
  private let conditional: Panel
  private let scores: DoubleStorage

  /// The most numbers that are kept of a family, 256 MB.
  private static let largestStorage = 1 << 25

  init(_ family: RowClusters.Family, _ gaussian: IterativeGaussian, representatives: [Int]) {
    (self.family, self.gaussian, self.representatives) = (family, gaussian, representatives)
    let drawn = Set(gaussian.design.drawnFactors).intersection(family.factors)
    sets = drawn.isEmpty ? nil : LevelSets(gaussian.design, factors: drawn.sorted())
    func size(_ cluster: Int) -> Int { family.starts[cluster + 1] - family.starts[cluster] }
    func length(_ cluster: Int) -> Int { size(cluster) * (size(cluster) + 1) / 2 }
    var largest = EvidenceCorrection.largestFull
    while largest > 1,
      (0..<family.count).reduce(0, { $0 + (size($1) <= largest ? length($1) : 0) })
        > Self.largestStorage
    { largest /= 2 }
    var (starts, count, widest) = ([Int](), 0, 1)
    for cluster in 0..<family.count {
      widest = max(widest, size(cluster))
      starts.append(size(cluster) <= largest ? count : -1)
      if size(cluster) <= largest { count += length(cluster) }
    }
    self.starts = starts
    covariances = DoubleStorage(count: count)
    totals = [Double](repeating: 0, count: family.count)
    conditional = Panel(count: widest)
    scores = DoubleStorage(count: (widest + 1) * gaussian.drawn.solved.effects.count)
  }

  private func members(_ cluster: Int) -> ArraySlice<Int> {
    family.rows[family.starts[cluster]..<family.starts[cluster + 1]]
  }

  func begin() {
    covariances.fill(with: 0)
    for cluster in totals.indices { totals[cluster] = 0 }
    sets?.update(gaussian.precision)
  }

  /// Adds the squares and products of a draw's linear predictors with the effects of the cluster's
  /// levels replaced by their expectations.
  func add(probe: Panel, draw: Panel, predictors: Panel, weights: DoubleStorage) {
    let design = gaussian.design
    let order = sets?.order ?? 0
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: order + 1) { mean in
      guard let mean = mean.baseAddress else { return }
      for cluster in 0..<family.count {
        let members = members(cluster)
        guard members.count > 1 else { continue }
        let set = sets.map { Int($0.setOfRow[representatives[members[members.startIndex]]]) } ?? 0
        sets?.setConditionalMean(ofSet: set, draw: draw, probe: probe, into: mean)
        for (index, member) in members.enumerated() {
          let row = representatives[member]
          let a = design.values.pointer + row * design.width
          var eta = predictors.pointer[row]
          sets?.forEachEffect(ofSet: set) { place, effect, column in
            eta += a[column] * (mean[place] - draw.pointer[effect])
          }
          conditional.pointer[index] = eta
        }
        if starts[cluster] < 0 {
          var total = SIMD8<Double>.zero
          for (index, member) in members.enumerated() {
            total += weights.pointer[member] * conditional.pointer[index]
          }
          totals[cluster] += DrawnVariances.share * (total * total).sum()
        } else {
          var target = covariances.pointer + starts[cluster]
          for i in 0..<members.count {
            let eta = DrawnVariances.share * conditional.pointer[i]
            for j in 0...i { target[j] += (eta * conditional.pointer[j]).sum() }
            target += i + 1
          }
        }
      }
    }
  }

  /// The sum of l over the clusters, with the family's sign.
  func value(
    _ curvatures: RowCurvatures, variances: DoubleStorage,
    _ determinants: inout ClusterDeterminants
  ) -> Double {
    let (weights, v) = (curvatures.weights, variances.pointer)
    let (thirds, fourths) = (curvatures.thirds.pointer, curvatures.fourths.pointer)
    let widest = EvidenceCorrection.largestFull
    let kernel = DoubleStorage(count: widest * widest)
    let own = curvatures.room(count: widest)
    var sum = 0.0
    for cluster in 0..<family.count {
      let members = Array(members(cluster))
      func single(_ member: Int) -> Double {
        ClusterDeterminants.single(
          third: thirds[member], fourth: fourths[member], variance: v[member])
      }
      if members.count == 1 {
        sum += single(members[0])
        continue
      }
      var total = totals[cluster]
      if starts[cluster] < 0 {
        total += knownVariance(cluster, weights)
      } else {
        let m = members.count
        setKernel(cluster, variances, into: kernel.pointer)
        own.gather(members, from: curvatures)
        let part = determinants.value(
          kernel.pointer, thirds: own.thirds.pointer, fourths: own.fourths.pointer, count: m)
        if let part {
          sum += part
          continue
        }
        // Draws may put an eigenvalue beyond its limit where counts are large.
        total = 0
        for i in 0..<m {
          for j in 0..<m {
            total += own.weights.pointer[i] * own.weights.pointer[j] * kernel.pointer[i * m + j]
          }
        }
      }
      let covariance = RowClusters.meanCovariance(
        total: total, members.lazy.map { (weights.pointer[$0], v[$0]) })
      sum +=
        ClusterDeterminants.value(
          covariance: covariance, variances: v, thirds: thirds, fourths: fourths, rows: members)
        ?? members.reduce(0) { $0 + single($1) }
    }
    return family.sign * sum
  }

  /// K of a cluster, m x m, whose diagonal is known better.
  private func setKernel(
    _ cluster: Int, _ variances: DoubleStorage, into kernel: UnsafeMutablePointer<Double>
  ) {
    let members = members(cluster)
    let rows = members.map { representatives[$0] }
    let (m, solved) = (rows.count, gaussian.drawn.solved)
    let width = solved.effects.count
    for (index, row) in rows.enumerated() {
      solved.project(row: row, of: gaussian.design, into: scores.pointer + index * width)
    }
    let set = sets.map { Int($0.setOfRow[rows[0]]) } ?? 0
    var source = covariances.pointer + starts[cluster]
    for (i, member) in members.enumerated() {
      for j in 0..<i {
        var value = source[j] + (sets?.covariance(ofSet: set, rows[i], rows[j]) ?? 0)
        let (a, b) = (scores.pointer + i * width, scores.pointer + j * width)
        for e in 0..<width { value += a[e] * b[e] }
        kernel[i * m + j] = value
        kernel[j * m + i] = value
      }
      kernel[i * m + i] = variances.pointer[member]
      source += i + 1
    }
  }

  /// What is known of the variance of a cluster's weighted sum.
  private func knownVariance(_ cluster: Int, _ weights: DoubleStorage) -> Double {
    let (design, solved) = (gaussian.design, gaussian.drawn.solved)
    let members = members(cluster)
    let width = solved.effects.count
    let (row, total) = (scores.pointer, scores.pointer + width)
    for e in 0..<width { total[e] = 0 }
    var g = [Double](repeating: 0, count: sets?.order ?? 0)
    let set = sets.map { Int($0.setOfRow[representatives[members[members.startIndex]]]) } ?? 0
    for member in members {
      let weight = weights.pointer[member]
      let a = design.values.pointer + representatives[member] * design.width
      sets?.forEachEffect(ofSet: set) { place, _, column in g[place] += weight * a[column] }
      solved.project(row: representatives[member], of: design, into: row)
      for e in 0..<width { total[e] += weight * row[e] }
    }
    var variance = 0.0
    for e in 0..<width { variance += total[e] * total[e] }
    return variance + (sets?.quadraticForm(ofSet: set, g) ?? 0)
  }
}
