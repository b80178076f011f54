import GSLNumerics

/// Where a measure that is known only by simulation reaches a target: probabilistic bisection
/// (Waeber, Frazier & Henderson 2013), as Chalmers (2024, "Solving variables with Monte Carlo
/// simulation experiments: a stochastic root-solving approach", Psychological Methods) uses it for
/// the number of units of a study.
///
/// The search knows a probability for each candidate of being the place. It asks for a batch of
/// replicates at the median; the batch says with a probability p that the measure is above its
/// target there, and so on which side the place is; all candidates on that side are multiplied by
/// p, the others by 1 - p. What it asks for depends on the batches alone: the search may be stopped
/// and goes on from what was recorded.
package struct PowerSearch: Sendable {
  /// What a batch of replicates says at a candidate.
  package struct Observation: Sendable, Equatable {
    /// Position of the candidate.
    package let candidate: Int
    package let estimate: Double
    package let standardError: Double
    /// Replicates behind it.
    package let used: Int
  }

  package let candidates: PowerCandidates
  package let target: Double
  /// Whether the measure grows with the value; nil until both ends were looked at.
  package private(set) var isIncreasing: Bool?
  package private(set) var observations: [Observation] = []
  private var probabilities: [Double]

  /// No batch is believed more than this: the standard error of few replicates is itself rough.
  private static let mostCertain = 0.98
  /// The ends are on the same side of the target if both are by so many standard errors.
  private static let certainErrors = 2.0

  package init(_ candidates: PowerCandidates, target: Double) {
    self.candidates = candidates
    self.target = target
    let count = candidates.values.count
    probabilities = [Double](repeating: 1 / Double(count), count: count)
  }

  /// The candidate at which the next batch is wanted: first both ends, which say whether the
  /// measure grows, then the median.
  package var next: Int {
    switch observations.count {
    case 0: 0
    case 1: candidates.values.count - 1
    default: quantile(0.5)
    }
  }

  /// Takes the batch that `next` has asked for.
  package mutating func record(estimate: Double, standardError: Double, used: Int) {
    let candidate = next
    observations.append(
      Observation(
        candidate: candidate, estimate: estimate, standardError: standardError, used: used))
    if observations.count == 2 {
      isIncreasing = observations[1].estimate >= observations[0].estimate
      for observation in observations { update(observation) }
    } else if observations.count > 2 {
      update(observations[observations.count - 1])
    }
  }

  private mutating func update(_ observation: Observation) {
    let z = (observation.estimate - target) / max(observation.standardError, 1e-12)
    let above = min(
      Self.mostCertain, max(1 - Self.mostCertain, NormalDistribution.cumulative(z)))
    // Above the target, and growing: the place is at this candidate or before it.
    let before = isIncreasing == true ? above : 1 - above
    for index in probabilities.indices {
      probabilities[index] *= index <= observation.candidate ? before : 1 - before
    }
    let sum = probabilities.reduce(0, +)
    for index in probabilities.indices { probabilities[index] /= sum }
  }

  /// The first candidate up to which the place is with a probability.
  package func quantile(_ probability: Double) -> Int {
    var sum = 0.0
    for (index, value) in probabilities.enumerated() {
      sum += value
      if sum >= probability { return index }
    }
    return probabilities.count - 1
  }

  /// Why there is no such place between the ends, as far as the first two batches tell; nil if
  /// there may be one.
  package var objection: String? {
    guard observations.count >= 2 else { return nil }
    let (first, last) = (observations[0], observations[1])
    func side(_ observation: Observation) -> Int {
      let distance = observation.estimate - target
      if abs(distance) <= Self.certainErrors * observation.standardError { return 0 }
      return distance > 0 ? 1 : -1
    }
    guard side(first) != 0, side(first) == side(last) else { return nil }
    func text(_ observation: Observation) -> String {
      "\(NumberText.setting(observation.estimate.roundedToThousandths)) at "
        + candidates.text(candidates.values[observation.candidate])
    }
    return "it is \(text(first)) and \(text(last)), both "
      + (side(first) > 0 ? "above" : "below") + " the target \(NumberText.setting(target))"
  }
}

extension Double {
  fileprivate var roundedToThousandths: Double { (self * 1000).rounded() / 1000 }
}
