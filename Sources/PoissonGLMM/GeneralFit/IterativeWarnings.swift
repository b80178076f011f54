import PlatformEssentials

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

  var all: [String] { [draws] + normals + response + [evidence, Self.predictions] }

  private var draws: String {
    "The factors are crossed so that a dense matrix of order \(problem.layout.pattern.denseOrder) "
      + "would be needed: \(approximation.rawValue) is approximated by conjugate gradients and "
      + "\(DrawnVariances.drawCount) draws, with an error of about 2 % in SDs of random effects "
      + "and 0.05 SD in means of log standard deviations."
  }

  /// From so many levels on, what normals leave out is less than what draws do.
  private static let manyLevels = 100

  /// Which factors' hyperparameters are taken for normal, and what that costs.
  private var normals: [String] {
    guard let quadrature else { return [] }
    let normal = problem.levels.indices.filter { factor in
      problem.levels[factor] < Self.manyLevels
        && !problem.hyperparameters.ranges[factor].contains(where: quadrature.places.contains)
    }
    let few = normal.filter { problem.levels[$0] < EffectLayout.fewLevels }
    let others = normal.filter { !few.contains($0) }
    func sentence(_ factors: [Int], _ cost: String) -> [String] {
      guard !factors.isEmpty else { return [] }
      let names = factors.map { factorNames[$0] }.joined(separator: ", ")
      return [
        "The posterior of the standard deviations of \(names) is taken for normal on the log "
          + "scale: \(cost)"
      ]
    }
    return sentence(
      few,
      "with 10 levels the SD of the intercept was 10 % too small, the mean of the log standard "
        + "deviation 0.2 SD too low and its SD 4 % too small; with fewer it is worse.")
      + sentence(
        others,
        "with 50 levels the SD of the intercept was 2 % too small and the mean of the log standard "
          + "deviation 0.1 SD too low.")
  }

  private var response: [String] {
    guard approximation == .corrected, let quadrature else { return [] }
    let missing = quadrature.nodes.reduce(0) { $0 + ($1.moments.hasResponse ? 0 : $1.weight) }
    guard missing > 0.01 else { return [] }
    return [
      String(
        printf: "For %.0f %% of the posterior of the standard deviations the linear response has "
          + "no solution: covariances there are those of integrated, which may be too small.",
        100 * min(missing, 1))
    ]
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
}
