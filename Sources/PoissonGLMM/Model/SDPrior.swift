import PlatformEssentials

/// The prior of the standard deviation sigma of one random term.
public enum SDPrior: Sendable, Equatable {
  /// log sigma ~ N(mean, standardDeviation^2).
  case logNormal(mean: Double, standardDeviation: Double)
  /// sigma is |x|, x ~ N(0, scale^2).
  case halfNormal(scale: Double)
  /// sigma is scale |t|, t of Student's distribution with these degrees of freedom.
  case halfT(degreesOfFreedom: Double, scale: Double)
  /// The density rate exp(-rate sigma).
  case exponential(rate: Double)

  /// The penalized-complexity prior with P(sigma > upper) = probability, which is exponential with
  /// rate -log(probability) / upper (Simpson and others 2017).
  /// - Parameters:
  ///   - upper: a size of sigma that would be large.
  ///   - probability: between 0 and 1.
  public static func penalizedComplexity(upper: Double, probability: Double) -> SDPrior {
    .exponential(rate: -log(probability) / upper)
  }

  /// The means of a log SD that are supported: the logs of `Priors.supportedSDs`.
  static let supportedMeans =
    log(Priors.supportedSDs.lowerBound)...log(Priors.supportedSDs.upperBound)
  /// With fewer degrees of freedom the tail would outweigh the data of several groups.
  static let supportedDegreesOfFreedom = 1.0...1e6

  /// What is wrong with the parameters, the rest of a sentence; nil if nothing is.
  var problem: String? {
    func problem(_ name: String, _ value: Double, within range: ClosedRange<Double>) -> String? {
      range.contains(value)
        ? nil
        : String(
          printf: "its \(name) must lie between %.3g and %.3g, not %g", range.lowerBound,
          range.upperBound, value)
    }
    let sizes = Priors.supportedSDs
    return switch self {
    case .logNormal(let mean, let sd):
      problem("mean", mean, within: Self.supportedMeans)
        ?? problem("standard deviation", sd, within: sizes)
    case .halfNormal(let scale): problem("scale", scale, within: sizes)
    case .halfT(let degrees, let scale):
      problem("degrees of freedom", degrees, within: Self.supportedDegreesOfFreedom)
        ?? problem("scale", scale, within: sizes)
    case .exponential(let rate): problem("rate", rate, within: sizes)
    }
  }
}

// MARK: Text

extension SDPrior: CustomStringConvertible {
  /// What `init(parsing:)` takes, exactly: `halfnormal(0.5)`.
  public var description: String {
    text { $0.rounded() == $0 && $0.magnitude < 1e15 ? "\(Int($0))" : "\($0)" }
  }

  /// The same with six digits, for people.
  package var brief: String { text { String(printf: "%g", $0) } }

  private func text(_ number: (Double) -> String) -> String {
    switch self {
    case .logNormal(let mean, let sd): "lognormal(\(number(mean)), \(number(sd)))"
    case .halfNormal(let scale): "halfnormal(\(number(scale)))"
    case .halfT(let degrees, let scale): "halft(\(number(degrees)), \(number(scale)))"
    case .exponential(let rate): "exponential(\(number(rate)))"
    }
  }

  /// How each prior is written.
  package static let notation =
    "lognormal(MEAN, SD) of the log, halfnormal(SCALE), halft(DF, SCALE), exponential(RATE) or "
    + "pc(UPPER, PROBABILITY)"

  /// A prior as it is written: `lognormal(0, 1)`, `halfnormal(0.5)`, `halft(3, 1)`,
  /// `exponential(2)` or `pc(1, 0.05)`.
  /// - Throws: `ModelError` if it is written otherwise, or a parameter is out of range.
  public init(parsing text: String) throws(ModelError) {
    let pattern = /\s*(?<name>\w+)\s*\((?<numbers>[^()]*)\)\s*/
    guard let match = text.wholeMatch(of: pattern) else {
      throw ModelError("The prior of a standard deviation is \(Self.notation), not '\(text)'.")
    }
    let numbers = match.numbers.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmed) ?? .nan
    }
    switch (match.name, numbers.count) {
    case ("lognormal", 2): self = .logNormal(mean: numbers[0], standardDeviation: numbers[1])
    case ("halfnormal", 1): self = .halfNormal(scale: numbers[0])
    case ("halft", 2): self = .halfT(degreesOfFreedom: numbers[0], scale: numbers[1])
    case ("exponential", 1): self = .exponential(rate: numbers[0])
    case ("pc", 2):
      guard Priors.supportedSDs.contains(numbers[0]), numbers[1] > 0, numbers[1] < 1 else {
        throw ModelError(
          "The prior '\(text)' takes an upper value between 1e-6 and 1e6 and the probability, "
            + "between 0 and 1, that the standard deviation is larger.")
      }
      self = .penalizedComplexity(upper: numbers[0], probability: numbers[1])
    default:
      throw ModelError("The prior of a standard deviation is \(Self.notation), not '\(text)'.")
    }
    guard numbers.allSatisfy(\.isFinite) else {
      throw ModelError("The prior '\(text)' takes finite numbers.")
    }
    if let problem { throw ModelError("The prior '\(text)': \(problem).") }
  }
}
