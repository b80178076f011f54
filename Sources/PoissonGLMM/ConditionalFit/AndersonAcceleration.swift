import Foundation

/// Anderson acceleration of a fixed-point iteration x <- g(x).
///
/// Of the last m + 1 steps it keeps g and the changes df of the residual f = g(x) - x, finds the
/// combination of residuals that is smallest in least squares, and goes where it points. With the
/// changes dg of g,
///
///     gamma = argmin | f_k - sum_i gamma_i df_i |,      x_{k+1} = g_k - sum_i gamma_i dg_i
///
/// (Walker & Ni 2011). The caller says on which numbers the residual is measured, and in which
/// units; the caller decides whether the point is an improvement; if not, it calls `reset`.
///
/// Points may be long, so that nothing is copied and every sweep over them is the caller's, piece
/// by piece: an iteration fills the image at `position`, calls `open`, fills `residual` and
/// `weights`, calls `addProducts` once for every piece of these, `close`, and `combine` for pieces
/// of the point; `advance` then makes the image at `nextPosition` the one under way.
final class AndersonAcceleration: @unchecked Sendable {
  /// As many as `combine` is written for.
  private static let memory = 5
  /// Images and residuals: those remembered, the one under way, and the one after it.
  static let slots = memory + 2

  /// The numbers that `addProducts` adds to: the products of every df_i with every df_j, j <= i,
  /// and, behind each i's, with f; oldest first.
  static let productCount = memory * (memory + 3) / 2

  private let images: [DoubleStorage]
  /// f of the step under way, df of the others.
  private let residuals: [DoubleStorage]
  /// The weights of the squares of `residual`.
  let weights: DoubleStorage
  private let system: DoubleStorage
  private let gamma: DoubleStorage
  /// The length of each df.
  private let lengths: DoubleStorage
  /// gamma_i, newest first.
  private let coefficients: DoubleStorage
  /// The slot under way.
  private(set) var position = 0
  /// The steps in use, the one under way included.
  private var count = 0

  /// - Parameters:
  ///   - images: `slots` of them.
  ///   - residualCount: the numbers on which the residual is measured; they may be fewer than those
  ///     of a point.
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

  /// f = g(x) - x of the step under way.
  var residual: DoubleStorage { residuals[position] }

  var nextPosition: Int { (position + 1) % Self.slots }

  private func slot(age: Int) -> Int { (position + Self.slots - age) % Self.slots }

  /// Forgets all steps.
  func reset() { count = 0 }

  /// Adds the step under way to those in use.
  func open() { count = min(count + 1, Self.memory + 1) }

  /// Turns the last residual into a difference and adds the products of some elements to `sums`,
  /// `productCount` numbers.
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

  /// Finds the combination, by the normal equations in units of each difference's length.
  /// - Parameter sums: those of `addProducts` over all elements.
  /// - Returns: false if there is no earlier step to learn from, so that the combination is the
  ///   image itself.
  func close(_ sums: UnsafePointer<Double>) -> Bool {
    let differences = max(count - 1, 0)
    for i in 0..<differences {
      let product = sums[i * (i + 3) / 2 + i]
      // At least so long that the square is a number.
      lengths.pointer[i] = max(product.squareRoot(), 1e-150)
    }
    for i in 0..<differences {
      let own = sums + i * (i + 3) / 2
      for j in 0...i {
        let value = own[j] / (lengths.pointer[i] * lengths.pointer[j])
        system.pointer[i * differences + j] = value
        system.pointer[j * differences + i] = value
      }
      // Differences that nearly repeat one another would give huge coefficients of opposite signs.
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
    // A step that is not there is the image itself, with coefficient 0.
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

  /// Goes on to the next step, after the point has been accepted.
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
