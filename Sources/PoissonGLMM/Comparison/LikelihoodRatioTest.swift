import GSLNumerics

/// The likelihood-ratio test of a model in one that it is nested in: twice the difference of their
/// largest log-likelihoods is close to chi-squared where what is tested is in the interior of its
/// range. A standard deviation of 0 is not, and p is then too large.
public struct LikelihoodRatioTest: Sendable, Equatable {
  /// Twice the difference of the log-likelihoods; below 0 only where one of these is not the
  /// largest.
  public let statistic: Double
  /// The difference of the numbers of parameters.
  public let degreesOfFreedom: Int
  /// How many standard deviations are 0 in the smaller model.
  public let standardDeviationCount: Int

  private static let tolerance = 1e-5

  /// P(X > statistic) of the chi-squared distribution; 1 for a statistic below 0.
  public var p: Double { Self.tail(statistic, degreesOfFreedom) }

  /// The same where one standard deviation, with its correlations, is tested at 0: the statistic is
  /// then an equal mixture of chi-squared with all degrees of freedom and with one less (Self &
  /// Liang 1987, Stram & Lee 1994). nil where none is, or several are.
  public var boundaryP: Double? {
    guard standardDeviationCount == 1 else { return nil }
    return 0.5 * (p + Self.tail(statistic, degreesOfFreedom - 1))
  }

  private static func tail(_ x: Double, _ degreesOfFreedom: Int) -> Double {
    guard degreesOfFreedom > 0 else { return x > 0 ? 0 : 1 }
    return ChiSquaredDistribution.upperTail(x, degreesOfFreedom: Double(degreesOfFreedom))
  }

  /// - Parameters:
  ///   - small: the model within the other.
  ///   - large: the model with more parameters.
  ///   - standardDeviationCount: how many standard deviations are 0 in the smaller model.
  /// - Returns: nil if the larger model has no more parameters.
  public init?(
    of small: InformationCriteria, in large: InformationCriteria, standardDeviationCount: Int = 0
  ) {
    degreesOfFreedom = large.parameterCount - small.parameterCount
    let statistic = 2 * (large.logLikelihood - small.logLikelihood)
    // Two searches for the same maximum end as near to each other.
    self.statistic = statistic.magnitude < Self.tolerance ? 0 : statistic
    self.standardDeviationCount = standardDeviationCount
    if degreesOfFreedom <= 0 { return nil }
  }
}
