/// Reads how the values of a covariate are shared out: `balanced`, `{within: school}` or
/// `{blocks: 4}`.
struct AllocationParser {
  let distribution: Covariate.Distribution
  let level: Covariate.Level
  let design: FactorDesign

  func allocation(_ value: YAMLValue) throws(ScenarioError) -> Covariate.Allocation {
    guard case .mapping = value.node else {
      return try value.word(Word.self, what: "allocation") == .balanced ? .balanced : .chance
    }
    let map = try value.mapping(keys: ["within", "blocks"])
    switch (map["within"], map["blocks"]) {
    case (let factor?, nil): return .within(try self.factor(factor))
    case (nil, let size?): return .blocks(try blockSize(size))
    default: throw value.error("expected one of the keys within or blocks.")
    }
  }

  private enum Word: String, CaseIterable {
    case chance, balanced
  }

  /// Levels of the factor hold more than one of the rows or levels that have values.
  private func factor(_ value: YAMLValue) throws(ScenarioError) -> String {
    let name = try value.text()
    let known: [String] =
      switch level {
      case .row: design.factors.map(\.name)
      case .factor(let own): design.ancestors(of: own)
      }
    guard !known.isEmpty else {
      throw value.error(
        "the values are those of each \(level.name), which is within no other factor; 'balanced' "
          + "shares them out among all.")
    }
    guard known.contains(name) else {
      throw value.error(
        "a \(level.name) is within no \(value.found); "
          + NearestName.advice(for: name, among: known))
    }
    return name
  }

  /// A block has every level in exact shares.
  private func blockSize(_ value: YAMLValue) throws(ScenarioError) -> Int {
    let size = try value.integer(in: 2...DataGeneratingMechanism.maximumRows)
    for (label, share) in distribution.shares {
      let count = Double(size) * share
      guard abs(count - count.rounded()) < 1e-6 * Double(size), count.rounded() >= 1 else {
        throw value.error(
          "a block of \(size) has no whole number of \(label), whose share is "
            + "\(NumberText.setting(share)).")
      }
    }
    return size
  }
}

extension Covariate.Distribution {
  /// What is shared out, in the order of `CovariateSampler`'s places; empty for what is a number or
  /// a time.
  var shares: [(label: String, share: Double)] {
    switch self {
    case .bernoulli(let probability): [("0", 1 - probability), ("1", probability)]
    case .categorical(let levels): levels.map { ($0.label, $0.probability) }
    case .normal, .uniform, .time: []
    }
  }
}
