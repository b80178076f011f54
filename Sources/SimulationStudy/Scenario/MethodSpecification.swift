import PoissonGLMM

/// A method of a scenario: a name for the reports, and what fits.
public struct MethodSpecification: Sendable, Equatable {
  public enum Fitter: Sendable, Equatable {
    /// This project's own.
    case variational(VariationalSettings)
    /// Another program.
    case command(ExternalCommand)
  }

  public let name: String
  public let fitter: Fitter

  public init(name: String, _ fitter: Fitter) {
    self.name = name
    self.fitter = fitter
  }

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

  /// Nil for this project's own fitter.
  public var command: ExternalCommand? {
    if case .command(let command) = fitter { command } else { nil }
  }
}

/// How this project's own fitter is to fit.
public struct VariationalSettings: Sendable, Equatable {
  public let approximation: Approximation
  /// A fit that needs more counts as failed.
  public let maximumIterations: Int

  public init(
    approximation: Approximation,
    maximumIterations: Int = FitOptions().maximumIterations
  ) {
    self.approximation = approximation
    self.maximumIterations = maximumIterations
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

  public static let defaultTimeLimit = 60.0
  public static let defaultStartLimit = 60.0
  /// What either limit may be.
  public static let timeLimits = 0.01...86_400.0

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
