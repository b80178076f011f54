import PlatformEssentials

/// How the linear predictors of the rows of each level of the first factor depend on the level's
/// own effects, from draws: a_i = L^-1 Cov(u_j, eta_i) with Cov(u_j) = L L', and the integrals
/// along them that complete R (`OwnEffectIntegral`).
final class OwnEffectSlopes {
  private let gaussian: IterativeGaussian
  private let sets: LevelSets
  private var integral: OwnEffectIntegral
  /// Cov(u_j), q x q a level; Cov(u_j, eta_i), q numbers a row of `sets.rows`.
  private let blocks: DoubleStorage
  private let products: DoubleStorage

  private var order: Int { sets.order }

  init(_ gaussian: IterativeGaussian) {
    self.gaussian = gaussian
    sets = LevelSets(gaussian.design, factors: [0])
    integral = OwnEffectIntegral(order: sets.order)
    blocks = DoubleStorage(count: sets.count * sets.order * sets.order)
    products = DoubleStorage(count: gaussian.design.rowCount * sets.order)
  }

  func begin() {
    blocks.fill(with: 0)
    products.fill(with: 0)
    sets.update(gaussian.precision)
  }

  /// Adds what a draw says, with a level's effects replaced by their expectations.
  func add(probe: Panel, draw: Panel, predictors: Panel) {
    let (design, q) = (gaussian.design, order)
    withUnsafeTemporaryAllocation(of: SIMD8<Double>.self, capacity: q + 1) { mean in
      guard let mean = mean.baseAddress else { return }
      for set in 0..<sets.count {
        sets.setConditionalMean(ofSet: set, draw: draw, probe: probe, into: mean)
        let block = blocks.pointer + set * q * q
        for k in 0..<q {
          for l in 0..<q { block[k * q + l] += DrawnVariances.share * (mean[k] * mean[l]).sum() }
        }
        for position in sets.starts[set]..<sets.starts[set + 1] {
          let row = sets.rows[position]
          let a = design.values.pointer + row * design.width
          var eta = predictors.pointer[row]
          sets.forEachEffect(ofSet: set) { place, effect, column in
            eta += a[column] * (mean[place] - draw.pointer[effect])
          }
          for k in 0..<q {
            products.pointer[position * q + k] += DrawnVariances.share * (mean[k] * eta).sum()
          }
        }
      }
    }
  }

  /// The sum of the integrals; a level whose integral has no value adds nothing.
  func value() -> Double {
    let (design, q) = (gaussian.design, order)
    let largest = sets.starts.indices.dropLast().reduce(0) {
      max($0, sets.starts[$1 + 1] - sets.starts[$1])
    }
    let slopes = DoubleStorage(count: largest * q)
    let point = gaussian.rows
    let root = DoubleStorage(count: q * q)
    var sum = 0.0
    for set in 0..<sets.count {
      let (first, inverse) = (sets.starts[set], sets.inverses.pointer + set * q * q)
      let effect = sets.firstEffect(ofSet: set, 0)
      for k in 0..<q {
        for l in 0..<q {
          root.pointer[k * q + l] =
            blocks.pointer[set * q * q + k * q + l] + inverse[k * q + l]
            + gaussian.drawn.solved.covariance(effect + k, effect + l)
        }
      }
      guard SmallCholesky.factor(root.pointer, order: q).isFinite else { continue }
      let m = sets.starts[set + 1] - first
      for index in 0..<m {
        let row = sets.rows[first + index]
        let (a, target) = (
          design.values.pointer + row * design.width, slopes.pointer + index * q
        )
        for k in 0..<q {
          target[k] = products.pointer[(first + index) * q + k]
          for l in 0..<q { target[k] += inverse[k * q + l] * a[design.shapes[0].column + l] }
          design.forEachEffect(ofRow: row) {
            target[k] += $1 * gaussian.drawn.solved.covariance(effect + k, $0)
          }
        }
        for k in 0..<q {
          for l in 0..<k { target[k] -= root.pointer[k * q + l] * target[l] }
          target[k] /= root.pointer[k * q + k]
        }
      }
      sum += integral.value(slopes.pointer, rows: sets.rows[first..<(first + m)], at: point) ?? 0
    }
    return sum
  }
}
