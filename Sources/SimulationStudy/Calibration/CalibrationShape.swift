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

  public enum Fault: String, Sendable, CaseIterable {
    case tooNarrow = "too_narrow"
    case tooWide = "too_wide"
    case tooLow = "too_low"
    case tooHigh = "too_high"
    /// Neither component is beyond the threshold.
    case otherShape = "other_shape"
  }

  public init(_ values: [Double]) {
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
