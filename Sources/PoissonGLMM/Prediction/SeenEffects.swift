import GSLNumerics

/// The fixed effects together with the random effects of all levels that a model has seen: their
/// means, and draws from their joint posterior.
package struct SeenEffects: Sendable {
  /// One value of all of them.
  package struct Values: Sendable, Equatable {
    /// b, p numbers.
    package let fixedEffects: [Double]
    /// One value for each level and term of each factor, level-major.
    package let randomEffects: [[Double]]
    /// Of the family of counts; none for Poisson.
    package let familyParameters: [Double]
  }

  private enum Source: Sendable {
    case regression
    case oneFactor(ModelData)
    case general(GeneralProblem)
  }

  private let source: Source
  /// How many effects each factor has.
  private let sizes: [Int]
  /// Those with random effects; their weights add up to 1.
  let components: [Posterior.Component]

  /// - Parameter posterior: that of a fit of `model`, which has kept the random effects.
  /// - Throws: `FitError` if it has not, or the design is beyond what can be factored.
  package init(_ model: PoissonMixedModel, posterior: Posterior) throws(FitError) {
    components =
      model.factors.isEmpty ? posterior.components : posterior.predictiveComponents
    guard !components.isEmpty else {
      throw FitError(
        "Effects can be drawn from a fit only if it has kept them: set "
          + "FitOptions.keepsRandomEffects.")
    }
    sizes = model.factors.map { $0.levels.count * $0.terms.count }
    if model.factors.isEmpty {
      source = .regression
    } else if let design = model.design {
      source = .general(
        try GeneralProblem(design, priors: model.priors, wanted: "draw of random effects"))
    } else {
      source = .oneFactor(model.data)
    }
  }

  /// The posterior means.
  package var means: Values {
    var fixed = [Double](repeating: 0, count: components[0].gaussian.fixedMean.count)
    var random = [Double](repeating: 0, count: sizes.reduce(0, +))
    for component in components {
      let gaussian = component.gaussian
      for index in fixed.indices { fixed[index] += component.weight * gaussian.fixedMean[index] }
      for index in random.indices {
        random[index] += component.weight * gaussian.randomMean[index]
      }
    }
    let families = components[0].gaussian.familyMean.indices.map { a in
      components.reduce(0) { $0 + $1.weight * $1.gaussian.familyMean[a] }
    }
    return values(fixed, random, familyParameters: families)
  }

  /// A draw from the joint posterior.
  package func draw(from stream: RandomStream) -> Values {
    let index = stream.category(weights: components.map(\.weight)) ?? 0
    let (fixed, random) = sampler(ofComponent: index).draw(from: stream)
    let gaussian = components[index].gaussian
    return values(
      fixed, random,
      familyParameters: zip(gaussian.familyMean, gaussian.familyVariance).map {
        stream.normal(mean: $0, sd: $1.squareRoot())
      })
  }

  /// What draws from one of the components, made once for several draws.
  func sampler(ofComponent index: Int) -> any EffectSampler {
    let gaussian = components[index].gaussian
    switch source {
    case _ where gaussian.covarianceSource == .independent, .regression:
      return IndependentEffectSampler(gaussian)
    case .oneFactor(let data): return GroupEffectSampler(gaussian, of: data)
    case .general(let problem): return GeneralEffectSampler(gaussian, of: problem)
    }
  }

  func values(
    _ fixed: [Double], _ random: [Double], familyParameters: [Double] = []
  ) -> Values {
    var rest = random[...]
    return Values(
      fixedEffects: fixed,
      randomEffects: sizes.map { size in
        defer { rest = rest.dropFirst(size) }
        return Array(rest.prefix(size))
      }, familyParameters: familyParameters)
  }
}
