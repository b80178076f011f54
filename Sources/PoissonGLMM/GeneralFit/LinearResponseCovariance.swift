import Foundation

/// The covariances of the effects by linear response:
///
///     Cov(theta | phi) = P_eff^-1,    P_eff = A' (W - M) A + Lambda
///
/// with W - M the response of the weights to the linear predictors (see `EffectiveWeights`).
protocol LinearResponseCovariance: AnyObject {
  var layout: EffectLayout { get }

  /// Factors P_eff at an optimum whose S^-1 `optimum` holds, factored and inverted.
  /// - Parameters:
  ///   - weights: w.
  ///   - variances: those of the rows' linear predictors.
  /// - Returns: false if it is not positive definite or not finite.
  func update(
    _ optimum: PrecisionFactor, weights: DoubleStorage, variances: DoubleStorage,
    prior: EffectPrior
  ) -> Bool

  /// Cov(b), p x p.
  func fixedCovariance() -> Matrix

  /// Replaces x by P_eff^-1 x.
  func solve(_ x: DoubleStorage)

  /// The variances of all effects.
  func variances(into target: DoubleStorage)

  /// Replaces x by (W - M) x, x one number a row, at the optimum of the last update.
  /// - Returns: false if a number is not finite.
  func respond(_ x: DoubleStorage) -> Bool
}

extension LinearResponseCovariance {
  /// The response of the weights to a force on fixed effect c that moves its mean by one SD: dw
  /// along dm = P_eff^-1 e_c / SD(b_c).
  /// - Parameter room: room for a vector over theta.
  /// - Returns: whether it was found.
  func weightChange(
    ofFixedEffect c: Int, room: DoubleStorage, into change: DoubleStorage
  ) -> Bool {
    room.fill(with: 0)
    room.pointer[layout.fixedStart + c] = 1
    solve(room)
    let variance = room.pointer[layout.fixedStart + c]
    guard variance > 0, variance.isFinite else { return false }
    room.scale(by: 1 / variance.squareRoot())
    layout.multiplyDesign(room, into: change)
    return respond(change)
  }
}
