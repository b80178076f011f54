extension Matrix {
  /// The formula of Broyden, Fletcher, Goldfarb & Shanno for the inverse H of a curvature,
  ///
  ///     H + (1 + y'Hy / s'y) s s' / s'y - (H y s' + s y'H) / s'y
  /// - Parameters:
  ///   - step: s.
  ///   - change: y, by how much the gradient of a function that is maximized has fallen along s;
  ///     s'y is above 0.
  mutating func updateInverse(step: [Double], change: [Double]) {
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let curvature = product(step, change)
    let moved = self * change
    let factor = (1 + product(change, moved) / curvature) / curvature
    for i in step.indices {
      for j in step.indices {
        self[i, j] +=
          factor * step[i] * step[j] - (moved[i] * step[j] + step[i] * moved[j]) / curvature
      }
    }
  }
}
