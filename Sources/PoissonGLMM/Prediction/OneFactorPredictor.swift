import PlatformEssentials

/// The linear predictor of a model with one grouping factor whose terms are independent.
///
/// Given the log SDs s, eta = o + x'b + z'u is normal. In a known group its variance includes the
/// dependence between b and u_j; in a new group u ~ N(0, diag(exp(2 s))). Over s it is a mixture:
/// under integrated and corrected over the points of the quadrature, under mean-field and
/// structured, in a new group, over a Gauss-Hermite rule for the normal posterior of s.
struct OneFactorPredictor: LinearPredictorSource {
  private let data: ModelData
  private let components: [Posterior.Component]
  /// The values that the variances of a new group's effects take, by term, with their weights and
  /// components.
  private let newGroups: [NewGroup]

  private struct NewGroup {
    let weight: Double
    let component: Int
    let variances: [Double]
  }

  /// About the most points of a rule over the log SDs of a new group under mean-field and
  /// structured.
  private static let maximumPoints = 1000.0

  /// - Parameter components: those of a fit's posterior that have random effects.
  init(_ data: ModelData, components: [Posterior.Component]) throws(FitError) {
    self.data = data
    self.components = components
    var newGroups: [NewGroup] = []
    for (index, component) in components.enumerated() {
      for (weight, logSDs) in try HermiteProductRule.points(
        means: component.gaussian.logSDMean, variances: component.gaussian.logSDVariance,
        maximumPoints: Self.maximumPoints)
      {
        newGroups.append(
          NewGroup(
            weight: component.weight * weight, component: index,
            variances: logSDs.map { exp(2 * $0) }))
      }
    }
    self.newGroups = newGroups
  }

  /// What a group's rows have in common is computed once where they come together.
  func forEach(
    _ indices: ArraySlice<Int>, of rows: PredictionRows, until limit: FitLimit?,
    _ body: (_ row: Int, _ normals: [PredictorNormal]) -> Void
  ) {
    var regressions: (group: Int, values: [GroupRegression])?
    for row in indices {
      if limit?.isReached == true { return }
      let group = rows.seenLevel(row, factor: 0)
      if let group, regressions?.group != group {
        let own = GroupRows(group: group, of: data)
        regressions = (group, components.map { GroupRegression(own, $0.gaussian) })
      }
      let normals =
        group.map { known(rows, row, group: $0, regressions?.values ?? []) } ?? unseen(rows, row)
      body(row, normals)
    }
  }

  /// The normals of eta for a row of a known group.
  private func known(
    _ rows: PredictionRows, _ row: Int, group: Int, _ regressions: [GroupRegression]
  ) -> [PredictorNormal] {
    let x = rows.fixed.map { $0[row] }
    let z = rows.factors[0].terms.map { $0.values[row] }
    return zip(components, regressions).map { component, regression in
      var mean = fixedPart(rows, row, x, component)
      for k in z.indices { mean += z[k] * component.gaussian.randomMean[group * z.count + k] }
      return (
        component.weight, mean,
        regression.variance(x: x, z: z, fixedCovariance: component.gaussian.fixedCovariance)
      )
    }
  }

  /// The normals of eta for a row of no known group.
  private func unseen(
    _ rows: PredictionRows, _ row: Int
  ) -> [PredictorNormal] {
    let x = rows.fixed.map { $0[row] }
    let z = rows.factors[0].terms.map { $0.values[row] }
    let fixed = components.map {
      (mean: fixedPart(rows, row, x, $0), variance: $0.gaussian.fixedCovariance.quadraticForm(x))
    }
    return newGroups.map { group in
      var variance = 0.0
      for (z, own) in zip(z, group.variances) { variance += z * z * own }
      let own = fixed[group.component]
      return rows.groups.adding(
        effectsOfVariance: variance, to: (group.weight, own.mean, own.variance))
    }
  }

  private func fixedPart(
    _ rows: PredictionRows, _ row: Int, _ x: [Double], _ component: Posterior.Component
  ) -> Double {
    zip(x, component.gaussian.fixedMean).reduce(rows.offset?[row] ?? 0) { $0 + $1.0 * $1.1 }
  }
}
