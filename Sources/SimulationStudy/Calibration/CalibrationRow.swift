/// Whether the posterior of one parameter under one method is right: a row of `calibration.csv`.
public struct CalibrationRow: Sendable, Equatable {
  public let scenario: String
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
  /// Replicates the method was run on.
  public let attempted: Int
  /// Those with a usable result and a posterior probability of the true value.
  public let used: Int
  /// nil with fewer than 10 replicates.
  public let chiSquared: ChiSquaredUniformityTest?
  /// nil with fewer than 2 replicates, as are the following.
  public let ecdf: ECDFUniformityTest?
  public let shape: CalibrationShape?
  /// With its band.
  public let curve: CalibrationCurve?

  /// Whether the curve stays within its band; nil without a curve.
  public var isInside: Bool? {
    curve.map { curve in
      curve.difference.indices.allSatisfy {
        curve.lower[$0] <= curve.difference[$0] && curve.difference[$0] <= curve.upper[$0]
      }
    }
  }

  /// What is wrong, the most conspicuous first; empty if the curve stays within its band, or there
  /// is none.
  public var faults: [CalibrationShape.Fault] {
    isInside == false ? shape?.faults ?? [] : []
  }
}
