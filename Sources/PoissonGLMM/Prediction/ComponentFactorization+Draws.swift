import GSLNumerics
import PlatformEssentials

/// Draws of the random effects given the fixed ones, under the Gaussian N(m, S) of a component.
///
/// Under the bound S^-1 = P = A' diag(w) A + Lambda, and P^-1 g with g = A' diag(w)^1/2 z_1 +
/// Lambda^1/2 z_2 and z standard normal has covariance S. Linear response has another S; then B =
/// S P is symmetric in the inner product x' P y, and B^1/2 P^-1 g has covariance B^1/2 P^-1 B'^1/2
/// = S. Its spectrum lies near 1, so that Lanczos' method finds the root's product in a few steps.
extension ComponentFactorization {
  /// Lanczos' method stops where what a step adds is smaller than this share of the vector.
  private static let rootTolerance = 1e-8
  private static let maximumSteps = 60

  /// u ~ q(u | b), factor after factor, level-major; none but the means before the first `update`.
  func randomEffects(givenFixed effects: [Double], from stream: RandomStream) -> [Double] {
    guard let gaussian else { return [] }
    let drawn = centredDraw(from: stream)
    // (b, u) has E[u | b] = m_u + S_ub S_bb^-1 (b - m_b): what a draw has of b is exchanged.
    let (p, start) = (effects.count, problem.layout.fixedStart)
    let side = DoubleStorage(count: p)
    for c in 0..<p {
      side.pointer[c] = effects[c] - gaussian.fixedMean[c] - drawn.pointer[start + c]
    }
    SmallCholesky.solve(fixedRoot.pointer, order: p, side.pointer)
    vector.fill(with: 0)
    for c in 0..<p { vector.pointer[start + c] = side.pointer[c] }
    solve(vector)
    drawn.add(vector, times: 1)
    return zip(gaussian.randomMean, problem.randomPart(drawn)).map(+)
  }

  /// x <- S x.
  private func solve(_ x: DoubleStorage) {
    if usesResponse { response.solve(x) } else { factor.solve(x) }
  }

  /// A draw from N(0, S) of all effects.
  private func centredDraw(from stream: RandomStream) -> DoubleStorage {
    let layout = problem.layout
    let (rows, force) = (
      DoubleStorage(count: layout.rowCount), DoubleStorage(count: layout.effectCount)
    )
    for i in 0..<rows.count {
      rows.pointer[i] = max(weights.pointer[i], 0).squareRoot() * stream.normal()
    }
    layout.multiplyTransposedDesign(rows, into: force)
    guard let prior else { return force }
    for (k, precision) in prior.precisions.enumerated() {
      let root = precision.semidefiniteRoot
      let first = layout.start(ofFactor: k)
      for level in 0..<problem.levels[k] {
        let own = root * (0..<root.order).map { _ in stream.normal() }
        for (term, value) in own.enumerated() {
          force.pointer[first + level * root.order + term] += value
        }
      }
    }
    for effect in layout.fixedStart..<layout.effectCount {
      force.pointer[effect] += prior.fixedPrecision.squareRoot() * stream.normal()
    }
    let draw = DoubleStorage(force.array)
    factor.solve(draw)
    return usesResponse ? stretched(draw, force: force, prior) : draw
  }

  /// B^1/2 x.
  /// - Parameter force: P x.
  private func stretched(
    _ x: DoubleStorage, force: DoubleStorage, _ prior: EffectPrior
  ) -> DoubleStorage {
    let norm = Self.product(x, force).squareRoot()
    guard norm > 0 else { return x }
    var basis: [(vector: DoubleStorage, force: DoubleStorage)] = []
    var (diagonal, beside): ([Double], [Double]) = ([], [])
    var shares: [Double] = []
    var next = (vector: x, force: force, size: norm)
    repeat {
      next.vector.scale(by: 1 / next.size)
      next.force.scale(by: 1 / next.size)
      basis.append((next.vector, next.force))
      let image = DoubleStorage(next.force.array)
      response.solve(image)
      diagonal.append(Self.product(image, next.force))
      shares = Self.rootColumn(diagonal: diagonal, beside: beside)
      // Against all before it: rounding errors would let the first ones in again.
      for known in basis { image.add(known.vector, times: -Self.product(image, known.force)) }
      let imageForce = precisionProduct(image, prior)
      next = (image, imageForce, max(Self.product(image, imageForce), 0).squareRoot())
      beside.append(next.size)
    } while basis.count < Self.maximumSteps && next.size > Self.rootTolerance
      && (shares.last ?? 0).magnitude > Self.rootTolerance
    let result = DoubleStorage(count: x.count)
    for (share, known) in zip(shares, basis) { result.add(known.vector, times: norm * share) }
    return result
  }

  /// P x.
  private func precisionProduct(_ x: DoubleStorage, _ prior: EffectPrior) -> DoubleStorage {
    let layout = problem.layout
    let rows = DoubleStorage(count: layout.rowCount)
    let (result, ofPrior) = (DoubleStorage(count: x.count), DoubleStorage(count: x.count))
    layout.multiplyDesign(x, into: rows)
    for i in 0..<rows.count { rows.pointer[i] *= weights.pointer[i] }
    layout.multiplyTransposedDesign(rows, into: result)
    layout.priorProduct(
      x, priors: prior.precisions, fixedPrecision: prior.fixedPrecision, into: ofPrior)
    result.add(ofPrior, times: 1)
    return result
  }

  private static func product(_ x: DoubleStorage, _ y: DoubleStorage) -> Double {
    var sum = 0.0
    for i in 0..<x.count { sum += x.pointer[i] * y.pointer[i] }
    return sum
  }

  /// The first column of T^1/2 of a tridiagonal T.
  private static func rootColumn(diagonal: [Double], beside: [Double]) -> [Double] {
    var matrix = Matrix(diagonal: diagonal)
    for (k, value) in beside.enumerated() {
      matrix[k, k + 1] = value
      matrix[k + 1, k] = value
    }
    let eigen = SymmetricEigenvectors(matrix)
    return diagonal.indices.map { row in
      diagonal.indices.reduce(0) {
        $0 + eigen.vectors[row, $1] * max(eigen.values[$1], 0).squareRoot() * eigen.vectors[0, $1]
      }
    }
  }
}
