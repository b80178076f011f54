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

  private let threads: Int
  private let chunks: VectorChunks
  private let partialSums: DoubleStorage
  private static let mostProducts = (memory + 1) * (memory + 4) / 2

  /// - Parameter residualCount: the numbers on which the residual is measured; they may be fewer than those of a point.
  init(residualCount: Int, threads: Int = 1) {
    self.threads = threads
    chunks = VectorChunks(elementCount: residualCount, threads: threads)
    partialSums = DoubleStorage(count: chunks.count * Self.mostProducts)
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
      parallel(image.count) { previousImage.subtract(from: image, in: $0) }
      parallel(residual.count) { [residual] in previousResidual.subtract(from: residual, in: $0) }
    }
    let coefficients = coefficients()
    parallel(image.count) { [images] elements in
      target.copy(from: image, in: elements)
      for (index, coefficient) in coefficients.enumerated() {
        target.add(images[index], times: -coefficient, in: elements)
      }
    }
    open(image: image)
    return !coefficients.isEmpty
  }

  private func parallel(_ count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    VectorChunks(elementCount: count, threads: threads).run { _, elements in body(elements) }
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
    parallel(image.count) { room.image.copy(from: image, in: $0) }
    parallel(residual.count) { [residual] in room.residual.copy(from: residual, in: $0) }
    images.append(room.image)
    residuals.append(room.residual)
  }

  /// The least-squares coefficients, by the normal equations in units of each column's length.
  private func coefficients() -> [Double] {
    let count = residuals.count
    guard count > 0 else { return [] }
    let products = products()
    let lengths = (0..<count).map {
      max(products[$0 * (count + 1) + $0].squareRoot(), .leastNormalMagnitude)
    }
    let system = DoubleStorage(count: count * count)
    let side = DoubleStorage(count: count)
    for i in 0..<count {
      for j in 0...i {
        let value = products[i * (count + 1) + j] / (lengths[i] * lengths[j])
        system.pointer[i * count + j] = value
        system.pointer[j * count + i] = value
      }
      // Differences that nearly repeat one another would give huge coefficients of opposite signs.
      system.pointer[i * (count + 1)] += 1e-10
      side.pointer[i] = products[i * (count + 1) + count] / lengths[i]
    }
    SmallCholesky.factor(system.pointer, order: count)
    SmallCholesky.solve(system.pointer, order: count, side.pointer)
    return (0..<count).map { side.pointer[$0] / lengths[$0] }
  }

  /// The weighted products of every df_i with every df_j, j <= i, and, in the last column, with f: count x (count + 1).
  private func products() -> [Double] {
    let count = residuals.count
    let (residual, weights, partialSums) = (residual, weights, partialSums)
    let columns = residuals
    chunks.run { chunk, elements in
      let sums = partialSums.pointer + chunk * Self.mostProducts
      var next = 0
      for i in 0..<count {
        for j in 0...i {
          sums[next] = weightedProduct(weights, columns[i], columns[j], in: elements)
          next += 1
        }
        sums[next] = weightedProduct(weights, columns[i], residual, in: elements)
        next += 1
      }
    }
    var products = [Double](repeating: 0, count: count * (count + 1))
    for chunk in 0..<chunks.count {
      let sums = partialSums.pointer + chunk * Self.mostProducts
      var next = 0
      for i in 0..<count {
        for j in 0...i {
          products[i * (count + 1) + j] += sums[next]
          next += 1
        }
        products[i * (count + 1) + count] += sums[next]
        next += 1
      }
    }
    return products
  }
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
