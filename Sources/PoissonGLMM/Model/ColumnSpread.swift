/// The mean and the spread of a column.
struct ColumnSpread {
  let mean: Double
  /// With the divisor n.
  let standardDeviation: Double
  /// Whether all values are 0 or 1.
  let isIndicator: Bool

  init(_ values: some Collection<Double>) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    self.mean = mean
    standardDeviation =
      (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    isIndicator = values.allSatisfy { $0 == 0 || $0 == 1 }
  }

  /// Whether the values differ by no more than rounding of the mean.
  var isConstant: Bool { !(standardDeviation > 1e-12 * mean.magnitude) }
}
