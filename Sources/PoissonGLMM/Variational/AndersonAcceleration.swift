import Foundation

/// Anderson acceleration of a fixed-point iteration x <- g(x).
///
/// Of the last m steps it keeps the changes of g and of the residual f = g(x) - x, finds the combination of residuals that
/// is smallest in least squares, and goes where it points:
///
///     gamma = argmin | f_k - sum_i gamma_i df_i |,      x_{k+1} = g_k - sum_i gamma_i dg_i
///
/// (Walker & Ni 2011). The caller says on which numbers the residual is measured, and in which units; the caller decides whether the point is an improvement; if not, it calls `reset`.
final class AndersonAcceleration {
  private static let memory = 4

  /// Oldest first: dg_i, or g_{k-1} itself in the last, open entry.
  private var images: [DoubleStorage] = []
  private var residuals: [DoubleStorage] = []
  private var spare: [(image: DoubleStorage, residual: DoubleStorage)] = []
  /// f = g(x) - x, to be filled before `combine`.
  let residual: DoubleStorage
  /// The weights of its squares.
  let weights: DoubleStorage

  /// - Parameter residualCount: the numbers on which the residual is measured; they may be fewer than those of a point.
  init(residualCount: Int) {
    residual = DoubleStorage(count: residualCount)
    weights = DoubleStorage(count: residualCount)
  }

  func reset() {
    spare += zip(images, residuals).map { (image: $0, residual: $1) }
    images.removeAll(keepingCapacity: true)
    residuals.removeAll(keepingCapacity: true)
  }

  /// Records g(x) = `image` with its residual, and writes the accelerated point to `target`.
  /// - Returns: false if there is no earlier step to learn from; `target` is the image then.
  func combine(image: DoubleStorage, into target: DoubleStorage) -> Bool {
    // The open entry held the previous step; it becomes a difference.
    if let previousImage = images.last, let previousResidual = residuals.last {
      previousImage.subtract(from: image)
      previousResidual.subtract(from: residual)
    }
    let combined = images.isEmpty ? nil : coefficients()
    target.copy(from: image)
    for (index, coefficient) in (combined ?? []).enumerated() {
      target.add(images[index], times: -coefficient)
    }
    open(image: image)
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
