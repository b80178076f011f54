/// What draws the data sets of a scenario: this project's own generator, another program, or one in
/// Swift that a study is given. The door between a study and where its data come from, as
/// `Estimator` is that to a fitter.
///
/// A study calls it from several threads at once, in any order of the replicates. The data of a
/// replicate follow from its number alone: what a study records must not depend on the number of
/// workers, nor on what was drawn before.
public protocol DataSetGenerator: Sendable {
  /// The data set of a replicate (0, 1, 2, ...).
  /// - Throws: any error; the study records its description, and every method counts the replicate
  ///   as failed. `CancellationError` alone says nothing of the data: nothing is recorded.
  func dataSet(replicate: Int) throws -> SimulatedCounts
}

/// One drawn data set, with the random effects that are behind it.
public struct SimulatedCounts: Sendable, Equatable {
  /// What an estimator is given.
  public let data: ClusteredCounts
  /// One value for each level and term, factor after factor and level-major, levels in the order in
  /// which they appear; empty where the data are given.
  public let randomEffects: [Double]
  /// The true values that this replicate has drawn, by parameter name; empty but in a calibration.
  public let drawnParameters: [String: Double]

  /// - Parameters:
  ///   - data: what an estimator is given.
  ///   - randomEffects: those behind the data, as far as they are known.
  ///   - drawnParameters: in a calibration the true value of every parameter.
  public init(
    data: ClusteredCounts, randomEffects: [Double] = [], drawnParameters: [String: Double] = [:]
  ) {
    self.data = data
    self.randomEffects = randomEffects
    self.drawnParameters = drawnParameters
  }
}
