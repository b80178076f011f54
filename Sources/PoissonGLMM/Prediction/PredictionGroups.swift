/// The groups that new rows are predicted in.
public enum PredictionGroups: String, Sendable, CaseIterable {
  /// Those that each row names: groups that the model has seen with their own effects, others as
  /// under `new`.
  case own
  /// Groups that the model has not seen: u ~ N(0, Sigma).
  case new
  /// A typical group, whose random effects are 0: mu = exp(o + x'b).
  case typical
  /// All groups, over which the mean is taken: mu = E exp(o + x'b + z'u) = exp(o + x'b + z' Sigma z
  /// / 2), with the expectation over u ~ N(0, Sigma).
  case average

  /// Whether rows have to say which groups they belong to.
  package var needsLevels: Bool { self == .own }
}
