/// A covariate's distribution, and whether it is drawn for each row or once for each group.
public struct Covariate: Sendable, Equatable {
  public enum Distribution: Sendable, Equatable {
    case normal(mean: Double, sd: Double)
    case uniform(UniformRange)
    /// 1 with this probability, else 0.
    case bernoulli(probability: Double)
    /// One of several levels, the first of which is the reference of the treatment contrasts.
    case categorical([CategoryLevel])
    /// start, start + step, start + 2 step, ... along the rows of each group. Nothing is drawn.
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
    public let label: String
    /// Above 0; those of all levels add up to 1.
    public let probability: Double

    public init(_ label: String, _ probability: Double) {
      self.label = label
      self.probability = probability
    }
  }

  public enum Level: String, Sendable, CaseIterable {
    case row
    case group
  }

  /// A normal covariate's correlation with a normal one before it.
  public struct Correlation: Sendable, Equatable {
    public let covariate: String
    /// Between -1 and 1, both excluded.
    public let coefficient: Double

    public init(with covariate: String, _ coefficient: Double) {
      self.covariate = covariate
      self.coefficient = coefficient
    }
  }

  public let name: String
  public let distribution: Distribution
  public let level: Level
  public let correlation: Correlation?

  public init(
    name: String, distribution: Distribution, level: Level = .row, correlation: Correlation? = nil
  ) {
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
  public let lower: Double
  public let upper: Double

  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}
