import ArgumentParser

/// The groups that counts are simulated in.
enum SimulatedGroups: String, CaseIterable, ExpressibleByArgument {
  case new, own
}

/// What is drawn for each data set.
struct SimulationDraws {
  /// Whether parameters are drawn from the posterior, rather than at its means.
  let parameters: Bool
  let groups: SimulatedGroups
  let seed: UInt64
}
