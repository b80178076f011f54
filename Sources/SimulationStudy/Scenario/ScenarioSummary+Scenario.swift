extension ScenarioSummary {
  /// What a report has to know of a scenario.
  init(_ scenario: Scenario) {
    let mechanism: DataGeneratingMechanism? =
      if case .simulated(let mechanism) = scenario.data { mechanism } else { nil }
    self.init(
      kind: scenario.kind, name: scenario.name, description: scenario.description,
      seed: mechanism?.seed ?? scenario.data.generated?.seed ?? 0,
      generator: mechanism?.generator.name ?? (scenario.data.generated == nil ? "" : "own"),
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
      rows: Self.rows(scenario.data), measures: scenario.measures,
      gridSettings: scenario.gridSettings, study: scenario.study,
      ownTruth: Dictionary(
        scenario.methods.map { ($0.name, scenario.ownTruth(of: $0)) },
        uniquingKeysWith: { first, _ in first }))
  }

  private static func rows(_ data: DataSource) -> Double? {
    switch data {
    case .simulated(let mechanism):
      mechanism.design.expectedCells * mechanism.design.rowsPerCell.mean
    case .given(let counts): Double(counts.counts.count)
    case .generated: nil
    }
  }

  private static func details(_ scenario: Scenario) -> [Detail] {
    var details: [Detail] = []
    switch scenario.data {
    case .simulated(let mechanism):
      details += mechanism.design.details
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
      details += mechanism.family.details(areDrawn: scenario.kind == .calibration)
      details += mechanism.departures.details
    case .given(let counts):
      let levels = counts.groupings.map { column in
        let count = Set(column.levelOfRow).count
        return "\(count) "
          + (column.name == FactorName.group ? "groups" : "levels of \(column.name)")
      }
      details.append(
        Detail(
          "data", "given, \(counts.counts.count) rows in \(levels.joined(separator: ", "))"))
    case .generated(let own):
      details.append(
        Detail(
          "data", own.command.map { "drawn by the program \($0.text)" } ?? "drawn by own code"))
      details += own.settings.sorted { $0.key < $1.key }.map { Detail($0.key, $0.value.text) }
    }
    details.append(Detail("fixed effects", scenario.data.fixedNames.joined(separator: ", ")))
    details.append(Detail("random effects", scenario.data.random.wording))
    if let name = scenario.commonStreams {
      details.append(Detail("random numbers", "common to all cells of \(name)"))
    }
    details += scenario.estimands.map { Detail($0.name, $0.text) }
    if scenario.kind == .calibration {
      details.append(Detail("true parameters", "drawn from the priors in each replicate"))
    }
    for method in scenario.methods {
      let wording =
        switch method.fitter {
        case .variational(let settings):
          settings.approximation.rawValue
            + (settings.family == .poisson ? "" : ", \(settings.family.rawValue)")
            + (settings.standardizes ? ", standardized columns" : "")
        case .own: "an estimator of one's own"
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
          + "log SDs N(0, \(NumberText.setting(scenario.priors.logSDSD))²)"
          + (scenario.data.random.hasCorrelations
            ? ", correlations LKJ(\(NumberText.setting(scenario.priors.correlationShape)))" : "")))
    return details
  }
}

extension [RandomStructure] {
  /// `Intercept, x1` with one factor; `school: Intercept with x1; class: Intercept` with several,
  /// where `with` stands between terms that are correlated.
  fileprivate var wording: String {
    map { factor in
      let terms = factor.correlatedSets.map { set in
        factor.terms[set].joined(separator: " with ")
      }.joined(separator: ", ")
      return count == 1 ? terms : "\(factor.factor): \(terms)"
    }.joined(separator: "; ")
  }
}

extension FactorDesign {
  fileprivate var details: [ScenarioSummary.Detail] {
    typealias Detail = ScenarioSummary.Detail
    if isOfGroups {
      return [Detail("groups", "\(factors[0].levels.number), \(rowsPerCell.wording)")]
    }
    return factors.map { Detail("factor \($0.name)", wording(of: $0)) }
      + [Detail("rows", rowsWording)]
  }

  private func wording(of factor: Factor) -> String {
    let levels = factor.levels.number + (factor.parent.map { " in each \($0)" } ?? "")
    switch factor.popularity {
    case nil: return levels
    case .even: return levels + ", each row's drawn, all alike"
    case .lognormal(let sd):
      return levels
        + ", each row's drawn, as often as lognormal weights say, SD \(NumberText.setting(sd))"
    }
  }

  private var rowsWording: String {
    // A cell is known by the factors that have no others within them.
    let names = structural.map(\.name).filter { name in !structural.contains { $0.parent == name } }
    if names.isEmpty { return "\(rowsPerCell.number) in all" }
    return rowsPerCell.number
      + (names.count == 1
        ? " in each \(names[0])" : " in each combination of " + names.joined(separator: " and "))
  }
}

extension GroupSize {
  /// `20`, or `2 to 6`: how many there are.
  fileprivate var number: String {
    switch self {
    case .constant(let size): "\(size)"
    case .listed(let sizes): "\(sizes.min() ?? 0) to \(sizes.max() ?? 0)"
    case .uniform(let range): "\(range.lowerBound) to \(range.upperBound), all alike,"
    case .lognormal(let mean, let sd, let minimum):
      "lognormal (mean \(NumberText.setting(mean)), SD \(NumberText.setting(sd)), "
        + "at least \(minimum))"
    case .poisson(let mean, let minimum):
      "Poisson (mean \(NumberText.setting(mean)), at least \(minimum))"
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
    let allocation =
      switch self.allocation {
      case .chance: ""
      case .balanced: ", exact shares"
      case .within(let factor): ", exact shares in each \(factor)"
      case .blocks(let size): ", exact shares in each run of \(size)"
      }
    return kind + partner + ", one value a \(level.name)" + allocation
  }
}

extension SimulatedFamily {
  fileprivate func details(areDrawn: Bool) -> [ScenarioSummary.Detail] {
    if family == .poisson { return [] }
    let distribution = distribution
    var numbers: [String] = []
    if let size = distribution.size { numbers.append("size \(NumberText.setting(size))") }
    if family.hasZeroShare {
      numbers.append("zero share \(NumberText.setting(distribution.zeroShare))")
    }
    return [.init("counts", ([family.phrase] + (areDrawn ? [] : numbers)).joined(separator: ", "))]
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
