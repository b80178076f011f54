/// The numbers of several cases in one cell: `0.41 to 0.96, 3 ▼`.
struct CaseRange {
  /// One number, the decimals that its error supports (nil where none says how many), and whether
  /// it is marked.
  struct Entry {
    let value: Double
    let decimals: Int?
    let standing: Standing?

    init(_ value: Double, decimals: Int?, _ standing: Standing? = nil) {
      self.value = value
      self.decimals = decimals
      self.standing = standing
    }

    /// nil where the row has no number.
    init?(_ row: JudgedRow) {
      guard let value = row.value else { return nil }
      self.init(value, decimals: row.briefDecimals, row.standing)
    }

    init(_ bias: StandardizedBias) {
      self.init(bias.value, decimals: bias.decimals, bias.row.standing)
    }
  }

  let entries: [Entry]

  /// From the lowest to the highest, once if they read alike, and how many are marked.
  func text(unit: String = "") -> RichText {
    guard let lowest = entries.min(by: { $0.value < $1.value }),
      let highest = entries.max(by: { $0.value < $1.value })
    else { return RichText(NumberText.absent) }
    // Both ends with the digits of the less certain one, so that they can be compared.
    let decimals = [lowest.decimals, highest.decimals].compactMap { $0 }.min()
    let (low, high) = (
      NumberText.rounded(lowest.value, decimals: decimals),
      NumberText.rounded(highest.value, decimals: decimals)
    )
    var result = (low == high ? low : low + " to " + high) + unit
    for standing in [Standing.below, .above] {
      let marked = entries.count { $0.standing == standing }
      if marked == 0 { continue }
      result +=
        entries.count == 1 ? standing.mark : ", \(NumberText.count(marked))\(standing.mark)"
    }
    return RichText(result)
  }
}

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

  var text: String { NumberText.rounded(value, decimals: decimals) }

  /// Decimals of the value where it stands without its Monte Carlo standard error, which is close
  /// to sqrt((1 + d^2 / 2) / n), that of a standardized mean d of normal estimates whose SD is
  /// estimated too.
  var decimals: Int? {
    NumberText.decimalsAlone(
      error: ((1 + value * value / 2) / Double(max(1, row.row.used))).squareRoot())
  }
}

extension JudgedRow {
  /// `0.947 (0.007) ▼`.
  var cell: RichText { RichText(text + (standing?.mark ?? "")) }
}
