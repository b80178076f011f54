import Foundation

/// What has to be known of a fit whose precision matrix cannot be factored: how exact its numbers
/// are, and which there are not. The sizes are what `IterativeFitTests` measure.
struct IterativeWarnings {
  private let problem: GeneralProblem
  private let approximation: Approximation
  private let factorNames: [String]
  /// nil under `structured`.
  private let quadrature: IterativeQuadrature?

  init(
    _ problem: GeneralProblem, _ approximation: Approximation, factorNames: [String],
    quadrature: IterativeQuadrature?
  ) {
    (self.problem, self.approximation) = (problem, approximation)
    (self.factorNames, self.quadrature) = (factorNames, quadrature)
  }

  var all: [String] {
    [draws] + (normalFactors.map { [$0] } ?? []) + (composite.map { [$0] } ?? [])
      + (response.map { [$0] } ?? []) + [evidence, Self.predictions]
  }

  private var draws: String {
    "The factors are crossed so that a dense matrix of order \(problem.layout.pattern.denseOrder) "
      + "would be needed: \(approximation.rawValue) is approximated by conjugate gradients and "
      + "\(DrawnVariances.drawCount) draws, with an error of about 2 % in SDs of random effects."
  }

  /// Which factors' hyperparameters are taken for normal, and what that costs.
  private var normalFactors: String? {
    guard let quadrature else { return nil }
    let normal = problem.levels.indices.filter { factor in
      !problem.hyperparameters.ranges[factor].contains(where: quadrature.places.contains)
    }
    let few = normal.filter { problem.levels[$0] < EffectLayout.fewLevels }
    if !few.isEmpty {
      return
        "The posterior of the standard deviations of \(names(few)), on the log scale, is taken for "
        + "normal, although levels are few: with 10 levels the SD of the intercept may be 10 % too "
        + "small, and log standard deviations 0.25 SD off."
    }
    return
      "The posterior of the standard deviations of \(names(normal)), on the log scale, is taken for "
      + "normal: with 50 levels log standard deviations may be 0.1 SD off."
  }

  private var composite: String? {
    guard let quadrature, quadrature.places.count > 1 else { return nil }
    let factors = problem.levels.indices.filter { factor in
      problem.hyperparameters.ranges[factor].contains(where: quadrature.places.contains)
    }
    return
      "The standard deviations of \(names(factors)) are integrated over at a few points only."
  }

  private var response: String? {
    guard approximation == .corrected, let quadrature else { return nil }
    let missing = quadrature.nodes.reduce(0) { $0 + ($1.moments.hasResponse ? 0 : $1.weight) }
    guard missing > 0.01 else { return nil }
    return String(
      format: "For %.0f %% of the posterior of the standard deviations the linear response has no "
        + "solution: covariances there are those of integrated, which may be too small.",
      100 * min(missing, 1))
  }

  private var evidence: String {
    let bound = "the bound is that of independent factors, far below the evidence"
    return approximation == .corrected
      ? "There is no log evidence, because it takes the determinant of that matrix, and \(bound)."
      : "The bound of \(approximation.rawValue) takes the determinant of that matrix: in its place "
        + "\(bound)."
  }

  private static let predictions =
    "There are no predictions, because they take the inverse of that matrix."

  private func names(_ factors: [Int]) -> String {
    factors.map { factorNames[$0] }.joined(separator: ", ")
  }
}
