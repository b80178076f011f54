/// The random effects of one grouping factor as they are simulated: standard deviations and
/// correlations.
public struct FactorEffects: Sendable, Equatable {
  /// The factor as a formula has it: `school`, `school:class`, `row`.
  public let factor: String
  /// Standard deviations (0 or more), named `Intercept` or as a column of a covariate; at least
  /// one. Terms that are correlated stand next to each other.
  public let effects: [DataGeneratingMechanism.Effect]
  /// Correlations that belong to the model that is fitted. A pair that is not listed has 0.
  public let correlations: [Departures.RandomCorrelation]

  /// Independent effects, where nothing else is said.
  public init(
    factor: String, effects: [DataGeneratingMechanism.Effect],
    correlations: [Departures.RandomCorrelation] = []
  ) {
    self.factor = factor
    self.effects = effects
    self.correlations = correlations
  }

  var terms: [String] { effects.map(\.name) }

  /// What is fitted.
  public var structure: RandomStructure {
    RandomStructure(factor: factor, terms: terms, correlatedSets: correlatedSets)
  }

  /// From the first to the last of terms that the listed pairs connect.
  private var correlatedSets: [Range<Int>] {
    var sets: [Range<Int>] = []
    for index in effects.indices {
      // The first of the terms that this one is in a pair with, or itself.
      let name = effects[index].name
      let first =
        correlations.compactMap { pair -> Int? in
          guard let partner = pair.partner(of: name) else { return nil }
          return effects.firstIndex { $0.name == partner }
        }.min().map { min($0, index) } ?? index
      var start = index
      while let last = sets.last, last.upperBound > first {
        start = last.lowerBound
        sets.removeLast()
      }
      sets.append(start..<(index + 1))
    }
    return sets
  }

  /// True values by the names of `structure`'s parameters, in the order of the pairs; nil for a
  /// correlation of effects of which one has the SD 0.
  var correlationValues: [Double?] {
    structure.correlatedPairs.map { pair in
      let (first, second) = (effects[pair.first], effects[pair.second])
      guard first.value > 0, second.value > 0 else { return nil }
      return correlations.first { $0.partner(of: first.name) == second.name }?.coefficient ?? 0
    }
  }
}

extension Departures.RandomCorrelation {
  /// The other term of the pair; nil if this one is not in it.
  func partner(of term: String) -> String? {
    if first == term { return second }
    return second == term ? first : nil
  }
}
