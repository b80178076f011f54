import Foundation

@testable import PoissonGLMM

/// Means and SDs of some parameters.
struct ParameterMoments {
  var means: [Double]
  var sds: [Double]

  static func + (first: Self, second: Self) -> Self {
    Self(means: first.means + second.means, sds: first.sds + second.sds)
  }
}

/// The largest departures of means and SDs from expected ones.
struct MomentDeparture: CustomStringConvertible {
  /// Of means, in expected SDs.
  private(set) var mean = 0.0
  /// Of SDs, relative.
  private(set) var sd = 0.0

  /// Infinite if there are not as many parameters, or one is not a number.
  init(_ own: ParameterMoments, from expected: ParameterMoments) {
    guard own.means.count == expected.means.count, own.sds.count == expected.sds.count else {
      (mean, sd) = (.infinity, .infinity)
      return
    }
    for (index, unit) in expected.sds.enumerated() {
      let offset = ((own.means[index] - expected.means[index]) / unit).magnitude
      let ratio = (own.sds[index] / unit - 1).magnitude
      mean = offset.isFinite ? max(mean, offset) : .infinity
      sd = ratio.isFinite ? max(sd, ratio) : .infinity
    }
  }

  var description: String {
    "means off by \(mean) SD, SDs by \(100 * sd) %"
  }
}

extension PoissonMixedModelFit {
  /// b.
  var fixedMoments: ParameterMoments { Self.moments(fixedEffects.map(\.marginal)) }

  /// Block by block the log SDs, then the correlations' parameters.
  var hyperparameterMoments: ParameterMoments {
    var log = logStandardDeviations.map(\.marginal)[...]
    var result: [Marginal] = []
    for factor in factors {
      result += log.prefix(factor.termNames.count)
      log.removeFirst(factor.termNames.count)
      // Names of factors are unique.
      result += correlations.filter { $0.factor == factor.factor }.map(\.atanh)
    }
    return Self.moments(result)
  }

  /// u, factor after factor.
  var randomMoments: ParameterMoments {
    ParameterMoments(
      means: factors.flatMap(\.means), sds: factors.flatMap(\.standardDeviations))
  }

  /// R_ij, factor after factor.
  var correlationMoments: ParameterMoments { Self.moments(correlations.map(\.marginal)) }

  private static func moments(_ marginals: [Marginal]) -> ParameterMoments {
    ParameterMoments(
      means: marginals.map(\.mean), sds: marginals.map(\.standardDeviation))
  }
}

extension GeneralReferenceData.Answer {
  var fixedMoments: ParameterMoments { .init(means: fixedMean, sds: fixedSd) }
  var hyperparameterMoments: ParameterMoments { .init(means: hyperMean, sds: hyperSd) }
  var randomMoments: ParameterMoments { .init(means: randomEffectsMean, sds: randomEffectsSd) }
}

extension DenseGeneralModel {
  /// The fixed columns.
  var fixedColumns: [[Double]] {
    (0..<fixedCount).map { column in (0..<rows).map { design[$0, column] } }
  }

  /// The blocks as the package has them.
  var randomFactors: [RandomFactor] {
    blocks.enumerated().map { index, block in
      RandomFactor(
        name: "g\(index)", grouping: Grouping(labels: block.codes.map { "\($0)" }),
        terms: block.terms.enumerated().map { DesignColumn(name: "t\($0)", values: $1) },
        correlatedSets: block.isCorrelated ? [0..<block.terms.count] : nil)
    }
  }

  /// The parameters of the priors as the package has them.
  var packagePriors: PoissonGLMM.Priors {
    .init(
      fixedEffectSD: priors.fixedEffectSD, logSDSD: priors.logSDSD,
      correlationShape: priors.correlationShape)
  }

  /// The data as the engine takes them. Codes are numbered in order of appearance.
  var designData: DesignData {
    DesignData(counts: counts, offset: offset, fixed: fixedColumns, factors: randomFactors)
  }

  /// The model as the package has it.
  func packageModel() throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts,
      fixed: fixedColumns.enumerated().map { DesignColumn(name: "x\($0)", values: $1) },
      factors: randomFactors, offset: offset, priors: packagePriors)
  }
}
