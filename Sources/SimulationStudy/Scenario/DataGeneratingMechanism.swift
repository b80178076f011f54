import Foundation
import GSLNumerics

/// How a data set is drawn. Without departures the data are those of the model that is fitted:
///
///     y_i ~ Poisson(mu_i)    log mu_i = log(exposure_i) + x_i' b + z_i' u_{g(i)}
///     u_jk ~ N(0, sd_k^2)
public struct DataGeneratingMechanism: Sendable, Equatable {
  /// The study's seed: with the scenario's name, the replicate and the purpose it addresses a
  /// stream.
  public let seed: UInt64
  /// Makes all streams of random numbers.
  public let generator: RandomGenerator
  /// The number of groups, 1 or more.
  public let groups: Int
  /// How many rows each group has.
  public let groupSize: GroupSize
  /// In the order in which they are drawn.
  public let covariates: [Covariate]
  /// Whether group sizes, exposure and covariates are drawn once and are the same in every
  /// replicate; otherwise they are drawn anew.
  public let covariatesAreFixed: Bool
  /// Exposure is uniform on this range, one value a row; without it there is no offset.
  public let exposure: UniformRange?
  /// Coefficients, named `Intercept` or as a column of a covariate; at least one. In a calibration
  /// they are at the middle of their prior, 0, until a replicate draws its own.
  public private(set) var fixed: [Effect]
  /// Standard deviations (0 or more), named `Intercept` or as a column of a covariate; at least
  /// one. In a calibration 1, the exponential of the middle of the prior, until a replicate draws
  /// its own.
  public private(set) var random: [Effect]
  /// Where the data depart from the model that is fitted; nowhere by default.
  public private(set) var departures: Departures

  /// Data of the model that is fitted, with covariates drawn anew for each replicate and without
  /// exposure, where nothing else is said.
  public init(
    seed: UInt64, generator: RandomGenerator = .philox4x64, groups: Int, groupSize: GroupSize,
    covariates: [Covariate] = [], covariatesAreFixed: Bool = false, exposure: UniformRange? = nil,
    fixed: [Effect], random: [Effect], departures: Departures = Departures()
  ) {
    self.seed = seed
    self.generator = generator
    self.groups = groups
    self.groupSize = groupSize
    self.covariates = covariates
    self.covariatesAreFixed = covariatesAreFixed
    self.exposure = exposure
    self.fixed = fixed
    self.random = random
    self.departures = departures
  }

  /// The same mechanism with these departures.
  func departing(_ departures: Departures) -> DataGeneratingMechanism {
    var mechanism = self
    mechanism.departures = departures
    return mechanism
  }

  /// The same mechanism with these coefficients and standard deviations.
  func with(fixed: [Effect], random: [Effect]) -> DataGeneratingMechanism {
    var mechanism = self
    (mechanism.fixed, mechanism.random) = (fixed, random)
    return mechanism
  }

  /// A named number of the model: a coefficient or a standard deviation.
  public struct Effect: Sendable, Equatable {
    /// `Intercept`, or a column of a covariate.
    public let name: String
    /// A coefficient, or a standard deviation.
    public let value: Double

    /// A coefficient or a standard deviation by its name.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The name of the constant term, among fixed and random effects.
  public static let interceptName = "Intercept"
  /// The most rows that a data set may have.
  public static let maximumRows = 10_000_000
}

/// The number of rows of each group.
public enum GroupSize: Sendable, Equatable {
  /// The same for every group.
  case constant(Int)
  /// Poisson with this mean; a draw below the minimum is raised to it.
  case poisson(mean: Double, minimum: Int)
  /// Every whole number of the range alike.
  case uniform(ClosedRange<Int>)
  /// Lognormal with this mean and this standard deviation, rounded to a whole number; a draw below
  /// the minimum is raised to it.
  case lognormal(mean: Double, sd: Double, minimum: Int)
  /// One size for each group, in order.
  case listed([Int])

  /// Mean and standard deviation of the log of a lognormal variable with these moments of its own.
  static func logMoments(mean: Double, sd: Double) -> (meanLog: Double, sdLog: Double) {
    let ratio = sd / mean
    let variance = log1p(ratio * ratio)
    return (log(mean) - variance / 2, variance.squareRoot())
  }
}
