import GSLNumerics

/// How far what fits report moved on the same data.
struct Drift: Sendable, Equatable {
  /// One fit's largest move.
  struct Fit: Sendable, Equatable {
    let replicate: Int
    /// A parameter, or what is said of the whole fit: `log_evidence`.
    let parameter: String
    /// `estimate`, `SD`, `lower end`, `upper end`, `p value`, or `value` of the whole fit.
    let quantity: String
    /// In units of the SD that the baseline gives, or of the estimates' own SD over the replicates
    /// where it gives none; that of a p value in the normal deviate that has it, that of a
    /// logarithm in nats; infinite if the parameter is gone.
    let sds: Double
  }

  /// The largest first.
  let fits: [Fit]

  /// The move of a fit is the largest of |t' - t| / SD over its parameters, t being the estimate,
  /// its SD and the ends of its interval, as far as the method has them; of |z' - z| for p values
  /// 2 (1 - Phi(z)); and of what is said of the whole fit. What an older baseline does not have is
  /// not compared.
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
      for (name, size) in Self.moves(of: pair.baseline, to: pair.current)
      where size > (largest?.sds ?? -1) * (1 + 1e-9) {
        largest = Fit(replicate: pair.replicate, parameter: name, quantity: "value", sds: size)
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
      ("p value", before.pValue.map { Self.move(ofPValue: $0, to: after.pValue) } ?? 0),
    ]
  }

  /// Of the normal deviate that has the p value: what a move of the estimate by as many SDs does to
  /// it, be it large or very small.
  private static func move(ofPValue old: Double, to new: Double?) -> Double {
    guard let new else { return .infinity }
    if old == new { return 0 }
    func deviate(_ p: Double) -> Double {
      // Beyond the smallest normal number there are no digits left to compare.
      NormalDistribution.upperTailQuantile(max(p, .leastNormalMagnitude) / 2)
    }
    let move = abs(deviate(new) - deviate(old))
    return move.isFinite ? move : .infinity
  }

  /// How far what is said of the whole fit moved.
  private static func moves(
    of before: EstimationResult, to after: EstimationResult
  ) -> [(name: String, size: Double)] {
    zip(before.quantities, before.quantityValues).map { quantity, old in
      guard let new = after.value(of: quantity.name) else { return (quantity.name, .infinity) }
      if old == new || (old.isNaN && new.isNaN) { return (quantity.name, 0) }
      let scale = quantity.scale.map { before.value(of: $0) ?? .nan } ?? 1
      let size = abs(new - old) / scale
      return (quantity.name, scale > 0 && size.isFinite ? size : .infinity)
    }
  }
}

extension Drift.Fit {
  /// `the SD of x by 0.006 SDs`.
  var wording: String {
    guard sds.isFinite else {
      return "\(parameter) is gone, or there is no SD to measure its move by"
    }
    let what = quantity == "value" ? parameter : "the \(quantity) of \(parameter)"
    let unit = parameter.hasPrefix("log_") && quantity == "value" ? "nats" : "SDs"
    return "\(what) by \(ComparisonNumber.short(sds)) \(unit)"
  }
}

/// Fits whose evidence bound is lower than it was: an optimizer that stops earlier, or in a worse
/// place.
struct OptimumLoss: Sendable, Equatable {
  struct Fit: Sendable, Equatable {
    let replicate: Int
    /// Old bound less the new; infinite where the new one is missing or not finite.
    let loss: Double
  }

  /// Fits with a bound in the baseline.
  let compared: Int
  /// The losses beyond rounding, the largest first.
  let lower: [Fit]
  /// Fits whose bound is higher beyond rounding, the largest gain first; `loss` is below 0.
  let gains: [Fit]
  var higher: Int { gains.count }

  /// - Parameter relative: what rounding may do to a bound B, as a share of 1 + |B|.
  init(_ pairing: MethodPairing, relative: Double) {
    var compared = 0
    var lower: [Fit] = []
    var gains: [Fit] = []
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
        gains.append(Fit(replicate: pair.replicate, loss: before - after))
      }
    }
    self.compared = compared
    self.lower = lower.sorted { ($1.loss, $0.replicate) < ($0.loss, $1.replicate) }
    self.gains = gains.sorted { ($0.loss, $0.replicate) < ($1.loss, $1.replicate) }
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
