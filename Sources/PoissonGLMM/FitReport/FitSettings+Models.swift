/// Settings for several models of the same data, some of which may speak of what only one has.
extension FitSettings {
  /// These settings without the reference levels of factors that a formula does not have.
  package func restricted(to formula: Formula) -> FitSettings {
    var settings = self
    let columns = formula.factorColumns
    settings.references = references.filter { columns.contains($0.key) }
    return settings
  }

  /// The priors without those of parameters that a model does not have.
  package func priors(of frame: ModelFrame) -> Priors {
    let (coefficients, sds) = Self.parameters(of: frame)
    var own = priors
    own.coefficients = priors.coefficients.filter { coefficients.contains($0.key) }
    own.standardDeviations = priors.standardDeviations.filter { sds.contains($0.key) }
    return own
  }

  /// Requires that every reference level and every prior is of something that one of the models
  /// has.
  /// - Parameters:
  ///   - formulas: those of the models.
  ///   - frames: the models.
  ///   - spelled: a setting as the caller writes it, by its name.
  package func requireUse(
    by formulas: [Formula], _ frames: [ModelFrame], spelled: (_ name: String) -> String
  ) throws(Fault) {
    let columns = Set(formulas.flatMap(\.factorColumns))
    for name in references.keys.sorted() where !columns.contains(name) {
      throw Fault(
        description: "\(spelled("reference")) names '\(name)', which is a factor of none of the "
          + "formulas.")
    }
    let parameters = frames.map(Self.parameters)
    for (names, known) in [
      (priors.coefficients.keys.sorted(), Set(parameters.flatMap(\.coefficients))),
      (priors.standardDeviations.keys.sorted(), Set(parameters.flatMap(\.sds))),
    ] {
      for name in names where !known.contains(name) {
        throw Fault(
          description: "\(spelled("prior")) names '\(name)', which is a parameter of none of the "
            + "models.")
      }
    }
  }

  /// The names under which parameters have priors.
  private static func parameters(
    of frame: ModelFrame
  ) -> (coefficients: Set<String>, sds: Set<String>) {
    let sds = frame.factors.map(\.description).flatMap { factor in
      factor.terms.flatMap { Priors.names(ofTerm: $0, in: factor) }
    }
    return (Set(frame.fixed.map(\.name)), Set(sds.isEmpty ? [] : sds + [Priors.everySD]))
  }

  /// Sentences on prior SDs that were asked for and are those of no parameter.
  package func idlePriors(of model: PoissonMixedModel) -> [String] {
    var sentences: [String] = []
    if priors.logSDSD != Priors().logSDSD, !model.usesLogSDSD {
      sentences.append(
        "The prior SD \(DesignDiagnostics.brief(priors.logSDSD)) of log standard deviations says "
          + "nothing: "
          + (model.randomNames.isEmpty
            ? "there are no random effects." : "all of them have priors of their own."))
    }
    if priors.fixedEffectSD != Priors().fixedEffectSD, !model.fixedNames.isEmpty,
      model.fixedNames.allSatisfy({ priors.coefficients[$0] != nil })
    {
      sentences.append(
        "The prior SD \(DesignDiagnostics.brief(priors.fixedEffectSD)) of fixed effects says "
          + "nothing: all of them have priors of their own.")
    }
    return sentences
  }
}
