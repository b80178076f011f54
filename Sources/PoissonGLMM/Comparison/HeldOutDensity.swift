/// How well a model predicts what it has not seen, count by count or group by group: the sum of
/// log predictive densities, each given all others.
public struct HeldOutDensity: Sendable, Equatable {
  /// log p(y_i given all others), one a row or a group.
  public private(set) var logDensities: [Double]
  /// The shapes of the tails of the importance ratios (Pareto k), one a row or a group, NaN for
  /// those that needed no importance sampling; empty where none did. Above 0.7 a density is not to
  /// be trusted.
  public private(set) var paretoShapes: [Double]
  /// The rows or groups whose densities are those of fits without them.
  public private(set) var refitted: [Int] = []

  /// - Parameters:
  ///   - logDensities: one a row or a group.
  ///   - paretoShapes: one a row or a group, or none.
  init(logDensities: [Double], paretoShapes: [Double]) {
    self.logDensities = logDensities
    self.paretoShapes = paretoShapes
  }

  /// Takes another density for a row or a group, from a fit without it.
  mutating func replace(_ index: Int, by logDensity: Double) {
    logDensities[index] = logDensity
    paretoShapes[index] = .nan
    refitted.append(index)
  }

  /// The sum, the expected log predictive density.
  public var total: Double { logDensities.reduce(0, +) }
  /// The standard error of the sum over rows or groups.
  public var standardError: Double { Self.standardError(logDensities) }
  /// The largest shape; nil where no importance sampling was needed.
  public var largestShape: Double? { paretoShapes.filter { !$0.isNaN }.max() }

  /// The rows or groups whose shapes are above 0.7.
  public var untrusted: [Int] {
    paretoShapes.indices.filter { paretoShapes[$0] > HeldOutDensity.largestTrusted }
  }

  static let largestTrusted = 0.7

  /// The difference to another model's, with its standard error over the same rows or groups; nil
  /// if these are not as many.
  public func difference(to other: HeldOutDensity) -> (total: Double, standardError: Double)? {
    guard logDensities.count == other.logDensities.count else { return nil }
    let differences = zip(logDensities, other.logDensities).map(-)
    return (differences.reduce(0, +), Self.standardError(differences))
  }

  private static func standardError(_ values: [Double]) -> Double {
    guard values.count > 1 else { return .nan }
    let (n, mean) = (Double(values.count), values.reduce(0, +) / Double(values.count))
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (n * squares / (n - 1)).squareRoot()
  }
}
