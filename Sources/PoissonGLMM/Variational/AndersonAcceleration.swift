import Foundation

/// Anderson acceleration of a fixed-point iteration x <- g(x).
///
/// Of the last m + 1 steps it keeps g and the residual f = g(x) - x, finds the combination of residuals with shares that add up to 1
/// that is smallest in least squares, and goes to the same combination of the g. In terms of the differences df of successive
/// residuals, and dg of the g,
///
///     gamma = argmin | f_k - sum_i gamma_i df_i |,      x_{k+1} = g_k - sum_i gamma_i dg_i
///
/// (Walker & Ni 2011). The caller says on which numbers the residual is measured, and in which units; the caller decides whether the
/// point is an improvement; if not, it calls `reset`.
///
/// Points may be long, so that nothing is copied and every sweep over them is the caller's, piece by piece: an iteration fills the
/// image at `position` and `residual`, calls `open`, `addProducts` for pieces of the residual, `close`, and `combine` for
/// pieces of the point; `advance` then makes the image at `nextPosition` the one under way.
final class AndersonAcceleration: @unchecked Sendable {
  /// As many as `combine` is written for.
  private static let memory = 4
  /// Images and residuals: those remembered, the one under way, and the one after it.
  static let slots = memory + 2

  private let images: [DoubleStorage]
  private let residuals: [DoubleStorage]
  /// f_a'f_b of every two slots a, b that are remembered.
  private let products: DoubleStorage
  private let system: DoubleStorage
  private let gamma: DoubleStorage
  /// The shares of the images, newest first.
  private let shares: DoubleStorage
  /// The slot under way.
  private(set) var position = 0
  /// The steps in use, the one under way included.
  private var count = 0

  /// - Parameters:
  ///   - images: `slots` of them.
  ///   - residualCount: the numbers on which the residual is measured; they may be fewer than those of a point.
  init(images: [DoubleStorage], residualCount: Int) {
    self.images = images
    let room = DoubleStorage(count: Self.slots * residualCount)
    residuals = (0..<Self.slots).map {
      DoubleStorage(viewOf: room, from: $0 * residualCount, count: residualCount)
    }
    products = DoubleStorage(count: Self.slots * Self.slots)
    system = DoubleStorage(count: Self.memory * Self.memory)
    gamma = DoubleStorage(count: Self.memory)
    shares = DoubleStorage(count: Self.memory + 1)
  }

  /// f = g(x) - x of the step under way, in units in which all of it counts the same.
  var residual: DoubleStorage { residuals[position] }

  var nextPosition: Int { (position + 1) % Self.slots }

  private func slot(age: Int) -> Int { (position + Self.slots - age) % Self.slots }

  /// Forgets all steps but the one under way.
  func reset() { count = 0 }

  /// Adds the step under way to those in use.
  func open() { count = min(count + 1, Self.memory + 1) }

  /// Adds the products of the residual under way with those in use, newest first, of some elements to `sums`, `slots` numbers.
  func addProducts(in elements: Range<Int>, to sums: UnsafeMutablePointer<Double>) {
    let residual = residual.pointer + elements.lowerBound
    for age in 0..<count {
      let other = residuals[slot(age: age)].pointer + elements.lowerBound
      sums[age] += dotProduct(residual, other, elements.count)
    }
  }

  /// Finds the combination, by the normal equations in units of each difference's length.
  /// - Parameter sums: those of `addProducts` over all elements.
  /// - Returns: false if there is no earlier step to learn from, so that the combination is the image itself.
  func close(_ sums: UnsafePointer<Double>) -> Bool {
    for age in 0..<count {
      products.pointer[position * Self.slots + slot(age: age)] = sums[age]
      products.pointer[slot(age: age) * Self.slots + position] = sums[age]
    }
    let differences = max(count - 1, 0)
    func product(_ a: Int, _ b: Int) -> Double {
      products.pointer[slot(age: a) * Self.slots + slot(age: b)]
    }
    func differenceProduct(_ i: Int, _ j: Int) -> Double {
      product(i, j) - product(i, j + 1) - product(i + 1, j) + product(i + 1, j + 1)
    }
    func length(_ i: Int) -> Double {
      // What is left of a difference below rounding error says nothing.
      let least = max(0x1p-52 * product(i + 1, i + 1), .leastNormalMagnitude)
      return max(differenceProduct(i, i), least).squareRoot()
    }
    for i in 0..<differences {
      for j in 0...i {
        let value = differenceProduct(i, j) / (length(i) * length(j))
        system.pointer[i * differences + j] = value
        system.pointer[j * differences + i] = value
      }
      // Differences that nearly repeat one another would give huge coefficients of opposite signs.
      system.pointer[i * (differences + 1)] += 1e-10
      gamma.pointer[i] = (product(i, 0) - product(i + 1, 0)) / length(i)
    }
    SmallCholesky.factor(system.pointer, order: differences)
    SmallCholesky.solve(system.pointer, order: differences, gamma.pointer)
    shares.fill(with: 0)
    shares.pointer[0] = 1
    for i in 0..<differences {
      let coefficient = gamma.pointer[i] / length(i)
      shares.pointer[i] -= coefficient
      shares.pointer[i + 1] += coefficient
    }
    return differences > 0
  }

  /// Writes some elements of the combination to `target`.
  func combine(into target: DoubleStorage, in elements: Range<Int>) {
    // A step that is not there has share 0 of the image itself.
    func image(_ age: Int) -> UnsafePointer<Double> {
      UnsafePointer(images[age < count ? slot(age: age) : position].pointer)
    }
    let (a, b, c, d, e) = (image(0), image(1), image(2), image(3), image(4))
    let share = shares.pointer
    var i = elements.lowerBound
    while i &+ 8 <= elements.upperBound {
      let newer = share[0] * load(a + i) + share[1] * load(b + i)
      let older = share[2] * load(c + i) + share[3] * load(d + i) + share[4] * load(e + i)
      store(newer + older, to: target.pointer + i)
      i &+= 8
    }
    while i < elements.upperBound {
      let newer = share[0] * a[i] + share[1] * b[i]
      target.pointer[i] = newer + (share[2] * c[i] + share[3] * d[i] + share[4] * e[i])
      i &+= 1
    }
  }

  /// Goes on to the next step, after the point has been accepted.
  func advance() { position = nextPosition }
}
