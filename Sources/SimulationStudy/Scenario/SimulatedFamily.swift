import PoissonGLMM

/// The distribution of simulated counts given their means: a family with its parameters.
public struct SimulatedFamily: Sendable, Equatable {
  /// The family.
  public let family: CountFamily
  /// On the scale on which they are fitted, in the order of `CountFamily.parameters`. In a
  /// calibration they are at the middle of their priors, 0, until a replicate draws its own.
  public let parameters: [Double]

  /// Poisson counts.
  public static let poisson = SimulatedFamily(.poisson, parameters: [])

  /// - Parameters:
  ///   - family: the family.
  ///   - parameters: as many as the family has, in their order.
  public init(_ family: CountFamily, parameters: [Double]) {
    self.family = family
    self.parameters = parameters
  }

  /// The parameters by name, as a study reports them.
  var values: [String: Double] {
    Dictionary(
      zip(family.parameters.map(\.rawValue), parameters), uniquingKeysWith: { first, _ in first })
  }

  var distribution: CountDistribution { CountDistribution(family, parameters: parameters) }
}
