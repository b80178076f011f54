import PoissonGLMM
import SimulationStudy

extension ClusteredCounts {
  /// The design columns of the named effects, an intercept among them being a column of ones.
  func columns(_ names: [String]) -> [DesignColumn] {
    names.compactMap(column)
  }

  /// The model of these data.
  /// - Parameter family: of the counts.
  func model(_ family: CountFamily = .poisson) throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts, fixed: columns(fixedNames),
      factors: random.map { random in
        guard let grouping = grouping(of: random.factor) else {
          throw BenchmarkFailure("The data have no grouping column for '\(random.factor)'.")
        }
        return RandomFactor(
          name: random.factor, grouping: grouping, terms: columns(random.terms),
          correlatedSets: random.correlatedSets)
      }, family: family)
  }

  /// The same with a column `row` that numbers the rows, for programs that need one for effects of
  /// single rows.
  var numberingRows: ClusteredCounts {
    ClusteredCounts(
      counts: counts,
      groupings: groupings + [.init(name: "row", levelOfRow: Array(counts.indices))],
      covariates: covariates, exposure: exposure, fixedNames: fixedNames, random: random)
  }
}
