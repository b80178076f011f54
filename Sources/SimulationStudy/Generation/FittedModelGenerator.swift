import Foundation
import GSLNumerics
import PoissonGLMM

/// New counts for a design, from a fitted model: the parametric bootstrap, or with parameters that
/// are drawn from the posterior its predictive distribution. Random effects are drawn anew for
/// every group.
public struct FittedModelGenerator: Sendable {
  /// One replicate with what is behind it.
  public struct Replicate: Sendable, Equatable {
    /// One a row of the design.
    public let counts: [Double]
    public let fixedEffects: [Double]
    public let logSDs: [Double]
    /// One value for each group and term, group-major.
    public let randomEffects: [Double]
  }

  /// In the address of the streams, where a study has its scenario's name.
  private static let streamName = "simulate --like"

  private let frame: ModelFrame
  private let posterior: Posterior
  /// One for each component; nil where its fixed effects are known exactly.
  private let factors: [Cholesky?]
  private let seed: UInt64

  /// - Parameters:
  ///   - frame: the design.
  ///   - posterior: what the parameters of each replicate are drawn from, p fixed effects and q log
  ///     SDs as the design has its columns. One that knows them exactly makes the replicates a
  ///     parametric bootstrap.
  /// - Throws: `GenerationError` if the parameters are not as many as the design's columns, or a
  ///   posterior covariance is not positive definite in double precision.
  public init(
    frame: ModelFrame, posterior: Posterior, seed: UInt64
  ) throws(GenerationError) {
    self.frame = frame
    self.posterior = posterior
    self.seed = seed
    let isComplete = posterior.components.allSatisfy {
      $0.gaussian.fixedMean.count == frame.fixed.count
        && $0.gaussian.logSDMean.count == frame.random.count
    }
    guard isComplete, !posterior.components.isEmpty else {
      throw GenerationError(
        "expected \(frame.fixed.count) fixed effects and \(frame.random.count) log standard "
          + "deviations, as the design has columns.")
    }
    var factors: [Cholesky?] = []
    for component in posterior.components {
      factors.append(try Self.factor(component.gaussian.fixedCovariance))
    }
    self.factors = factors
  }

  private static func factor(_ covariance: Matrix) throws(GenerationError) -> Cholesky? {
    guard covariance.elements.contains(where: { $0 != 0 }) else { return nil }
    do {
      return try Cholesky(covariance.elements, order: covariance.order)
    } catch {
      throw GenerationError("the posterior of the fixed effects cannot be drawn from: \(error).")
    }
  }

  /// The counts of a replicate (0, 1, 2, ...), whatever was drawn before.
  /// - Throws: `GenerationError` if a mean count is not a number up to `DataGenerator.largestMean`.
  public func replicate(_ number: Int) throws(GenerationError) -> Replicate {
    let streams = ReplicateStreams(
      generator: .philox4x64, seed: seed, scenario: Self.streamName,
      replicate: UInt64(max(0, number)))
    let (fixedEffects, logSDs) = parameters(from: try streams.stream(.posteriorDraws))

    let effectStream = try streams.stream(.randomEffects)
    let terms = frame.random.count
    var randomEffects = [Double](repeating: 0, count: frame.grouping.count * terms)
    for (term, logSD) in logSDs.enumerated() {
      let sd = exp(logSD)
      for group in 0..<frame.grouping.count {
        randomEffects[group * terms + term] = effectStream.normal(sd: sd)
      }
    }

    var linearPredictor = frame.offset ?? [Double](repeating: 0, count: frame.counts.count)
    for (column, coefficient) in zip(frame.fixed, fixedEffects) {
      for row in linearPredictor.indices {
        linearPredictor[row] += coefficient * column.values[row]
      }
    }
    for (term, column) in frame.random.enumerated() {
      for (row, group) in frame.grouping.groupOfRow.enumerated() {
        linearPredictor[row] += randomEffects[group * terms + term] * column.values[row]
      }
    }
    return Replicate(
      counts: try CountSampling.poisson(linearPredictor, from: streams.stream(.counts)),
      fixedEffects: fixedEffects, logSDs: logSDs, randomEffects: randomEffects)
  }

  private func parameters(
    from stream: RandomStream
  ) -> (fixedEffects: [Double], logSDs: [Double]) {
    let components = posterior.components
    let index = stream.category(weights: components.map(\.weight)) ?? 0
    let gaussian = components[index].gaussian
    var fixedEffects = gaussian.fixedMean
    if let factor = factors[index] {
      let deviations = factor.correlated(fixedEffects.map { _ in stream.normal() })
      fixedEffects = zip(fixedEffects, deviations).map(+)
    }
    let logSDs = zip(gaussian.logSDMean, gaussian.logSDVariance).map {
      stream.normal(mean: $0, sd: $1.squareRoot())
    }
    return (fixedEffects, logSDs)
  }
}
