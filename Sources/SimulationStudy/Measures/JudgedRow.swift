/// A measure's row with what is needed to judge it.
struct JudgedRow: Sendable {
  let row: MeasureRow
  let alpha: Double

  var scenario: String { row.scenario }
  var parameter: String { row.parameter }
  var kind: ParameterKind { ParameterKind(parameter: row.parameter) }

  /// Below this the normal approximation behind "3 standard errors" is poor for a coverage near
  /// 0.95: fewer than 2 intervals are expected to miss.
  static let fewReplicates = 40

  /// nil where the row has no number.
  var value: Double? { row.estimate }

  /// The standard error a coverage has if it is exactly nominal. The one estimated from the
  /// replicates is zero where all of few intervals cover the truth, and would mark them.
  var nominalError: Double {
    (alpha * (1 - alpha) / Double(max(1, row.used))).squareRoot()
  }

  /// Coverage against 1 - alpha, the rejection rate of a true null against alpha, bias and relative
  /// error against 0; nil where there is no number, no error to judge it by, or no value that it
  /// should have.
  var standing: Standing? {
    guard let value = row.estimate else { return nil }
    switch row.measure {
    case .coverage: return Standing(value, against: 1 - alpha, standardError: nominalError)
    case .rejectionRate:
      return isOfTrueNull
        ? Standing(value, against: alpha, standardError: nominalError) : nil
    case .relativePrecision, .intervalWidth: return nil
    default:
      return row.monteCarloStandardError.map { Standing(value, against: 0, standardError: $0) }
    }
  }

  /// Whether the parameter is exactly 0, so that a rejection is an error.
  var isOfTrueNull: Bool { row.truth == 0 }

  /// How far a coverage must be from nominal to be marked: what is less may go unseen.
  var visibleDeparture: String {
    NumberText.alone(Standing.threshold * nominalError, error: nominalError)
  }

  /// Whether usable replicates are left out that do not have what is measured, such as an interval.
  var isConditional: Bool { row.used > 0 && row.used < row.usable }

  /// A coverage over all usable replicates, those without an interval being misses.
  var shareThatCovers: Double? {
    row.estimate.map { $0 * Double(row.used) / Double(row.usable) }
  }

  var isMarked: Bool { standing == .below || standing == .above }

  /// Decimals the number's error supports. Shares take those of a nominal one, so that all of a
  /// scenario have equally many, also where the estimated error is zero.
  private var decimals: Int? { NumberText.decimals(supportedBy: errorForDigits) }

  private var errorForDigits: Double? {
    row.measure.isProportion ? nominalError : row.monteCarloStandardError
  }

  /// `0.947`, without its error.
  var plainText: String { plainText(digitsMore: 0) }

  private func plainText(digitsMore digits: Int) -> String {
    guard let value = row.estimate else { return Self.withoutNumber(row) }
    return NumberText.rounded(value, decimals: decimals, digitsMore: digits)
  }

  /// The same for running text, where no error stands beside it.
  var briefText: String { row.estimate == nil ? plainText : brief(row.estimate) }

  /// A number with as many decimals as this row's own has in running text.
  func brief(_ value: Double?) -> String {
    value.map { NumberText.rounded($0, decimals: briefDecimals) } ?? NumberText.absent
  }

  var briefDecimals: Int? { NumberText.decimalsAlone(error: errorForDigits) }

  /// `0.947 (0.007)`.
  var text: String { text(digitsMore: 0) }

  /// - Parameter digits: how many more there are than the error supports.
  func text(digitsMore digits: Int) -> String {
    if let count = wholeCount { return count }
    let plain = plainText(digitsMore: digits)
    guard let error = row.monteCarloStandardError else { return plain }
    return plain + " (" + NumberText.rounded(error, decimals: decimals, digitsMore: digits) + ")"
  }

  /// The number that a reader of `text` sees; nil where there is none.
  func printedValue(digitsMore digits: Int) -> Double? {
    row.estimate == nil ? nil : Double(plainText(digitsMore: digits).replacing(",", with: ""))
  }

  /// `10 of 10`: a share of all replicates, or of none, whose estimated error is 0 however few they
  /// are.
  private var wholeCount: String? {
    guard row.measure.isProportion, row.used > 0, let share = row.estimate, share == 0 || share == 1
    else { return nil }
    return (share == 0 ? "0" : NumberText.count(row.used)) + " of " + NumberText.count(row.used)
  }

  /// Says why a cell holds no number.
  static func withoutNumber(_ row: MeasureRow) -> String {
    row.used < 2 ? "\(NumberText.absent) (\(row.used) used)" : NumberText.absent
  }
}
