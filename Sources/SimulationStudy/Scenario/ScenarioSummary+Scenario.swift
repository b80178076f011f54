extension ScenarioSummary {
  /// What a report has to know of a scenario.
  init(_ scenario: Scenario) {
    let mechanism: DataGeneratingMechanism? =
      if case .simulated(let mechanism) = scenario.data { mechanism } else { nil }
    self.init(
      kind: scenario.kind, name: scenario.name, description: scenario.description,
      seed: mechanism?.seed ?? 0,
      generator: mechanism?.generator.name ?? "",
      replicates: scenario.replicates, precision: scenario.precision,
      departsFromModel: mechanism.map { $0.departures != Departures() } ?? false,
      alpha: scenario.alpha,
      truth: scenario.truth, methods: scenario.methods.map(\.name),
      skipped: scenario.declaredMethods.compactMap { method in
        scenario.skipped[method.name].map { SkippedMethod(name: method.name, reason: $0) }
      },
      commands: Dictionary(
        scenario.declaredMethods.compactMap { method in
          method.command.map { (method.name, $0.text) }
        }, uniquingKeysWith: { first, _ in first }), gates: scenario.gates,
      contentHash: scenario.contentHash, details: Self.details(scenario),
      rows: Self.rows(scenario.data), gridSettings: scenario.gridSettings, study: scenario.study)
  }

  private static func rows(_ data: DataSource) -> Double {
    switch data {
    case .simulated(let mechanism):
      Double(mechanism.groups) * mechanism.groupSize.mean(groups: mechanism.groups)
    case .given(let counts): Double(counts.counts.count)
    }
  }

  private static func details(_ scenario: Scenario) -> [Detail] {
    var details: [Detail] = []
    switch scenario.data {
    case .simulated(let mechanism):
      details.append(Detail("groups", "\(mechanism.groups), \(mechanism.groupSize.wording)"))
      for covariate in mechanism.covariates {
        details.append(Detail(covariate.name, covariate.wording))
      }
      if mechanism.covariatesAreFixed {
        details.append(Detail("design", "the same in every replicate"))
      }
      if let exposure = mechanism.exposure {
        details.append(
          Detail(
            "exposure",
            "uniform from \(NumberText.setting(exposure.lower)) to "
              + "\(NumberText.setting(exposure.upper))"
          ))
      }
      details += mechanism.departures.details
    case .given(let counts):
      let groups = Set(counts.groupOfRow).count
      details.append(Detail("data", "given, \(counts.counts.count) rows in \(groups) groups"))
    }
    details.append(Detail("fixed effects", scenario.data.fixedNames.joined(separator: ", ")))
    details.append(Detail("random effects", scenario.data.randomNames.joined(separator: ", ")))
    if scenario.kind == .calibration {
      details.append(Detail("true parameters", "drawn from the priors in each replicate"))
    }
    for method in scenario.methods {
      let wording =
        switch method.fitter {
        case .variational(let settings): settings.approximation.rawValue
        case .command(let command):
          "the program \(command.text), at most \(NumberText.setting(command.timeLimit)) s a "
            + "data set"
        }
      if wording != method.name { details.append(Detail("method \(method.name)", wording)) }
    }
    details.append(
      Detail(
        "priors",
        "fixed effects N(0, \(NumberText.setting(scenario.priors.fixedEffectSD))²), "
          + "log SDs N(0, \(NumberText.setting(scenario.priors.logSDSD))²)"))
    return details
  }
}

extension GroupSize {
  /// Rows of a group on average, but for draws that are raised to a minimum.
  fileprivate func mean(groups: Int) -> Double {
    switch self {
    case .constant(let size): Double(size)
    case .listed(let sizes): sizes.reduce(0) { $0 + Double($1) } / Double(max(1, groups))
    case .uniform(let range): (Double(range.lowerBound) + Double(range.upperBound)) / 2
    case .poisson(let mean, let minimum): max(mean, Double(minimum))
    case .lognormal(let mean, _, let minimum): max(mean, Double(minimum))
    }
  }

  fileprivate var wording: String {
    switch self {
    case .constant(let size): "of \(size)"
    case .listed(let sizes): "of \(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
    case .uniform(let range): "of uniform size, \(range.lowerBound) to \(range.upperBound)"
    case .lognormal(let mean, let sd, let minimum):
      "of lognormal size, mean \(NumberText.setting(mean)), SD \(NumberText.setting(sd)), "
        + "at least \(minimum)"
    case .poisson(let mean, let minimum):
      "of Poisson size, mean \(NumberText.setting(mean)), at least \(minimum)"
    }
  }
}

extension Covariate {
  fileprivate var wording: String {
    let kind =
      switch distribution {
      case .normal(let mean, let sd):
        "normal, mean \(NumberText.setting(mean)), SD \(NumberText.setting(sd))"
      case .uniform(let range):
        "uniform from \(NumberText.setting(range.lower)) to \(NumberText.setting(range.upper))"
      case .bernoulli(let probability):
        "0 or 1, with probability \(NumberText.setting(probability))"
      case .categorical(let levels):
        levels.map { "\($0.label) (\(NumberText.setting($0.probability)))" }
          .joined(separator: ", ")
      case .time(let start, let step):
        "from \(NumberText.setting(start)) by \(NumberText.setting(step)) along each group"
      }
    let partner =
      correlation.map {
        ", correlation \(NumberText.setting($0.coefficient)) with \($0.covariate)"
      } ?? ""
    return kind + partner + (level == .group ? ", one value a group" : ", one value a row")
  }
}

extension Departures {
  fileprivate var details: [ScenarioSummary.Detail] {
    typealias Detail = ScenarioSummary.Detail
    func number(_ value: Double) -> String { NumberText.setting(value) }
    var details: [Detail] = []
    switch randomEffects {
    case .normal: break
    case .studentT(let degrees):
      details.append(
        Detail("random effects' shape", "Student's t with \(number(degrees)) degrees of freedom"))
    case .gamma(let shape):
      details.append(Detail("random effects' shape", "centred gamma of shape \(number(shape))"))
    case .mixture(let weight, let separation):
      details.append(
        Detail(
          "random effects' shape",
          "two normals \(number(separation)) SDs apart, the upper with probability "
            + "\(number(weight))"
        ))
    }
    for pair in randomCorrelations {
      details.append(
        Detail("correlation", "\(number(pair.coefficient)) of \(pair.first) and \(pair.second)"))
    }
    if let correlation = covariateCorrelation {
      details.append(
        Detail(
          "correlation",
          "\(number(correlation.coefficient)) of the random effect \(correlation.term) and the "
            + "covariate \(correlation.covariate)"))
    }
    if let overdispersionShape {
      details.append(
        Detail("overdispersion", "gamma multipliers of shape \(number(overdispersionShape))"))
    }
    if zeroInflation != 0 {
      details.append(Detail("zero inflation", "with probability \(number(zeroInflation))"))
    }
    if informativeGroupSize != 0 {
      details.append(
        Detail(
          "group sizes", "grow with exp(\(number(informativeGroupSize)) u / SD), u the intercept"))
    }
    return details
  }
}
