import PoissonGLMM

/// A method of a scenario: a name for the reports, and what fits.
public struct MethodSpecification: Sendable, Equatable {
  /// What fits, with its settings.
  public enum Fitter: Sendable, Equatable {
    /// This project's own.
    case variational(VariationalSettings)
    /// Another program.
    case command(ExternalCommand)
    /// An estimator in Swift, which `StudyRunner` is given.
    case own
  }

  /// Unique within a scenario; stands in every report.
  public let name: String
  /// What fits, with its settings.
  public let fitter: Fitter

  /// A method by its name in the reports.
  public init(name: String, _ fitter: Fitter) {
    self.name = name
    self.fitter = fitter
  }

  /// This project's own fitter as a method.
  public init(
    name: String, approximation: Approximation,
    maximumIterations: Int = FitOptions().maximumIterations
  ) {
    self.init(
      name: name,
      .variational(
        VariationalSettings(
          approximation: approximation, maximumIterations: maximumIterations))
    )
  }

  /// Nil for what is no other program.
  public var command: ExternalCommand? {
    if case .command(let command) = fitter { command } else { nil }
  }
}

/// How this project's own fitter is to fit.
public struct VariationalSettings: Sendable, Equatable {
  /// The posterior approximation.
  public let approximation: Approximation
  /// A fit that needs more counts as failed.
  public let maximumIterations: Int
  /// The distribution of a count given its mean in the model that is fitted.
  public let family: CountFamily
  /// Whether the checks of the model are reported too, as parameters with a p value.
  public let checks: Bool
  /// Whether the columns of the fixed effects are standardized for the fit.
  public let standardizes: Bool

  /// - Parameters:
  ///   - approximation: the posterior approximation.
  ///   - maximumIterations: a limit on iterations; by default the fitter's own.
  ///   - family: the distribution of a count given its mean.
  ///   - checks: whether the checks of the model are reported too.
  ///   - standardizes: whether the columns of the fixed effects are standardized for the fit.
  public init(
    approximation: Approximation,
    maximumIterations: Int = FitOptions().maximumIterations, family: CountFamily = .poisson,
    checks: Bool = false, standardizes: Bool = false
  ) {
    self.family = family
    self.approximation = approximation
    self.maximumIterations = maximumIterations
    self.checks = checks
    self.standardizes = standardizes
  }
}

/// Another program that fits: see `Scenarios/estimators/README.md` for what is asked of it.
public struct ExternalCommand: Sendable, Hashable {
  /// One line for `/bin/sh`.
  public let text: String
  /// Seconds that an answer may take.
  public let timeLimit: Double
  /// Seconds that it may take to start and answer the greeting.
  public let startLimit: Double

  /// Seconds; what `timeLimit` is where a scenario does not say.
  public static let defaultTimeLimit = 60.0
  /// Seconds; what `startLimit` is where a scenario does not say.
  public static let defaultStartLimit = 60.0
  /// What either limit may be.
  static let timeLimits = 0.01...86_400.0

  /// A command for `/bin/sh`, with a minute for each answer and a minute to start.
  public init(
    _ text: String, timeLimit: Double = defaultTimeLimit, startLimit: Double = defaultStartLimit
  ) {
    self.text = text
    self.timeLimit = timeLimit
    self.startLimit = startLimit
  }

  /// The variables of the environment that the command has a default for, as `${PYTHON:-python3}`:
  /// with another value another program may run.
  static func variables(of text: String) -> [String] {
    text.matches(of: /\$\{([A-Za-z_][A-Za-z0-9_]*):?-/).map { String($0.output.1) }
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
