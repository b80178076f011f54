/// What the optimizer needs, in iterations: a cost that no clock disturbs.
struct IterationChange: Sendable, Equatable {
  let baseline: Int
  let current: Int
  /// Replicates whose number has grown most, the largest growth first.
  let grown: [Int]

  /// nil where the baseline has no iterations.
  var ratio: Double? { baseline > 0 ? Double(current) / Double(baseline) : nil }

  init(_ pairing: MethodPairing) {
    // As doubles: counts from a file may be of any size.
    func total(_ counts: [Int]) -> Int {
      Int(exactly: counts.reduce(0.0) { $0 + Double($1) }) ?? .max
    }
    baseline = total(pairing.pairs.map(\.baseline.iterations))
    current = total(pairing.pairs.map(\.current.iterations))
    grown =
      pairing.pairs.filter { $0.current.iterations > $0.baseline.iterations }
      .sorted {
        Double($0.current.iterations) - Double($0.baseline.iterations)
          > Double($1.current.iterations) - Double($1.baseline.iterations)
      }.map(\.replicate)
  }
}
