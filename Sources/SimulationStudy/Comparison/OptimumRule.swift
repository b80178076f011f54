/// Fits whose evidence bound is lower than it was: an optimizer that stops earlier, or in a worse
/// place.
struct OptimumLoss: Sendable, Equatable {
  struct Fit: Sendable, Equatable {
    let replicate: Int
    /// Old bound less the new, above 0; infinite where the new one is missing or not finite.
    let loss: Double
  }

  /// Fits with a bound in the baseline.
  let compared: Int
  /// Beyond rounding; the largest loss first.
  let lower: [Fit]
  /// Fits whose bound is higher beyond rounding.
  let higher: Int

  /// - Parameter relative: what rounding may do to a bound B, as a share of 1 + |B|.
  init(_ pairing: MethodPairing, relative: Double) {
    var compared = 0
    var lower: [Fit] = []
    var higher = 0
    for pair in pairing.pairs {
      guard let before = pair.baseline.evidenceLowerBound, before.isFinite else { continue }
      compared += 1
      guard let after = pair.current.evidenceLowerBound, after.isFinite else {
        lower.append(Fit(replicate: pair.replicate, loss: .infinity))
        continue
      }
      let rounding = relative * (1 + abs(before))
      if before - after > rounding {
        lower.append(Fit(replicate: pair.replicate, loss: before - after))
      } else if after - before > rounding {
        higher += 1
      }
    }
    self.compared = compared
    self.lower = lower.sorted { ($1.loss, $0.replicate) < ($0.loss, $1.replicate) }
    self.higher = higher
  }
}
