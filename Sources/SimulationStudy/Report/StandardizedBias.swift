/// Bias in units of the empirical standard error.
struct StandardizedBias {
  let row: JudgedRow
  let value: Double

  /// nil where the bias or the empirical standard error has no number.
  init?(_ results: StudyResults, _ bias: JudgedRow) {
    let key = bias.row
    let empirical = results.row(
      key.scenario, key.method, key.parameter, .empiricalStandardError)
    guard let value = bias.value, let error = empirical?.estimate, error > 0,
      (value / error).isFinite
    else { return nil }
    row = bias
    self.value = value / error
  }

  var text: String { ReportNumber.rounded(value, decimals: decimals) }

  /// It stands without its Monte Carlo standard error, which is close to sqrt((1 + d^2 / 2) / n),
  /// that of a standardized mean d of normal estimates whose SD is estimated too.
  var decimals: Int? {
    ReportNumber.decimalsAlone(
      error: ((1 + value * value / 2) / Double(max(1, row.row.used))).squareRoot())
  }
}
