import GSLNumerics

extension Scenario {
  /// A digest, 16 hexadecimal digits, of everything that determines the record of a replicate.
  /// Comments, layout and the order of keys in the file, the description, the study's title, the
  /// gates, the number of replicates and the precision do not enter; the order of covariates,
  /// effects and methods does.
  var contentHash: String {
    let content = canonicalContent.map { key, value in "\(key)=\(value)\n" }.joined()
    let digits = String(FNV1a.hash(content.utf8), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// What `contentHash` is the digest of, as keys and values in a fixed order. Doubles are written
  /// with the fewest digits that give the same double back.
  var canonicalContent: [(key: String, value: String)] {
    var content: [(key: String, value: String)] = [
      ("name", name), ("alpha", "\(alpha)"),
      ("priors.fixed_effect_sd", "\(priors.fixedEffectSD)"),
      ("priors.log_sd_sd", "\(priors.logSDSD)"),
    ]
    if data.random.hasCorrelations {
      content.append(("priors.correlation_shape", "\(priors.correlationShape)"))
    }
    // A simulation is not named: its digest is that of a time when there was nothing else.
    if kind != .simulation { content.append(("kind", kind.rawValue)) }
    if let commonStreams { content.append(("streams", "common \(commonStreams)")) }
    switch data {
    case .simulated(let mechanism): content += mechanism.canonicalContent
    case .given(let counts): content += counts.canonicalContent
    case .generated(let own): content += own.canonicalContent
    }
    content += estimands.map { ("estimands.\($0.ownName)", $0.text) }
    for method in declaredMethods {
      content += method.canonicalContent.map { ("methods.\(method.name).\($0.key)", $0.value) }
    }
    return content
  }
}

extension MethodSpecification {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    switch fitter {
    case .variational(let settings):
      [
        ("approximation", settings.approximation.rawValue),
        // The stored digests of scenarios have this line.
        ("optimizer", "newton"),
        ("maximum_iterations", "\(settings.maximumIterations)"),
      ]
        // Without them the digest is that of a time when there were none.
        + (settings.checks ? [("checks", "true")] : [])
        + (settings.family == .poisson ? [] : [("family", settings.family.rawValue)])
        + (settings.standardizes ? [("standardize", "true")] : [])
    case .command(let command):
      [("command", command.text), ("time_limit", "\(command.timeLimit)")]
        // The default is not named: digests are those of a time when there was no other.
        + (command.startLimit == ExternalCommand.defaultStartLimit
          ? [] : [("start_limit", "\(command.startLimit)")])
    case .own: [("own", "true")]
    }
  }
}

extension GeneratedData {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    var content = [("seed", "\(seed)")]
    if let command {
      content += [("command", command.text), ("time_limit", "\(command.timeLimit)")]
        .map { ("data.program.\($0.0)", $0.1) }
    }
    content += settings.sorted { $0.key < $1.key }
      .map { ("data.program.parameters.\($0.key)", $0.value.text) }
    content.append(("data.covariates", covariates.joined(separator: " ")))
    content += fixedNames.map { ("data.fixed.\($0)", "") }
    content += zip(random.parameterNames, random.parameterNames.indices)
      .map { ("data.random.\($0.0)", "\($0.1)") }
    content += truth.sorted { $0.key < $1.key }.map { ("data.truth.\($0.key)", "\($0.value)") }
    return content
  }
}

extension DataGeneratingMechanism {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    var content = [("seed", "\(seed)"), ("generator", generator.name)] + design.canonicalContent
    for covariate in covariates {
      content.append(
        ("data.covariates.\(covariate.name)", "\(covariate.text) \(covariate.level.name)"))
      if let correlation = covariate.correlation {
        content.append(
          (
            "data.covariates.\(covariate.name).correlation",
            "\(correlation.covariate) \(correlation.coefficient)"
          ))
      }
      // By chance, as all were once, is not named.
      if let allocation = covariate.allocation.text {
        content.append(("data.covariates.\(covariate.name).allocation", allocation))
      }
    }
    // What the data do not have is not named: a new kind of departure leaves the other digests
    // alone.
    if covariatesAreFixed { content.append(("data.covariates_fixed", "true")) }
    if let exposure { content.append(("data.exposure", "\(exposure.lower) \(exposure.upper)")) }
    content += fixed.map { ("data.fixed.\($0.name)", "\($0.value)") }
    for factor in randomFactors {
      let isOfGroups = design.isOfGroups && isOfOneFactor
      let path = isOfGroups ? "data." : "data.random.\(factor.factor)."
      content += factor.effects.map {
        (isOfGroups ? "data.random.\($0.name)" : path + $0.name, "\($0.value)")
      }
      content += factor.correlations.map {
        (path + "correlations.\($0.first),\($0.second)", "\($0.coefficient)")
      }
    }
    if family.family != .poisson {
      content.append(("data.family", family.family.rawValue))
      content += family.values.sorted { $0.key < $1.key }.map {
        ("data.family.\($0.key)", "\($0.value)")
      }
    }
    content += departures.canonicalContent.map { ("data.departures.\($0.key)", $0.value) }
    return content
  }
}

