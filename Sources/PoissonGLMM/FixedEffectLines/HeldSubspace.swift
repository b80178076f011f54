/// The fixed effects b that have given values of some linear combinations of them, in coordinates
/// in which each effect has an SD of about 1: beta_c = b_c / scale_c.
///
/// Held combinations are the products of beta with orthonormal vectors; an orthonormal basis of all
/// vectors at right angles to these spans what is free.
struct HeldSubspace {
  /// Orthonormal, p numbers each.
  private let held: [[Double]]
  /// Orthonormal, p numbers each: p - `held.count` of them.
  let free: [[Double]]

  /// Nothing is held of p effects.
  init(count p: Int) {
    held = []
    free = (0..<p).map { c in (0..<p).map { $0 == c ? 1 : 0 } }
  }

  private init(held: [[Double]], count p: Int) {
    self.held = held
    var free: [[Double]] = []
    // Gram and Schmidt's method on the unit vectors, that with the most left first.
    var left = (0..<p).map { c in
      Self.rest(of: (0..<p).map { $0 == c ? 1 : 0 }, beside: held)
    }
    while free.count < p - held.count {
      let sizes = left.map { Self.dot($0, $0) }
      guard let best = sizes.indices.max(by: { sizes[$0] < sizes[$1] }) else { break }
      // Twice, for what rounding has left.
      let vector = Self.unit(Self.rest(of: left[best], beside: held + free))
      free.append(vector)
      left.remove(at: best)
      left = left.map { Self.rest(of: $0, beside: [vector]) }
    }
    self.free = free
  }

  /// The subspace in which another combination is held too, and the unit vector that it is held
  /// along; nil if that combination does not vary in this subspace.
  func holding(
    _ weights: [Double]
  ) -> (subspace: HeldSubspace, direction: [Double], size: Double)? {
    let rest = Self.rest(of: weights, beside: held)
    let size = Self.dot(rest, rest).squareRoot()
    guard size > 1e-9 * Self.dot(weights, weights).squareRoot() else { return nil }
    let direction = Self.unit(Self.rest(of: rest, beside: held))
    return (HeldSubspace(held: held + [direction], count: weights.count), direction, size)
  }

  /// What is left of a vector without its parts along some orthonormal ones.
  private static func rest(of vector: [Double], beside others: [[Double]]) -> [Double] {
    var rest = vector
    for other in others {
      let part = dot(rest, other)
      for c in rest.indices { rest[c] -= part * other[c] }
    }
    return rest
  }

  private static func unit(_ vector: [Double]) -> [Double] {
    let size = dot(vector, vector).squareRoot()
    return vector.map { $0 / size }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for c in a.indices { sum += a[c] * b[c] }
    return sum
  }

  /// v_k' x for every free vector.
  func coordinates(of x: [Double]) -> [Double] { free.map { Self.dot($0, x) } }

  /// sum_k z_k v_k over the free vectors.
  func vector(_ z: [Double], count p: Int) -> [Double] {
    var result = [Double](repeating: 0, count: p)
    for (value, vector) in zip(z, free) where value != 0 {
      for c in result.indices { result[c] += value * vector[c] }
    }
    return result
  }

  /// V' M V for the free vectors V and a symmetric p x p matrix M.
  func projection(of matrix: Matrix) -> Matrix {
    let p = matrix.order
    var result = Matrix(order: free.count)
    for (k, vector) in free.enumerated() {
      var product = [Double](repeating: 0, count: p)
      for c in 0..<p where vector[c] != 0 {
        let row = c * p
        for d in 0..<p { product[d] += vector[c] * matrix.elements[row + d] }
      }
      for l in 0...k {
        let value = Self.dot(product, free[l])
        result[k, l] = value
        result[l, k] = value
      }
    }
    return result
  }
}
