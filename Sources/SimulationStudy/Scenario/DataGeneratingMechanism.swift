import GSLNumerics

/// How a data set is drawn. The model that is fitted is the one that is simulated:
///
///     y_i ~ Poisson(mu_i)    log mu_i = log(exposure_i) + x_i' b + z_i' u_{g(i)}    u_jk ~ N(0, sd_k^2)
public struct DataGeneratingMechanism: Sendable, Equatable {
  /// The study's seed: with the scenario's name, the replicate and the purpose it addresses a stream.
  public let seed: UInt64
  public let generator: RandomGenerator
  /// The number of groups, 1 or more.
  public let groups: Int
  public let groupSize: GroupSize
  /// In the order in which they are drawn.
  public let covariates: [Covariate]
  /// Exposure is uniform on this range, one value a row; without it there is no offset.
  public let exposure: UniformRange?
  /// Coefficients, named `Intercept` or as a covariate; at least one.
  public let fixed: [Effect]
  /// Standard deviations (0 or more), named `Intercept` or as a covariate; at least one.
  public let random: [Effect]

  public init(
    seed: UInt64, generator: RandomGenerator = .philox4x64, groups: Int, groupSize: GroupSize,
    covariates: [Covariate] = [], exposure: UniformRange? = nil, fixed: [Effect], random: [Effect]
  ) {
    self.seed = seed
    self.generator = generator
    self.groups = groups
    self.groupSize = groupSize
    self.covariates = covariates
    self.exposure = exposure
    self.fixed = fixed
    self.random = random
  }

  /// A named number of the model: a coefficient or a standard deviation.
  public struct Effect: Sendable, Equatable {
    public let name: String
    public let value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The name of the constant term, among fixed and random effects.
  public static let interceptName = "Intercept"
  /// The most rows that a data set may have.
  public static let maximumRows = 100_000_000
}

/// The number of rows of each group.
public enum GroupSize: Sendable, Equatable {
  /// The same for every group.
  case constant(Int)
  /// Poisson with this mean; a draw below the minimum is raised to it.
  case poisson(mean: Double, minimum: Int)
  /// Every whole number of the range alike.
  case uniform(ClosedRange<Int>)
  /// One size for each group, in order.
  case listed([Int])
}

/// A covariate's distribution, and whether it is drawn for each row or once for each group.
public struct Covariate: Sendable, Equatable {
  public enum Distribution: Sendable, Equatable {
    case normal(mean: Double, sd: Double)
    case uniform(UniformRange)
    /// 1 with this probability, else 0.
    case bernoulli(probability: Double)
  }

  public enum Level: String, Sendable, CaseIterable {
    case row
    case group
  }

  public let name: String
  public let distribution: Distribution
  public let level: Level

  public init(name: String, distribution: Distribution, level: Level = .row) {
    self.name = name
    self.distribution = distribution
    self.level = level
  }
}

/// The range of a uniform distribution: finite, `lower < upper`.
public struct UniformRange: Sendable, Equatable {
  public let lower: Double
  public let upper: Double

  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}
