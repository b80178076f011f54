/// How much the prior says about one parameter.
public struct PriorSensitivity: Sendable, Equatable {
  /// The name of the fixed effect, `log_sd(NAME)` for a random term's log standard deviation,
  /// `cor(NAME,NAME)` for a correlation.
  public let name: String
  /// psi: how far the parameter's posterior moves, as a cumulative Jensen-Shannon distance, for
  /// each doubling of the power to which all priors are raised, at power 1.
  public let value: Double

  /// From here on the prior matters: a normal posterior whose mean moves by a quarter of an SD as
  /// the power doubles has this value (Kallioinen and others 2023).
  public static let threshold = 0.05

  /// Whether the value is above the threshold.
  public var isNotable: Bool { value > Self.threshold }
}

extension PoissonMixedModelFit {
  /// How much the priors say about each parameter: the fixed effects, the log standard deviations
  /// and the correlations, in this order.
  ///
  /// The sensitivity psi of Kallioinen, Paananen, Buerkner & Vehtari (2023, arXiv 2107.14054) under
  /// power-scaling: all priors are raised to a power alpha, and psi is the cumulative
  /// Jensen-Shannon distance between the parameter's posterior at 1 and at alpha for each unit of
  /// log2(alpha). It comes from the fit by derivatives, without another one. Under mean-field and
  /// structured the distributions of log SDs and of effects are held apart, so that neither feels
  /// the other's prior. Of a correlation it is that of `CorrelationPosterior.atanh`.
  ///
  /// Each costs a sum over the posterior's components at 400 points. A value is NaN where a
  /// posterior is a point; there are none for fits whose priors are not known.
  public var priorSensitivity: [PriorSensitivity] {
    guard let priors else { return [] }
    let conditional = ConditionalLogPrior(posterior, priors: priors)
    func sensitivity(
      _ name: String, _ marginal: Marginal, _ logFactor: (Double) -> Double
    ) -> PriorSensitivity {
      PriorSensitivity(
        name: name, value: PowerScaling.sensitivity(of: marginal, logFactor: logFactor))
    }
    return fixedEffects.enumerated().map { c, effect in
      sensitivity(effect.name, effect.marginal, conditional.givenFixedEffect(c))
    }
      + logStandardDeviations.enumerated().map { k, term in
        sensitivity("log_sd(\(term.name))", term.marginal, conditional.givenLogSD(k))
      }
      + correlations.enumerated().map { index, pair in
        sensitivity(
          "cor(\(pair.name))", pair.atanh, conditional.givenPartialCorrelation(index))
      }
  }
}
