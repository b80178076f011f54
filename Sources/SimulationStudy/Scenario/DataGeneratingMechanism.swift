import Foundation
import GSLNumerics

/// How a data set is drawn. Without departures the data are those of the model that is fitted:
///
///     y_i ~ Poisson(mu_i)    log mu_i = log(exposure_i) + x_i' b + sum_k z_ik' u_{k, g_k(i)}
///     u_kj ~ N(0, D_k R_k D_k)
///
/// for the levels j of each grouping factor k, with standard deviations D_k and correlations R_k;
/// or the counts are of another family with the means mu_i.
public struct DataGeneratingMechanism: Sendable, Equatable {
  /// The study's seed: with the scenario's name, the replicate and the purpose it addresses a
  /// stream.
  public let seed: UInt64
  /// Makes all streams of random numbers.
  public let generator: RandomGenerator
  /// The grouping factors, and how many rows each of their cells has.
  public let design: FactorDesign
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
  /// The random effects of each grouping factor, at least one. In a calibration SDs are 1, the
  /// exponential of the middle of the prior, and correlations 0, until a replicate draws its own.
  public private(set) var randomFactors: [FactorEffects]
  /// Of the counts given their means.
  public private(set) var family: SimulatedFamily
  /// Where the data depart from the model that is fitted; nowhere by default.
  public private(set) var departures: Departures

  /// Data of the model that is fitted, with covariates drawn anew for each replicate and without
  /// exposure, where nothing else is said.
  public init(
    seed: UInt64, generator: RandomGenerator = .philox4x64, design: FactorDesign,
    covariates: [Covariate] = [], covariatesAreFixed: Bool = false, exposure: UniformRange? = nil,
    fixed: [Effect], randomFactors: [FactorEffects], family: SimulatedFamily = .poisson,
    departures: Departures = Departures()
  ) {
    self.seed = seed
    self.generator = generator
    self.design = design
    self.covariates = covariates
    self.covariatesAreFixed = covariatesAreFixed
    self.exposure = exposure
    self.fixed = fixed
    self.randomFactors = randomFactors
    self.family = family
    self.departures = departures
  }

  /// The same for groups of rows, with effects of the groups.
  /// - Parameters:
  ///   - seed: what all random numbers follow from.
  ///   - generator: the random number generator.
  ///   - groups: the number of groups, 1 or more.
  ///   - groupSize: how many rows each group has.
  ///   - covariates: the covariates, in the order of their columns.
  ///   - covariatesAreFixed: whether all replicates have the same covariates.
  ///   - exposure: the range of the exposure; without it there is no offset.
  ///   - fixed: coefficients, named `Intercept` or as a column of a covariate.
  ///   - random: standard deviations, named likewise.
  ///   - correlations: those of effects that are fitted as correlated.
  ///   - departures: where the data depart from the model that is fitted.
  public init(
    seed: UInt64, generator: RandomGenerator = .philox4x64, groups: Int, groupSize: GroupSize,
    covariates: [Covariate] = [], covariatesAreFixed: Bool = false, exposure: UniformRange? = nil,
    fixed: [Effect], random: [Effect], correlations: [Departures.RandomCorrelation] = [],
    departures: Departures = Departures()
  ) {
    self.init(
      seed: seed, generator: generator, design: FactorDesign(groups: groups, size: groupSize),
      covariates: covariates, covariatesAreFixed: covariatesAreFixed, exposure: exposure,
      fixed: fixed,
      randomFactors: [
        FactorEffects(factor: FactorName.group, effects: random, correlations: correlations)
      ], departures: departures)
  }

  /// The standard deviations of the first grouping factor.
  var random: [Effect] { randomFactors[0].effects }

  /// What is fitted.
  var structures: [RandomStructure] { randomFactors.map(\.structure) }

  /// Whether there is one grouping factor and effects of its levels, and nothing else.
  var isOfOneFactor: Bool {
    design.isOfOneFactor && randomFactors.map(\.factor) == design.factors.map(\.name)
  }

  /// The same mechanism with these departures.
  func departing(_ departures: Departures) -> DataGeneratingMechanism {
    var mechanism = self
    mechanism.departures = departures
    return mechanism
  }

  /// The same mechanism with these coefficients, standard deviations and correlations, and these
  /// parameters of the family.
  func with(
    fixed: [Effect], randomFactors: [FactorEffects], family: SimulatedFamily
  ) -> DataGeneratingMechanism {
    var mechanism = self
    (mechanism.fixed, mechanism.randomFactors) = (fixed, randomFactors)
    mechanism.family = family
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

/// The number of rows of each group, or of levels that each level of another factor has.
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
