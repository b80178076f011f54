import Foundation

/// R, what the bound F lacks of log p(y | phi), for designs that cannot be factored: the sum over
/// clusters of rows of `RowClusters`, with all pairs of rows of a cluster of one covariance c,
///
///     K = c 1 1' + diag(v - c)
///
/// c from the variance of sum_i w_i eta_i over the cluster, v_i and that variance from draws.
final class IterativeEvidence {
  private let gaussian: IterativeGaussian
  private let families: [(sign: Double, sets: LevelSets)]
  private let rows: Panel

  init(_ gaussian: IterativeGaussian) {
    self.gaussian = gaussian
    let design = gaussian.design
    rows = Panel(count: design.rowCount)
    let outermost = RowClusters.outermost(gaussian.problem.layout.sortedLevels)
    families = (1..<(1 << outermost.count)).map { subset in
      let factors = outermost.indices.filter { subset & (1 << $0) != 0 }.map { outermost[$0] }
      return (factors.count % 2 == 1 ? 1 : -1, LevelSets(design, factors: factors))
    }
  }

  /// R at the weights that the Gaussian's P has; draws anew.
  func value() -> Double {
    let design = gaussian.design
    let weights = gaussian.precision.weights
    var totals = families.map { [Double](repeating: 0, count: $0.sets.count) }
    var parts: [(variances: [Double], images: [Double])] = []
    for family in families {
      family.sets.update(gaussian.precision)
      parts.append(knownParts(family.sets))
    }
    gaussian.draw { probe, draw in
      design.multiply(draw, into: rows)
      for (index, family) in families.enumerated() {
        for set in 0..<family.sets.count {
          var total = SIMD8<Double>.zero
          for row in family.sets.rows[family.sets.starts[set]..<family.sets.starts[set + 1]] {
            total += weights.pointer[row] * rows.pointer[row]
          }
          let base = set * family.sets.order
          family.sets.forEachEffect(ofSet: set) { place, effect, _ in
            total -= parts[index].images[base + place] * probe.pointer[effect]
          }
          totals[index][set] += (total * total).sum()
        }
      }
    }
    let scale = 1 / Double(Panel.width * IterativeGaussian.probeCount)
    var sum = 0.0
    for (index, family) in families.enumerated() {
      for set in 0..<family.sets.count {
        let variance = parts[index].variances[set] + scale * totals[index][set]
        sum += family.sign * part(ofRows: family.sets, set, variance: variance)
      }
    }
    return sum
  }

  /// g' P_JJ^-1 g and P_JJ^-1 g of every set, with g = sum_i w_i a_iJ.
  private func knownParts(_ sets: LevelSets) -> (variances: [Double], images: [Double]) {
    let design = gaussian.design
    let order = sets.order
    var variances = [Double](repeating: 0, count: sets.count)
    var images = [Double](repeating: 0, count: sets.count * order)
    var g = [Double](repeating: 0, count: order)
    for set in 0..<sets.count {
      for place in 0..<order { g[place] = 0 }
      for row in sets.rows[sets.starts[set]..<sets.starts[set + 1]] {
        let weight = gaussian.precision.weights.pointer[row]
        let a = design.values.pointer + row * design.width
        sets.forEachEffect(ofSet: set) { place, _, column in g[place] += weight * a[column] }
      }
      let inverse = sets.inverses.pointer + set * order * order
      for i in 0..<order {
        var image = 0.0
        for j in 0..<order { image += inverse[i * order + j] * g[j] }
        images[set * order + i] = image
        variances[set] += image * g[i]
      }
    }
    return (variances, images)
  }

  /// l of a cluster: [log|I + W Q / 2| - log|I + W (I - K W) Q / 2|] / 6 with Q = K * K, each a
  /// diagonal matrix and two products of vectors.
  private func part(ofRows sets: LevelSets, _ set: Int, variance: Double) -> Double {
    let (w, v) = (gaussian.precision.weights.pointer, gaussian.variances.pointer)
    let members = sets.rows[sets.starts[set]..<sets.starts[set + 1]]
    var (sum, squares, own, largest) = (0.0, 0.0, 0.0, 0.0)
    for i in members {
      sum += w[i]
      squares += w[i] * w[i]
      own += w[i] * w[i] * v[i]
      largest = max(largest, v[i])
    }
    let pairs = sum * sum - squares
    let c =
      members.count > 1 && pairs > 1e-12 * sum * sum
      ? min(max((variance - own) / pairs, 0), largest) : 0
    // U = [w, -c^2/2 w^2 (v - c)] and V = [c^2/2 (1 - c sum) - c/2 w q, 1], q = v^2 - c^2.
    var (first, second) = (0.0, 0.0)
    var (vw, vu, ones, onesU, plain) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in members {
      let (d, q) = (v[i] - c, v[i] * v[i] - c * c)
      let full = 1 + 0.5 * w[i] * q
      let diagonal = full - 0.5 * w[i] * w[i] * d * q
      first += log(full)
      second += log(diagonal)
      plain += w[i] / full
      let slope = 0.5 * c * c * (1 - c * sum) - 0.5 * c * w[i] * q
      let other = -0.5 * c * c * w[i] * w[i] * d
      vw += slope * w[i] / diagonal
      vu += slope * other / diagonal
      ones += w[i] / diagonal
      onesU += other / diagonal
    }
    first += log(1 + 0.5 * c * c * plain)
    second += log((1 + vw) * (1 + onesU) - vu * ones)
    return (first - second) / 6
  }
}
