/// How far estimates moved on the same data.
struct Drift: Sendable, Equatable {
  /// One fit's largest move.
  struct Fit: Sendable, Equatable {
    let replicate: Int
    let parameter: String
    /// `estimate`, `SD`, `lower end` or `upper end`.
    let quantity: String
    /// In units of the SD that the baseline gives, or of the estimates' own SD over the replicates
    /// where it gives none; infinite if the parameter is gone.
    let sds: Double
  }

  /// The largest first.
  let fits: [Fit]

  /// The move of a fit is the largest of |t' - t| / SD over its parameters, t being the estimate,
  /// its SD and the ends of its interval, as far as the method has them.
  init(_ pairing: MethodPairing) {
    let scales = Dictionary(
      pairing.parameters.map { name in
        (name, Moments.standardDeviation(pairing.estimates(of: name).map(\.baseline.estimate)))
      }, uniquingKeysWith: { first, _ in first })
    let moves: [Fit] = pairing.pairs.compactMap { pair in
      var largest: Fit?
      for before in pair.baseline.parameters {
        let scale = before.standardError ?? scales[before.parameter] ?? .nan
        for (quantity, sds) in Self.moves(
          of: before, to: pair.current[before.parameter], scale: scale)
        // Where all move alike, the estimate is named, and rounding does not decide.
        where sds > (largest?.sds ?? -1) * (1 + 1e-9) {
          largest = Fit(
            replicate: pair.replicate, parameter: before.parameter, quantity: quantity, sds: sds)
        }
      }
      return largest
    }
    fits = moves.sorted { ($1.sds, $0.replicate) < ($0.sds, $1.replicate) }
  }

  private static func moves(
    of before: ParameterEstimate, to after: ParameterEstimate?, scale sd: Double
  ) -> [(quantity: String, sds: Double)] {
    guard let after else { return [("estimate", .infinity)] }
    func move(_ old: Double?, _ new: Double?) -> Double {
      if old == new { return 0 }
      guard let old, let new, sd > 0 else { return .infinity }
      return abs(new - old) / sd
    }
    return [
      ("estimate", move(before.estimate, after.estimate)),
      ("SD", move(before.standardError, after.standardError)),
      ("lower end", move(before.intervalLower, after.intervalLower)),
      ("upper end", move(before.intervalUpper, after.intervalUpper)),
    ]
  }
}

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
  /// The losses beyond rounding, the largest first.
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

/// What the optimizer needs, in iterations: a cost that no clock disturbs.
struct IterationChange: Sendable, Equatable {
  let baseline: Int
  let current: Int
  /// Replicates whose number has grown most, the largest growth first.
  let grown: [Int]

  /// nil where the baseline has no iterations.
  var ratio: Double? { baseline > 0 ? Double(current) / Double(baseline) : nil }

  init(_ pairing: MethodPairing) {
    // As doubles: counts from a file may be of any size.
    func total(_ counts: [Int]) -> Int {
      Int(exactly: counts.reduce(0.0) { $0 + Double($1) }) ?? .max
    }
    baseline = total(pairing.pairs.map(\.baseline.iterations))
    current = total(pairing.pairs.map(\.current.iterations))
    grown =
      pairing.pairs.filter { $0.current.iterations > $0.baseline.iterations }
      .sorted {
        Double($0.current.iterations) - Double($0.baseline.iterations)
          > Double($1.current.iterations) - Double($1.baseline.iterations)
      }.map(\.replicate)
  }
}
