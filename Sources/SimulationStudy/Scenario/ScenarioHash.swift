import GSLNumerics

extension Scenario {
  /// A digest, 16 hexadecimal digits, of everything that determines the record of a replicate. Comments,
  /// layout and the order of keys in the file, the description, the gates and the number of replicates
  /// do not enter; the order of covariates, effects and methods does.
  public var contentHash: String {
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
    switch data {
    case .simulated(let mechanism): content += mechanism.canonicalContent
    case .given(let counts): content += counts.canonicalContent
    }
    for method in methods {
      content.append(("methods.\(method.name).approximation", method.approximation.rawValue))
      content.append(("methods.\(method.name).optimizer", method.optimizer.rawValue))
      content.append(("methods.\(method.name).maximum_iterations", "\(method.maximumIterations)"))
    }
    return content
  }
}

extension DataGeneratingMechanism {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    var content = [
      ("seed", "\(seed)"), ("generator", generator.name), ("data.groups", "\(groups)"),
      ("data.group_size", groupSize.text),
    ]
    for covariate in covariates {
      content.append(
        ("data.covariates.\(covariate.name)", "\(covariate.text) \(covariate.level.rawValue)"))
    }
    if let exposure { content.append(("data.exposure", "\(exposure.lower) \(exposure.upper)")) }
    content += fixed.map { ("data.fixed.\($0.name)", "\($0.value)") }
    content += random.map { ("data.random.\($0.name)", "\($0.value)") }
    return content
  }
}

extension GroupSize {
  fileprivate var text: String {
    switch self {
    case .constant(let size): "\(size)"
    case .poisson(let mean, let minimum): "poisson \(mean) minimum \(minimum)"
    case .uniform(let range): "uniform \(range.lowerBound) \(range.upperBound)"
    case .listed(let sizes): "list \(sizes.map(String.init).joined(separator: " "))"
    }
  }
}

extension Covariate {
  fileprivate var text: String {
    switch distribution {
    case .normal(let mean, let sd): "normal \(mean) \(sd)"
    case .uniform(let range): "uniform \(range.lower) \(range.upper)"
    case .bernoulli(let probability): "bernoulli \(probability)"
    }
  }
}

extension ClusteredCounts {
  fileprivate var canonicalContent: [(key: String, value: String)] {
    func text(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: " ") }
    var content = [
      ("data.table.y", text(counts)),
      ("data.table.group", groupOfRow.map(String.init).joined(separator: " ")),
    ]
    content += covariates.map { ("data.table.\($0.name)", text($0.values)) }
    if let exposure { content.append(("data.table.exposure", text(exposure))) }
    content.append(("data.fixed", fixedNames.joined(separator: " ")))
    content.append(("data.random", randomNames.joined(separator: " ")))
    return content
  }
}
