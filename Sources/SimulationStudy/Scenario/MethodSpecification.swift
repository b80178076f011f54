import PoissonGLMM

/// A method of a scenario: a name for the reports, and how it fits.
public struct MethodSpecification: Sendable, Equatable {
  public let name: String
  public let approximation: Approximation
  public let optimizer: Optimizer
  /// A fit that needs more counts as failed.
  public let maximumIterations: Int

  public init(
    name: String, approximation: Approximation, optimizer: Optimizer = .newton,
    maximumIterations: Int = FitOptions().maximumIterations
  ) {
    self.name = name
    self.approximation = approximation
    self.optimizer = optimizer
    self.maximumIterations = maximumIterations
  }
}
