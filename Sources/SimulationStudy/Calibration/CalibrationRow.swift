/// Whether the posterior of one parameter under one method is right: a row of `calibration.csv`.
public struct CalibrationRow: Sendable, Equatable {
  /// The scenario, a calibration, by its name.
  public let scenario: String
  /// The method by its name in the scenario.
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
  /// What is wrong with the posterior where the curve leaves its band.
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

/// What a picture of a parameter's calibration under one method shows: how far the empirical
/// distribution function of the posterior probabilities u_i = P(parameter <= its true value |
/// data_i) is from that of the uniform distribution, which they have where the posterior is right.
public struct CalibrationCurve: Sendable, Equatable {
  /// The scenario, a calibration, by its name.
  public let scenario: String
  /// The method by its name in the scenario.
  public let method: String
  /// A fixed effect by its name, or `log_sd(NAME)`.
  public let parameter: String
  /// The points z, ascending within 0 to 1, both ends among them.
  public let probabilities: [Double]
  /// At each point, the share of the u_i that are at most z, less z.
  public let difference: [Double]
  /// The lower end of the band, at the same points and likewise less z.
  public let lower: [Double]
  /// Upper end of the band at each of `probabilities`.
  public let upper: [Double]
  /// How many u_i there are.
  public let used: Int
  /// The probability with which the whole curve of a posterior that is right stays in the band, its
  /// ends included.
  public let simultaneousLevel: Double
}

/// What the posterior probabilities u_i of the true values say of a posterior that is not right, by
/// the first two components of Neyman's smooth test (1937): with the Legendre polynomials of x = 2u
/// - 1,
///
///     shift  = sqrt(3 n) mean(x)          spread = sqrt(5 n) mean((3 x^2 - 1) / 2)
///
/// each of mean 0 and variance 1 where the u_i are uniform.
public struct CalibrationShape: Sendable, Equatable {
  /// Above 0 where the true values tend to be in the upper half of the posterior: estimates are too
  /// low.
  public let shift: Double
  /// Above 0 where the true values tend to be in the tails of the posterior (the histogram of the
  /// u_i has the shape of a U): intervals are too narrow.
  public let spread: Double

  /// A way for a posterior to be wrong; raw values stand in `calibration.csv`.
  public enum Fault: String, Sendable, CaseIterable {
    /// The posterior is too narrow: true values are too often in its tails.
    case tooNarrow = "too_narrow"
    /// The posterior is too wide: true values are too rarely in its tails.
    case tooWide = "too_wide"
    /// The posterior is too low: true values are too often in its upper half.
    case tooLow = "too_low"
    /// The posterior is too high: true values are too often in its lower half.
    case tooHigh = "too_high"
    /// Neither component is beyond the threshold.
    case otherShape = "other_shape"
  }

  init(_ values: [Double]) {
    let centered = values.map { 2 * $0 - 1 }
    let n = Double(values.count)
    shift = (3 * n).squareRoot() * Moments.mean(centered)
    spread = (5 * n).squareRoot() * Moments.mean(centered.map { (3 * $0 * $0 - 1) / 2 })
  }

  /// The components beyond `Standing.threshold`, the larger one first; of a curve that has left its
  /// band.
  public var faults: [Fault] {
    var faults: [(fault: Fault, size: Double)] = []
    if spread.magnitude > Standing.threshold {
      faults.append((spread > 0 ? .tooNarrow : .tooWide, spread.magnitude))
    }
    if shift.magnitude > Standing.threshold {
      faults.append((shift > 0 ? .tooLow : .tooHigh, shift.magnitude))
    }
    if faults.isEmpty { return [.otherShape] }
    return faults.sorted { $0.size > $1.size }.map(\.fault)
  }
}
