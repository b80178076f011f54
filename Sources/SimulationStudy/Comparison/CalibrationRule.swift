/// What a calibration said of a parameter before and says now, on the same replicates.
struct CalibrationChange: Sendable, Equatable {
  struct Verdict: Sendable, Equatable {
    /// Of the ECDF, of one curve; see `ECDFUniformityTest`.
    let ecdf: Double
    /// nil with too few replicates.
    let chiSquared: Double?
    /// Whether the curve stays in its band.
    let isInside: Bool
  }

  let parameter: String
  let used: Int
  let baseline: Verdict
  let current: Verdict

  var hasChanged: Bool { baseline.isInside != current.isInside }

  /// A curve at the edge of its band leaves it at the least touch: one that has left counts if its
  /// p value has also fallen by this factor.
  func hasLeft(byFactor factor: Double) -> Bool {
    baseline.isInside && !current.isInside && factor * current.ecdf < baseline.ecdf
  }

  /// - Parameter parameters: the number of the scenario's, whose bands hold together.
  /// - Returns: nil without posterior probabilities of true values in at least two replicates.
  init?(_ pairing: MethodPairing, parameter: String, of parameters: Int) {
    let pairs = pairing.estimates(of: parameter).compactMap {
      before, after -> (before: Double, after: Double)? in
      guard let old = before.probabilityBelowTruth, let new = after.probabilityBelowTruth else {
        return nil
      }
      return (old, new)
    }
    let smallest = (1 - CalibrationTable.familyLevel) / Double(max(1, parameters))
    func verdict(_ values: [Double]) -> Verdict? {
      ECDFUniformityTest(values).map {
        Verdict(
          ecdf: $0.pValue, chiSquared: ChiSquaredUniformityTest(values)?.pValue,
          isInside: $0.pValue >= smallest)
      }
    }
    guard let baseline = verdict(pairs.map(\.before)), let current = verdict(pairs.map(\.after))
    else { return nil }
    self.parameter = parameter
    used = pairs.count
    (self.baseline, self.current) = (baseline, current)
  }
}
