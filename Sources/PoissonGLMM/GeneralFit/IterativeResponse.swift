import PlatformEssentials

/// Linear response of the block family, for designs that cannot be factored:
///
///     P_eff = Lambda + A' (W^-1 + Q / 2)^-1 A,     Q = sum_k K_k * K_k,   K_k = A_k S_k A_k'
///
/// with S_k one block a level of factor k (* elementwise), and the squares v_i^2 on the diagonal of
/// Q, which it has in the full family: a diagonal part D of Q makes other weights of W, w / (1 + w
/// D / 2). The block of the fixed effects, which would add p^2 / n, is left out.
///
/// K_k,ij = a_i' S a_j, so that Q = Phi G Phi' where Phi has the products of two design values of a
/// level and G their coefficients, two of S. By Woodbury's identity P_eff is the Schur complement
/// in
///
///     [A Phi]' W [A Phi] + blockdiag(Lambda, 2 G^-1)
///
/// the precision matrix of a model with more effects a level, psi, whose design values are these
/// products and whose prior is N(0, G / 2). It is as sparse as P, the part of its inverse that
/// belongs to theta is P_eff^-1, and its solutions and draws are as P's.
final class IterativeResponse {
  private let gaussian: IterativeGaussian
  private let design: PanelDesign
  private let precision: PanelPrecision
  private let room: PanelPrecision.Room
  private lazy var drawn = DrawnVariances(precision, room: room, hasRows: false)

  init(_ gaussian: IterativeGaussian) {
    self.gaussian = gaussian
    design = PanelDesign(gaussian.problem.layout, isResponding: true)
    precision = PanelPrecision(design)
    room = PanelPrecision.Room(design)
  }

  /// Takes P and its blocks as they are.
  /// - Returns: false if a block is not positive definite.
  func update() -> Bool {
    let priors = design.shapes.indices.map { factor in
      let (shape, size) = (design.shapes[factor], design.shapes[factor].width)
      let prior = gaussian.prior.precisions[design.layout.eliminationOrder[factor]]
      var blocks = [Double](repeating: 0, count: shape.levels * size * size)
      let products = size - shape.terms
      let matrix = DoubleStorage(count: products * products)
      let inverse = DoubleStorage(count: products * products)
      for level in 0..<shape.levels {
        let base = level * size * size
        for i in 0..<shape.terms {
          for j in 0..<shape.terms { blocks[base + i * size + j] = prior[i, j] }
        }
        setCoefficients(
          gaussian.precision.blockInverse(factor: factor, level: level), order: shape.terms,
          into: matrix.pointer)
        SmallCholesky.factor(matrix.pointer, order: products)
        SmallCholesky.invert(matrix.pointer, order: products, into: inverse.pointer)
        for i in 0..<products {
          for j in 0..<products {
            blocks[base + (shape.terms + i) * size + shape.terms + j] =
              2 * inverse.pointer[i * products + j]
          }
        }
      }
      return LevelPriors(blocks: blocks, stride: size * size)
    }
    return precision.update(
      weights: diagonalResponse(), priors: priors,
      fixedPrecision: gaussian.prior.fixedPrecision)
  }

  /// w / (1 + w D / 2).
  private func diagonalResponse() -> DoubleStorage {
    let weights = DoubleStorage(count: design.rowCount)
    for row in 0..<design.rowCount {
      let (w, v) = (gaussian.precision.weights.pointer[row], gaussian.variances.pointer[row])
      let rest = max(v * v - gaussian.blockVarianceSquares(ofRow: row), 0)
      weights.pointer[row] = w / (1 + 0.5 * w * rest)
    }
    return weights
  }

  /// G of a level: the coefficients of the products in (a' S b)^2.
  private func setCoefficients(
    _ covariance: UnsafePointer<Double>, order q: Int, into target: UnsafeMutablePointer<Double>
  ) {
    let products = q * (q + 1) / 2
    for k in 0..<(products * products) { target[k] = 0 }
    func place(_ i: Int, _ j: Int) -> Int {
      let (first, second) = (min(i, j), max(i, j))
      return first * q - first * (first - 1) / 2 + second - first
    }
    for i in 0..<q {
      for j in 0..<q {
        for k in 0..<q {
          for l in 0..<q {
            target[place(i, j) * products + place(k, l)] +=
              covariance[i * q + k] * covariance[j * q + l]
          }
        }
      }
    }
  }

  func fixedCovariance() -> Matrix { precision.fixedCovariance(room: room) }

  /// The change of w where the mean of a fixed effect moves by one SD, into rows: W (A x + Phi psi)
  /// along the solution (x, psi).
  func forEachWeightChange(_ body: (_ effect: Int, _ change: DoubleStorage) -> Void) {
    let rows = Panel(count: design.rowCount)
    let change = DoubleStorage(count: design.rowCount)
    precision.forEachFixedSolution(room: room) { first, solution in
      design.multiply(solution, into: rows)
      for c in first..<min(first + Panel.width, design.fixedCount) {
        let sd = solution.pointer[design.fixedStart + c][c - first].squareRoot()
        for i in 0..<design.rowCount {
          change.pointer[i] = precision.weights.pointer[i] * rows.pointer[i][c - first] / sd
        }
        body(c, change)
      }
    }
  }

  /// The variances of the random effects, as theta.
  func variances() -> DoubleStorage {
    drawn.update()
    let result = DoubleStorage(count: design.layout.effectCount)
    for shape in design.shapes {
      for level in 0..<shape.levels {
        let source = drawn.effects.pointer + shape.start + level * shape.width
        (result.pointer + shape.layoutStart + level * shape.terms)
          .update(from: source, count: shape.terms)
      }
    }
    return result
  }
}
