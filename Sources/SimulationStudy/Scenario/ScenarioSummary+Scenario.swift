extension ScenarioSummary {
  /// What a report has to know of a scenario.
  public init(_ scenario: Scenario) {
    let mechanism: DataGeneratingMechanism? =
      if case .simulated(let mechanism) = scenario.data { mechanism } else { nil }
    self.init(
      name: scenario.name, description: scenario.description, seed: mechanism?.seed ?? 0,
      generator: mechanism?.generator.name ?? "",
      replicates: scenario.replicates, alpha: scenario.alpha, truth: scenario.truth,
      methods: scenario.methods.map(\.name), gates: scenario.gates,
      contentHash: scenario.contentHash, details: Self.details(scenario))
  }

  private static func details(_ scenario: Scenario) -> [Detail] {
    var details: [Detail] = []
    switch scenario.data {
    case .simulated(let mechanism):
      details.append(Detail("groups", "\(mechanism.groups), \(mechanism.groupSize.wording)"))
      for covariate in mechanism.covariates {
        details.append(Detail(covariate.name, covariate.wording))
      }
      if let exposure = mechanism.exposure {
        details.append(
          Detail(
            "exposure",
            "uniform from \(ReportNumber.setting(exposure.lower)) to \(ReportNumber.setting(exposure.upper))"
          ))
      }
    case .given(let counts):
      let groups = Set(counts.groupOfRow).count
      details.append(Detail("data", "given, \(counts.counts.count) rows in \(groups) groups"))
    }
    details.append(Detail("fixed effects", scenario.data.fixedNames.joined(separator: ", ")))
    details.append(Detail("random effects", scenario.data.randomNames.joined(separator: ", ")))
    for method in scenario.methods {
      var wording = method.approximation.rawValue
      if method.optimizer != .newton { wording += ", optimizer \(method.optimizer.rawValue)" }
      if wording != method.name { details.append(Detail("method \(method.name)", wording)) }
    }
    details.append(
      Detail(
        "priors",
        "fixed effects N(0, \(ReportNumber.setting(scenario.priors.fixedEffectSD))²), "
          + "log SDs N(0, \(ReportNumber.setting(scenario.priors.logSDSD))²)"))
    return details
  }
}

extension GroupSize {
  fileprivate var wording: String {
    switch self {
    case .constant(let size): "of \(size)"
    case .listed(let sizes): "of \(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
    case .uniform(let range): "of uniform size, \(range.lowerBound) to \(range.upperBound)"
    case .poisson(let mean, let minimum):
      "of Poisson size, mean \(ReportNumber.setting(mean)), at least \(minimum)"
    }
  }
}

extension Covariate {
  fileprivate var wording: String {
    let kind =
      switch distribution {
      case .normal(let mean, let sd):
        "normal, mean \(ReportNumber.setting(mean)), SD \(ReportNumber.setting(sd))"
      case .uniform(let range):
        "uniform from \(ReportNumber.setting(range.lower)) to \(ReportNumber.setting(range.upper))"
      case .bernoulli(let probability):
        "0 or 1, with probability \(ReportNumber.setting(probability))"
      }
    return kind + (level == .group ? ", one value a group" : ", one value a row")
  }
}
