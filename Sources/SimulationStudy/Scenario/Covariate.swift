/// A covariate's distribution, and whether it is drawn for each row or once for each level of a
/// factor.
public struct Covariate: Sendable, Equatable {
  /// What a covariate's values are drawn from.
  public enum Distribution: Sendable, Equatable {
    /// N(mean, sd^2).
    case normal(mean: Double, sd: Double)
    /// Uniform on a range.
    case uniform(UniformRange)
    /// 1 with this probability, else 0.
    case bernoulli(probability: Double)
    /// One of several levels, the first of which is the reference of the treatment contrasts.
    case categorical([CategoryLevel])
    /// start, start + step, start + 2 step, ... along the rows of each cell, which is each
    /// group where there is no other factor. Nothing is drawn.
    case time(start: Double, step: Double)

    /// The mean of a number that is drawn; nil for levels and times.
    var mean: Double? {
      switch self {
      case .normal(let mean, _): mean
      case .uniform(let range): range.lower + (range.upper - range.lower) / 2
      case .bernoulli(let probability): probability
      case .categorical, .time: nil
      }
    }

    /// The standard deviation of a number that is drawn; nil for levels and times.
    var standardDeviation: Double? {
      switch self {
      case .normal(_, let sd): sd
      case .uniform(let range): (range.upper - range.lower) / 12.0.squareRoot()
      case .bernoulli(let probability): (probability * (1 - probability)).squareRoot()
      case .categorical, .time: nil
      }
    }
  }

  /// A level of a categorical covariate.
  public struct CategoryLevel: Sendable, Equatable {
    /// The end of its column's name.
    public let label: String
    /// Above 0; those of all levels add up to 1.
    public let probability: Double

    /// A level with its probability, above 0.
    public init(_ label: String, _ probability: Double) {
      self.label = label
      self.probability = probability
    }
  }

  /// What a value belongs to.
  public enum Level: Sendable, Equatable {
    /// A row-level covariate: each row has a value of its own.
    case row
    /// A group-level covariate: all rows of a level of this factor have one value.
    case factor(String)

    /// One value a group, where rows are in groups and nothing else.
    public static let group = Level.factor(FactorName.group)

    /// As a scenario names it.
    var name: String {
      switch self {
      case .row: FactorName.row
      case .factor(let name): name
      }
    }
  }

  /// How the values 0 and 1, or the levels of a categorical covariate, are shared out among the
  /// rows or levels that have one each.
  public enum Allocation: Sendable, Equatable {
    /// Each is drawn by itself: shares vary by chance.
    case chance
    /// Exact shares of all, at random places. Where a share is no whole number, one of its
    /// neighbours is drawn.
    case balanced
    /// Exact shares within each level of this factor.
    case within(String)
    /// Exact shares within each run of so many.
    case blocks(Int)
  }

  /// A normal covariate's correlation with a normal one before it.
  public struct Correlation: Sendable, Equatable {
    /// The other covariate's name.
    public let covariate: String
    /// Between -1 and 1, both excluded.
    public let coefficient: Double

    /// A coefficient between -1 and 1, both excluded.
    public init(with covariate: String, _ coefficient: Double) {
      self.covariate = covariate
      self.coefficient = coefficient
    }
  }

  /// Of its column; of several columns the beginning of their names.
  public let name: String
  /// What its values are drawn from.
  public let distribution: Distribution
  /// Whether each row has a value of its own, or each level of a factor.
  public let level: Level
  /// With a normal covariate before it; nil for none, and for one that is not normal.
  public let correlation: Correlation?
  /// How 0 and 1, or levels, are shared out; `chance` for all other distributions.
  public let allocation: Allocation

  /// A row-level covariate without correlation whose values are drawn by chance, where nothing else
  /// is said.
  public init(
    name: String, distribution: Distribution, level: Level = .row,
    correlation: Correlation? = nil, allocation: Allocation = .chance
  ) {
    self.allocation = allocation
    self.name = name
    self.distribution = distribution
    self.level = level
    self.correlation = correlation
  }

  /// The columns it gives to the model: its own name, or for a categorical one a treatment
  /// contrast, 0 or 1, for each level but the first, named as R does: `site` with the level `b` is
  /// `siteb`.
  public var columnNames: [String] {
    guard case .categorical(let levels) = distribution else { return [name] }
    return levels.dropFirst().map { name + $0.label }
  }
}

/// The range of a uniform distribution: finite, `lower < upper`.
public struct UniformRange: Sendable, Equatable {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double

  /// Both finite, the first below the second.
  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}
