/// A normal of phi given some of its elements, psi.
struct ConditionalNormal: Sendable {
  private let mean: [Double]
  private let places: [Int]
  /// Cov(phi, psi) Cov(psi)^-1, h x k.
  private let gain: Matrix
  private let own: SymmetricEigenvectors
  /// Cov(phi | psi), h x h.
  let covariance: Matrix

  init(_ mean: [Double], _ covariance: Matrix, given places: [Int]) {
    (self.mean, self.places) = (mean, places)
    var own = Matrix(order: places.count)
    var across = Matrix(rows: mean.count, columns: places.count)
    for (k, place) in places.enumerated() {
      for (l, other) in places.enumerated() { own[k, l] = covariance[place, other] }
      for a in mean.indices { across[a, k] = covariance[a, place] }
    }
    self.own = SymmetricEigenvectors(own)
    gain = across * self.own.matrix { 1 / $0 }
    let known = gain * across.transposed
    var rest = covariance
    for i in mean.indices {
      for j in mean.indices {
        let isKnown = places.contains(i) || places.contains(j)
        rest[i, j] = isKnown ? 0 : rest[i, j] - known[i, j]
      }
    }
    self.covariance = rest
  }

  /// E phi given psi.
  func point(_ psi: [Double]) -> [Double] {
    let shift = gain * zip(psi, places).map { $0 - mean[$1] }
    var phi = zip(mean, shift).map(+)
    for (place, value) in zip(places, psi) { phi[place] = value }
    return phi
  }

  /// Coordinates of psi.
  func chart(isLogSD: [Bool]) -> HyperparameterChart {
    HyperparameterChart(
      mode: places.map { mean[$0] }, curvatures: own.values.map { 1 / $0 }, axes: own.vectors,
      isStretched: places.map { isLogSD[$0] })
  }
}
