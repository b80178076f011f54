/// Which prior the standard deviation of each random term has.
extension Priors {
  /// The name of all terms.
  static let everySD = "sd"

  /// The names that a term's standard deviation has, the shortest first.
  static func names(ofTerm term: String, in factor: GroupingFactor) -> [String] {
    let isFirst = term == DesignColumn.interceptName || factor.terms.count == 1
    return (isFirst ? ["sd(\(factor.name))"] : []) + ["sd(\(factor.name):\(term))"]
  }

  /// The prior that a term has instead of N(0, logSDSD^2); nil if there is none.
  func ownSDPrior(ofTerm term: String, in factor: GroupingFactor) -> SDPrior? {
    Self.names(ofTerm: term, in: factor).lazy.compactMap { standardDeviations[$0] }.first
      ?? standardDeviations[Self.everySD]
  }

  /// The priors of the log SDs, factor after factor and term after term.
  func logSDPriors(of factors: [GroupingFactor]) -> [LogSDPrior] {
    factors.flatMap { factor in
      factor.terms.map {
        LogSDPrior(
          ownSDPrior(ofTerm: $0, in: factor) ?? .logNormal(mean: 0, standardDeviation: logSDSD))
      }
    }
  }

  /// The same priors with N(0, tau^2), if that is the prior of all log SDs, as `logSDSD`.
  func simplified(of factors: [GroupingFactor]) -> Priors {
    let priors = logSDPriors(of: factors).map(\.prior)
    guard case .logNormal(0, let sd)? = priors.first, priors.allSatisfy({ $0 == priors[0] }) else {
      return self
    }
    var simplified = self
    simplified.logSDSD = sd
    simplified.standardDeviations = [:]
    return simplified
  }

  /// Checks the priors of the standard deviations.
  /// - Throws: `ModelError` for a name that is none, or that does not tell which term is meant, and
  ///   for parameters out of range.
  func checkStandardDeviations(_ factors: [GroupingFactor]) throws(ModelError) {
    let names = factors.flatMap { factor in
      factor.terms.map { Self.names(ofTerm: $0, in: factor) }
    }
    for (name, prior) in standardDeviations.sorted(by: { $0.key < $1.key }) {
      if let problem = prior.problem {
        throw ModelError("The prior of '\(name)', \(prior.brief): \(problem).")
      }
      guard !names.isEmpty else {
        throw ModelError("There is a prior for '\(name)', but the model has no random effects.")
      }
      let count = names.count { $0.contains(name) }
      guard name == Self.everySD || count > 0 else {
        let known = names.map { "'\($0[0])'" }.joined(separator: ", ")
        throw ModelError(
          "There is a prior for '\(name)', which is no standard deviation of the model; these are "
            + "\(known), or '\(Self.everySD)' for all.")
      }
      guard count <= 1 else {
        throw ModelError(
          "'\(name)' is the name of two standard deviations: that of an intercept is also written "
            + "'\(name.dropLast()):\(DesignColumn.interceptName))'.")
      }
    }
    if let both = names.first(where: { names in
      names.count { standardDeviations[$0] != nil } > 1
    }) {
      throw ModelError(
        "'\(both[0])' and '\(both[1])' are the same standard deviation, and both have a prior.")
    }
  }
}
