/// How the posterior is approximated.
public enum Approximation: String, Sendable, CaseIterable, Codable {
  /// A product of univariate normals over every parameter: what statsmodels' `fit_vb` computes.
  case meanField = "mean-field"
  /// One Gaussian over all fixed and random effects; independent normals for the log SDs.
  case structured
  /// A Gaussian over all effects for each value of the log SDs, whose own distribution is free and integrated by quadrature.
  case integrated
  /// Integrated, with covariances by linear response and, for up to three log SDs, an estimate of the evidence by quadrature
  /// in place of the bound.
  case corrected
}

/// The algorithm that maximizes the evidence bound.
public enum Optimizer: String, Sendable, CaseIterable {
  /// Newton steps on the arrow matrix.
  case newton
  /// GSL's BFGS on the mean-field bound and its gradient: slow, plain, an independent check.
  case bfgs
}

/// Settings of a fit.
public struct FitOptions: Sendable {
  /// `corrected` unless said otherwise: the one that agrees with MCMC.
  public var approximation: Approximation
  public var optimizer: Optimizer
  /// The most iterations of one maximization, of which `integrated` and `corrected` need many; a fit that reaches it ends with
  /// `StopReason.iterationLimit`.
  public var maximumIterations: Int
  /// Threads used within one fit; results do not depend on it.
  public var threads: Int

  public init(
    approximation: Approximation = .corrected, optimizer: Optimizer = .newton,
    maximumIterations: Int = 1000, threads: Int = 1
  ) {
    self.approximation = approximation
    self.optimizer = optimizer
    self.maximumIterations = maximumIterations
    self.threads = threads
  }
}
