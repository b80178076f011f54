import PlatformEssentials

/// Anderson acceleration of a fixed-point iteration x <- g(x).
///
/// From the last m + 1 steps it finds the combination of residuals f = g(x) - x that is smallest in
/// weighted least squares, and moves to the same combination of the images g. With the changes df
/// of f and dg of g from step to step,
///
///     gamma = argmin | f_k - sum_i gamma_i df_i |,      x_{k+1} = g_k - sum_i gamma_i dg_i
///
/// (Walker & Ni 2011). The caller chooses the numbers that make up the residual, and their weights.
/// It also decides whether a point is an improvement, and calls `reset` if it is not.
///
/// Points may be long, so nothing is copied, and the caller makes every sweep over them, piece by
/// piece. An iteration fills the image at `position`, calls `open`, fills `residual` and `weights`,
/// and calls `addProducts` once for every piece of these. Then it calls `close`, and `combine` for
/// pieces of the point. `advance` makes the image at `nextPosition` the current one.
final class AndersonAcceleration: @unchecked Sendable {
  /// m, the number that `combine` is written for.
  private static let memory = 5
  /// The number of images and of residuals: m earlier ones, the current one and the next.
  static let slots = memory + 2

  /// How many sums `addProducts` adds to: for each df_i, oldest first, its products with every
  /// df_j, j <= i, and then its product with f.
  static let productCount = memory * (memory + 3) / 2

  private let images: [DoubleStorage]
  /// f of the current step, df of the earlier ones.
  private let residuals: [DoubleStorage]
  /// The weights of the squares of `residual`.
  let weights: DoubleStorage
  private let system: DoubleStorage
  private let gamma: DoubleStorage
  /// The length of each df.
  private let lengths: DoubleStorage
  /// gamma_i, newest first.
  private let coefficients: DoubleStorage
  /// The slot of the current step.
  private(set) var position = 0
  /// The number of steps in use, the current one included.
  private var count = 0

  /// - Parameters:
  ///   - images: `slots` of them.
  ///   - residualCount: the length of a residual, which may be shorter than a point.
  init(images: [DoubleStorage], residualCount: Int) {
    self.images = images
    let room = DoubleStorage(count: Self.slots * residualCount)
    residuals = (0..<Self.slots).map {
      DoubleStorage(viewOf: room, from: $0 * residualCount, count: residualCount)
    }
    weights = DoubleStorage(count: residualCount)
    system = DoubleStorage(count: Self.memory * Self.memory)
    gamma = DoubleStorage(count: Self.memory)
    lengths = DoubleStorage(count: Self.memory)
    coefficients = DoubleStorage(count: Self.memory)
  }

  /// f = g(x) - x of the current step.
  var residual: DoubleStorage { residuals[position] }

  var nextPosition: Int { (position + 1) % Self.slots }

  private func slot(age: Int) -> Int { (position + Self.slots - age) % Self.slots }

  /// Forgets all steps.
  func reset() { count = 0 }

  /// Adds the current step to those in use.
  func open() { count = min(count + 1, Self.memory + 1) }

  /// Turns some elements of the previous residual into a difference, and adds their products to
  /// `sums`, `productCount` numbers.
  func addProducts(in elements: Range<Int>, to sums: UnsafeMutablePointer<Double>) {
    guard count > 1 else { return }
    residuals[slot(age: 1)].subtract(from: residual, in: elements)
    var next = 0
    let oldest = count - 1
    for i in 0..<oldest {
      let difference = residuals[slot(age: oldest - i)]
      for j in 0...i {
        let other = residuals[slot(age: oldest - j)]
        sums[next] += weightedProduct(weights, difference, other, in: elements)
        next += 1
      }
      sums[next] += weightedProduct(weights, difference, residual, in: elements)
      next += 1
    }
  }

  /// Finds the combination from the normal equations, with every difference scaled to length 1.
  /// - Parameter sums: those of `addProducts` over all elements.
  /// - Returns: false if there is no earlier step; the combination is then the image itself.
  func close(_ sums: UnsafePointer<Double>) -> Bool {
    let differences = max(count - 1, 0)
    for i in 0..<differences {
      let product = sums[i * (i + 3) / 2 + i]
      // The lower limit keeps the square from underflowing.
      lengths.pointer[i] = max(product.squareRoot(), 1e-150)
    }
    for i in 0..<differences {
      let own = sums + i * (i + 3) / 2
      for j in 0...i {
        let value = own[j] / (lengths.pointer[i] * lengths.pointer[j])
        system.pointer[i * differences + j] = value
        system.pointer[j * differences + i] = value
      }
      // Without this, nearly parallel differences would get huge coefficients of opposite signs.
      system.pointer[i * (differences + 1)] += 1e-10
      gamma.pointer[i] = own[i + 1] / lengths.pointer[i]
    }
    SmallCholesky.factor(system.pointer, order: differences)
    SmallCholesky.solve(system.pointer, order: differences, gamma.pointer)
    coefficients.fill(with: 0)
    for i in 0..<differences {
      coefficients.pointer[differences - 1 - i] = gamma.pointer[i] / lengths.pointer[i]
    }
    return differences > 0
  }

  /// Writes some elements of the combination to `target`.
  func combine(into target: DoubleStorage, in elements: Range<Int>) {
    // Where there is no such step the current image takes its place, with coefficient 0.
    func image(_ age: Int) -> UnsafePointer<Double> {
      UnsafePointer(images[age < count ? slot(age: age) : position].pointer)
    }
    let (a, b, c, d, e, f) = (image(0), image(1), image(2), image(3), image(4), image(5))
    let gamma = coefficients.pointer
    var i = elements.lowerBound
    while i &+ 8 <= elements.upperBound {
      let (newest, second, third) = (load(a + i), load(b + i), load(c + i))
      let (fourth, fifth, sixth) = (load(d + i), load(e + i), load(f + i))
      // Differences first: they are small, and coefficients may be large.
      let oldest = gamma[4] * (fifth - sixth) + gamma[3] * (fourth - fifth)
      let older = oldest + gamma[2] * (third - fourth)
      let newer = gamma[1] * (second - third) + gamma[0] * (newest - second)
      store(newest - (older + newer), to: target.pointer + i)
      i &+= 8
    }
    while i < elements.upperBound {
      let oldest = gamma[4] * (e[i] - f[i]) + gamma[3] * (d[i] - e[i])
      let older = oldest + gamma[2] * (c[i] - d[i])
      let newer = gamma[1] * (b[i] - c[i]) + gamma[0] * (a[i] - b[i])
      target.pointer[i] = a[i] - (older + newer)
      i &+= 1
    }
  }

  /// Moves to the next step, after the point has been accepted.
  func advance() { position = nextPosition }
}

/// sum_i w_i a_i b_i
private func weightedProduct(
  _ weights: DoubleStorage, _ a: DoubleStorage, _ b: DoubleStorage, in elements: Range<Int>
) -> Double {
  var sums = SIMD8<Double>.zero
  var i = elements.lowerBound
  while i &+ 8 <= elements.upperBound {
    sums += load(weights.pointer + i) * load(a.pointer + i) * load(b.pointer + i)
    i &+= 8
  }
  var sum = sumOfLanes(sums)
  while i < elements.upperBound {
    sum += weights.pointer[i] * a.pointer[i] * b.pointer[i]
    i &+= 1
  }
  return sum
}
