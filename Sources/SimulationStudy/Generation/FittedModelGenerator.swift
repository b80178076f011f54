import Foundation
import GSLNumerics
import PoissonGLMM

/// New counts for a design, from a fitted model: the parametric bootstrap, or with parameters that
/// are drawn from the posterior its predictive distribution. Random effects are drawn anew for
/// every group.
package struct FittedModelGenerator: Sendable {
  /// What the counts are drawn with.
  package enum Parameters: Sendable {
    /// The same in every replicate: p coefficients and q log SDs, as the design has its columns.
    case held(fixedEffects: [Double], logSDs: [Double])
    /// Drawn for each replicate.
    case drawn(from: JointPosterior)
  }

  /// One replicate with what is behind it.
  package struct Replicate: Sendable, Equatable {
    /// One a row of the design.
    package let counts: [Double]
    let fixedEffects: [Double]
    let logSDs: [Double]
    /// One value for each group and term, group-major.
    let randomEffects: [Double]
  }

  /// In the address of the streams, where a study has its scenario's name.
  private static let streamName = "simulate --like"

  private let frame: ModelFrame
  private let components: [Component]
  private let seed: UInt64

  private struct Component: Sendable {
    let weight: Double
    let fixedMean: [Double]
    /// nil where the fixed effects are held.
    let fixedCovariance: Cholesky?
    let logSDMean: [Double]
    let logSDStandardDeviation: [Double]
  }

  /// - Throws: `GenerationError` if the parameters are not as many as the design's columns, or a
  ///   posterior covariance is not positive definite in double precision.
  package init(
    frame: ModelFrame, parameters: Parameters, seed: UInt64
  ) throws(GenerationError) {
    self.frame = frame
    self.seed = seed
    switch parameters {
    case .held(let fixedEffects, let logSDs):
      components = [
        Component(
          weight: 1, fixedMean: fixedEffects, fixedCovariance: nil, logSDMean: logSDs,
          logSDStandardDeviation: logSDs.map { _ in 0 })
      ]
    case .drawn(let posterior):
      var components: [Component] = []
      for component in posterior.components {
        components.append(
          Component(
            weight: component.weight, fixedMean: component.fixedMean,
            fixedCovariance: try Self.factor(component), logSDMean: component.logSDMean,
            logSDStandardDeviation: component.logSDStandardDeviation))
      }
      self.components = components
    }
    let isComplete = components.allSatisfy {
      $0.fixedMean.count == frame.fixed.count && $0.logSDMean.count == frame.random.count
    }
    guard isComplete, !components.isEmpty else {
      throw GenerationError(
        "expected \(frame.fixed.count) fixed effects and \(frame.random.count) log standard "
          + "deviations, as the design has columns.")
    }
  }

  private static func factor(
    _ component: JointPosterior.Component
  ) throws(GenerationError) -> Cholesky {
    do {
      return try Cholesky(component.fixedCovariance, order: component.fixedMean.count)
    } catch {
      throw GenerationError("the posterior of the fixed effects cannot be drawn from: \(error).")
    }
  }

  /// The counts of a replicate (0, 1, 2, ...), whatever was drawn before.
  /// - Throws: `GenerationError` if a mean count is not a number up to 10^15.
  package func replicate(_ number: Int) throws(GenerationError) -> Replicate {
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
    let component = components[stream.category(weights: components.map(\.weight)) ?? 0]
    var fixedEffects = component.fixedMean
    if let covariance = component.fixedCovariance {
      let deviations = covariance.correlated(fixedEffects.map { _ in stream.normal() })
      fixedEffects = zip(fixedEffects, deviations).map(+)
    }
    let logSDs = zip(component.logSDMean, component.logSDStandardDeviation).map {
      stream.normal(mean: $0, sd: $1)
    }
    return (fixedEffects, logSDs)
  }
}
