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
