import GSLNumerics

/// The likelihood-ratio test of a model in one that it is nested in: twice the difference of their
/// log-likelihoods is close to chi-squared where what is tested is in the interior of its range. A
/// standard deviation of 0 is not: p is then too large, by a factor of two for one of them.
public struct LikelihoodRatioTest: Sendable, Equatable {
  /// Twice the difference of the log-likelihoods. At posterior means, which are not the largest
  /// ones, it may be a little below 0.
  public let statistic: Double
  /// The difference of the numbers of parameters.
  public let degreesOfFreedom: Int

  /// P(X > statistic) of the chi-squared distribution; 1 for a statistic below 0.
  public var p: Double {
    ChiSquaredDistribution.upperTail(statistic, degreesOfFreedom: Double(degreesOfFreedom))
  }

  /// - Returns: nil if the larger model has no more parameters.
  public init?(of small: InformationCriteria, in large: InformationCriteria) {
    degreesOfFreedom = large.parameterCount - small.parameterCount
    statistic = 2 * (large.logLikelihood - small.logLikelihood)
    if degreesOfFreedom <= 0 { return nil }
  }
}
