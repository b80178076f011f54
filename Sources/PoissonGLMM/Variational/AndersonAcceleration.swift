import Foundation

/// Anderson acceleration of the fixed-point iteration x <- g(x) over Gaussian states.
///
/// Of the last m steps it keeps the changes of g and of the residual f = g(x) - x, finds the combination of residuals that
/// is smallest in least squares, and goes where it points:
///
///     gamma = argmin | f_k - sum_i gamma_i df_i |,      x_{k+1} = g_k - sum_i gamma_i dg_i
///
/// (Walker & Ni 2011). The residual is measured on the means and on the diagonal of the precision, each in units of its own
/// posterior spread. The caller decides whether the point is an improvement; if not, it calls `reset`.
final class AndersonAcceleration {
  private static let memory = 4

  private let shape: ArrowShape
  /// Oldest first: dg_i, or g_{k-1} itself in the last, open entry.
  private var images: [DoubleStorage] = []
  private var residuals: [DoubleStorage] = []
  private var spare: [(image: DoubleStorage, residual: DoubleStorage)] = []
  private let residual: DoubleStorage
  private let weights: DoubleStorage

  init(_ shape: ArrowShape) {
    self.shape = shape
    let length = 2 * (shape.randomEffectCount + shape.fixedCount) + shape.termCount
    residual = DoubleStorage(count: length)
    weights = DoubleStorage(count: length)
  }

  func reset() {
    spare += zip(images, residuals).map { (image: $0, residual: $1) }
    images.removeAll(keepingCapacity: true)
    residuals.removeAll(keepingCapacity: true)
  }

  /// Records g(`state`) = `image`, and writes the accelerated point to `target`.
  /// - Parameter fixedPrecision: the prior precision of a fixed effect.
  /// - Returns: false if there is no earlier step to learn from.
  func combine(
    state: GaussianState, image: GaussianState, fixedPrecision: Double, into target: GaussianState
  ) -> Bool {
    measureResidual(state: state, image: image, fixedPrecision: fixedPrecision)
    // The open entry held the previous step; it becomes a difference.
    if let previousImage = images.last, let previousResidual = residuals.last {
      previousImage.subtract(from: image.vector)
      previousResidual.subtract(from: residual)
    }
    let combined = images.isEmpty ? nil : coefficients()
    target.vector.copy(from: image.vector)
    for (index, coefficient) in (combined ?? []).enumerated() {
      target.vector.add(images[index], times: -coefficient)
    }
    open(image: image.vector)
    return combined != nil
  }

  private func open(image: DoubleStorage) {
    if images.count > Self.memory {
      spare.append((image: images.removeFirst(), residual: residuals.removeFirst()))
    }
    let room =
      spare.popLast()
      ?? (
        image: DoubleStorage(count: image.count), residual: DoubleStorage(count: residual.count)
      )
    room.image.copy(from: image)
    room.residual.copy(from: residual)
    images.append(room.image)
    residuals.append(room.residual)
  }

  /// Fills the residual and the weights of its squares.
  private func measureResidual(
    state: GaussianState, image: GaussianState, fixedPrecision: Double
  ) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    var next = 0
    func add(_ old: Double, _ new: Double, _ weight: Double) {
      residual.pointer[next] = new - old
      weights.pointer[next] = weight
      next += 1
    }
    for index in 0..<shape.randomEffectCount {
      let diagonal = index * q + index % q
      let old = state.precision.blocks.pointer[diagonal]
      let new = image.precision.blocks.pointer[diagonal]
      let precision = new + image.termPrecisions.pointer[index % q]
      add(state.randomMean.pointer[index], image.randomMean.pointer[index], precision)
      add(old, new, 0.5 / (precision * precision))
    }
    for c in 0..<p {
      let old = state.precision.corner.pointer[c * (p + 1)]
      let new = image.precision.corner.pointer[c * (p + 1)]
      let precision = new + fixedPrecision
      add(state.fixedMean.pointer[c], image.fixedMean.pointer[c], precision)
      add(old, new, 0.5 / (precision * precision))
    }
    for k in 0..<q {
      let new = image.termPrecisions.pointer[k]
      add(state.termPrecisions.pointer[k], new, 0.5 * Double(shape.groupCount) / (new * new))
    }
  }

  /// The least-squares coefficients, by the normal equations in units of each column's length.
  private func coefficients() -> [Double] {
    let count = images.count
    func product(_ a: DoubleStorage, _ b: DoubleStorage) -> Double {
      var sum = 0.0
      for i in 0..<weights.count { sum += weights.pointer[i] * a.pointer[i] * b.pointer[i] }
      return sum
    }
    let lengths = residuals.map { max(product($0, $0).squareRoot(), .leastNormalMagnitude) }
    let system = DoubleStorage(count: count * count)
    let side = DoubleStorage(count: count)
    for i in 0..<count {
      for j in 0...i {
        let value = product(residuals[i], residuals[j]) / (lengths[i] * lengths[j])
        system.pointer[i * count + j] = value
        system.pointer[j * count + i] = value
      }
      // Differences that nearly repeat one another would give huge coefficients of opposite signs.
      system.pointer[i * (count + 1)] += 1e-10
      side.pointer[i] = product(residuals[i], residual) / lengths[i]
    }
    SmallCholesky.factor(system.pointer, order: count)
    SmallCholesky.solve(system.pointer, order: count, side.pointer)
    return (0..<count).map { side.pointer[$0] / lengths[$0] }
  }
}
