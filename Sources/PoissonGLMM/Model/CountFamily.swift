import PlatformEssentials

/// The distribution of a count given its mean mu.
public enum CountFamily: String, Sendable, CaseIterable, Codable {
  /// Variance mu.
  case poisson
  /// Variance mu + mu^2 / size: Poisson with means that gamma multipliers of mean 1 and variance 1
  /// / size vary.
  case negativeBinomial = "negative-binomial"
  /// Zero with a probability that is the same for every row, the zero share; otherwise Poisson,
  /// which may be zero too.
  case zeroInflatedPoisson = "zero-inflated-poisson"
  /// Zero with the probability of the zero share; otherwise negative binomial.
  case zeroInflatedNegativeBinomial = "zero-inflated-negative-binomial"

  /// Whether it has a size.
  public var hasSize: Bool { self == .negativeBinomial || self == .zeroInflatedNegativeBinomial }

  /// Whether it has a zero share.
  public var hasZeroShare: Bool {
    self == .zeroInflatedPoisson || self == .zeroInflatedNegativeBinomial
  }

  /// Its parameters, in their order.
  public var parameters: [FamilyParameter] {
    (hasSize ? [.logOverdispersionSD] : []) + (hasZeroShare ? [.logitZeroShare] : [])
  }

  /// What it is called in a sentence.
  package var phrase: String {
    switch self {
    case .poisson: "Poisson"
    case .negativeBinomial: "negative binomial"
    case .zeroInflatedPoisson: "zero-inflated Poisson"
    case .zeroInflatedNegativeBinomial: "zero-inflated negative binomial"
    }
  }
}

/// A parameter of a family of counts, on the scale on which it is fitted.
public enum FamilyParameter: String, Sendable, CaseIterable, Codable {
  /// d = log(1 / sqrt(size)), the log of the SD of the gamma multipliers, with the prior of a log
  /// SD.
  case logOverdispersionSD = "log_overdispersion_sd"
  /// logit(zero share) ~ N(0, 1.5^2).
  case logitZeroShare = "logit_zero_share"

  /// The prior SD of logit(zero share).
  public static let logitZeroShareSD = 1.5

  /// d of a size.
  package static func logOverdispersionSD(size: Double) -> Double { -0.5 * log(size) }

  /// The logit of a share.
  package static func logit(zeroShare share: Double) -> Double { log(share) - log1p(-share) }

  /// The prior's standard deviation; its mean is 0.
  package func priorSD(_ priors: Priors) -> Double {
    self == .logOverdispersionSD ? priors.logSDSD : Self.logitZeroShareSD
  }
}
