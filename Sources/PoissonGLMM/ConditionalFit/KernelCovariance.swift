/// `CovarianceForm` as bare addresses, for kernels. Valid while the form's storages live.
struct KernelCovariance: @unchecked Sendable {
  /// Arrow form; nil in diagonal form.
  let blockInverses: UnsafePointer<Double>?
  let blockRoots: UnsafePointer<Double>?
  let regressions: UnsafePointer<Double>?
  let fixedCovariance: UnsafePointer<Double>?
  let fixedRoot: UnsafePointer<Double>?
  /// Diagonal form; nil in arrow form.
  let randomVariances: UnsafePointer<Double>?
  let fixedVariances: UnsafePointer<Double>?

  init(_ form: CovarianceForm) {
    switch form {
    case .arrow(let factorization):
      blockInverses = UnsafePointer(factorization.blockInverses.pointer)
      blockRoots = UnsafePointer(factorization.blockRoots.pointer)
      regressions = UnsafePointer(factorization.regressions.pointer)
      fixedCovariance = UnsafePointer(factorization.fixedCovariance.pointer)
      fixedRoot = UnsafePointer(factorization.fixedRoot.pointer)
      randomVariances = nil
      fixedVariances = nil
    case .diagonal(let random, let fixed):
      blockInverses = nil
      blockRoots = nil
      regressions = nil
      fixedCovariance = nil
      fixedRoot = nil
      randomVariances = UnsafePointer(random.pointer)
      fixedVariances = UnsafePointer(fixed.pointer)
    }
  }

  /// Adds one group's Var(u_jk) to `termSquares` and Cov(u_jk, u_jl)^2 to `covarianceSquares`.
  /// - Parameter scratch: room for q q + p doubles.
  @inline(__always)
  func addGroupCovariance(
    _ group: Int, shape: ArrowShape, scratch: UnsafeMutablePointer<Double>,
    termSquares: UnsafeMutablePointer<Double>, covarianceSquares: UnsafeMutablePointer<Double>
  ) {
    let (p, q) = (shape.fixedCount, shape.termCount)
    if let randomVariances {
      for k in 0..<q {
        let variance = randomVariances[group * q + k]
        termSquares[k] += variance
        covarianceSquares[k * q + k] += variance * variance
      }
    } else if q == 2, let blockInverses, let regressions, let fixedCovariance {
      let inverse = blockInverses + group &* 4
      let (first, second) = (regressions + group &* 2 &* p, regressions + (group &* 2 &+ 1) &* p)
      var (own, cross, other) = (inverse[0], inverse[1], inverse[3])
      for c in 0..<p {
        let row = fixedCovariance + c &* p
        var (a, b) = (0.0, 0.0)
        for d in 0..<p {
          a += row[d] * first[d]
          b += row[d] * second[d]
        }
        own += a * first[c]
        cross += a * second[c]
        other += b * second[c]
      }
      termSquares[0] += own
      termSquares[1] += other
      covarianceSquares[0] += own * own
      covarianceSquares[1] += cross * cross
      covarianceSquares[2] += cross * cross
      covarianceSquares[3] += other * other
    } else if let blockInverses, let regressions, let fixedCovariance {
      ArrowFactorization.groupCovariance(
        inverse: blockInverses + group * q * q, regression: regressions + group * q * p,
        fixedCovariance: fixedCovariance, fixedCount: p, termCount: q, scratch: scratch + q * q,
        into: scratch)
      for k in 0..<q {
        termSquares[k] += scratch[k * q + k]
        for l in 0..<q { covarianceSquares[k * q + l] += scratch[k * q + l] * scratch[k * q + l] }
      }
    }
  }
}