extension FactorDesign {
  /// Groups of rows are written as there was nothing else once.
  fileprivate var canonicalContent: [(key: String, value: String)] {
    if isOfGroups {
      return [("data.groups", factors[0].levels.text), ("data.group_size", rowsPerCell.text)]
    }
    return factors.map { factor in
      var text = factor.levels.text
      if let parent = factor.parent { text += " within \(parent)" }
      switch factor.popularity {
      case .even: text += " drawn"
      case .lognormal(let sd): text += " drawn lognormal \(sd)"
      case nil: break
      }
      return ("data.factors.\(factor.name)", text)
    } + [("data.rows_per_cell", rowsPerCell.text)]
  }
}

extension Departures {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    var content: [(key: String, value: String)] = []
    switch randomEffects {
    case .normal: break
    case .studentT(let degrees): content.append(("random_effects", "student_t \(degrees)"))
    case .gamma(let shape): content.append(("random_effects", "gamma \(shape)"))
    case .mixture(let weight, let separation):
      content.append(("random_effects", "mixture \(weight) \(separation)"))
    }
    for pair in randomCorrelations {
      content.append(
        ("random_correlations.\(pair.first).\(pair.second)", "\(pair.coefficient)"))
    }
    if let correlation = covariateCorrelation {
      content.append(
        (
          "covariate_correlation",
          "\(correlation.covariate) \(correlation.term) \(correlation.coefficient)"
        ))
    }
    if let overdispersionShape {
      content.append(("overdispersion", "gamma \(overdispersionShape)"))
    }
    if zeroInflation != 0 { content.append(("zero_inflation", "\(zeroInflation)")) }
    if informativeGroupSize != 0 {
      content.append(("informative_group_size", "\(informativeGroupSize)"))
    }
    return content
  }
}

extension GroupSize {
  fileprivate var text: String {
    switch self {
    case .constant(let size): "\(size)"
    case .poisson(let mean, let minimum): "poisson \(mean) minimum \(minimum)"
    case .uniform(let range): "uniform \(range.lowerBound) \(range.upperBound)"
    case .lognormal(let mean, let sd, let minimum): "lognormal \(mean) \(sd) minimum \(minimum)"
    case .listed(let sizes): "list \(sizes.map(String.init).joined(separator: " "))"
    }
  }
}

extension Covariate.Allocation {
  fileprivate var text: String? {
    switch self {
    case .chance: nil
    case .balanced: "balanced"
    case .within(let factor): "within \(factor)"
    case .blocks(let size): "blocks \(size)"
    }
  }
}

extension Covariate {
  fileprivate var text: String {
    switch distribution {
    case .normal(let mean, let sd): "normal \(mean) \(sd)"
    case .uniform(let range): "uniform \(range.lower) \(range.upper)"
    case .bernoulli(let probability): "bernoulli \(probability)"
    case .categorical(let levels):
      "categorical " + levels.map { "\($0.label) \($0.probability)" }.joined(separator: " ")
    case .time(let start, let step): "time \(start) \(step)"
    }
  }
}

extension ClusteredCounts {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    func text(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    var content = [("data.table.y", text(counts))]
    content += groupings.map {
      ("data.table.\($0.name)", $0.levelOfRow.map(String.init).joined(separator: " "))
    }
    content += covariates.map { ("data.table.\($0.name)", text($0.values)) }
    if let exposure { content.append(("data.table.exposure", text(exposure))) }
    content.append(("data.fixed", fixedNames.joined(separator: " ")))
    for factor in random {
      let key = random.count == 1 && factor.factor == FactorName.group ? "" : ".\(factor.factor)"
      content.append(("data.random" + key, factor.terms.joined(separator: " ")))
      let sets = factor.correlatedSets.filter { $0.count > 1 }.map {
        "\($0.lowerBound)-\($0.upperBound)"
      }
      if !sets.isEmpty {
        content.append(("data.random\(key).correlated", sets.joined(separator: " ")))
      }
    }
    return content
  }
}
