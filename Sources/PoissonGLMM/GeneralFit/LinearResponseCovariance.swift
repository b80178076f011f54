/// The covariances of the effects by linear response:
///
///     Cov(theta | phi) = P_eff^-1,    P_eff = A' (W - T H T) A + Lambda
///
/// with -2 H the response of the variances to what moves the weights (see `VarianceResponse`).
protocol LinearResponseCovariance: AnyObject {
  var layout: EffectLayout { get }

  /// Factors P_eff at an optimum whose S^-1 `optimum` holds, factored and inverted.
  /// - Parameters:
  ///   - variances: those of the rows' linear predictors.
  /// - Returns: false if it is not positive definite or not finite.
  func update(
    _ optimum: PrecisionFactor, curvatures: RowCurvatures, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool

  /// Cov(b), p x p.
  func fixedCovariance() -> Matrix

  /// Replaces x by P_eff^-1 x.
  func solve(_ x: DoubleStorage)

  /// The variances of all effects.
  func variances(into target: DoubleStorage)

  /// Replaces x by H x, x one number a row, at the optimum of the last update.
  /// - Returns: false if a number is not finite.
  func respond(_ x: DoubleStorage) -> Bool
}

extension LinearResponseCovariance {
  /// How linear predictors and weights respond to a force on fixed effect c that moves its mean by
  /// one SD: d eta = A dm, dm = P_eff^-1 e_c / SD(b_c), and dw = t d eta - f H t d eta.
  /// - Parameter room: room for a vector over theta.
  /// - Returns: whether it was found.
  func change(
    byFixedEffect c: Int, curvatures: RowCurvatures, room: DoubleStorage,
    predictors: DoubleStorage, weights: DoubleStorage
  ) -> Bool {
    room.fill(with: 0)
    room.pointer[layout.fixedStart + c] = 1
    solve(room)
    let variance = room.pointer[layout.fixedStart + c]
    guard variance > 0, variance.isFinite else { return false }
    room.scale(by: 1 / variance.squareRoot())
    layout.multiplyDesign(room, into: predictors)
    let (t, f) = (curvatures.thirds.pointer, curvatures.fourths.pointer)
    for i in 0..<weights.count { weights.pointer[i] = t[i] * predictors.pointer[i] }
    guard respond(weights) else { return false }
    for i in 0..<weights.count {
      weights.pointer[i] = t[i] * predictors.pointer[i] - f[i] * weights.pointer[i]
    }
    return true
  }
}
