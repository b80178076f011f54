import PlatformEssentials

/// The arguments of `GLMM_POISSON` after every check: columns of finite numbers of one length.
struct ValidatedArguments: Equatable {
  let counts: [Double]
  let fixedColumns: [[Double]]
  let groups: [Double]
  /// Nil for a random intercept alone.
  let randomColumns: [[Double]]?
  let fitIntercept: Bool
  let alpha: Double
  let approximation: Approximation

  /// Checks the arguments in the order of the documented Python, and stops at the first fault with
  /// the documented text.
  ///
  /// The listing hands on some input that no Poisson model describes, or that no computation in
  /// doubles can deal with. Input that the listing accepts and this function refuses is checked
  /// last, so that the documented texts keep their precedence: fractional counts, numbers too
  /// large, and an `approximation` that does not exist.
  init(checking arguments: GLMMPoissonArguments) throws(GLMMPoissonError) {
    let y = try NumericRows(arguments.y, name: "y")
    let x = try NumericRows(arguments.x, name: "x")
    let groupRows = try NumericRows(arguments.groups, name: "groups")
    let xRandom =
      arguments.xRandom == .null ? nil : try NumericRows(arguments.xRandom, name: "x_random")

    try Self.requireRows(of: x, name: "x", toMatch: y)
    try Self.requireRows(of: groupRows, name: "groups", toMatch: y)
    if let xRandom { try Self.requireRows(of: xRandom, name: "x_random", toMatch: y) }

    counts = try y.onlyColumn(name: "y")
    fixedColumns = try x.columns(name: "x")
    groups = try groupRows.onlyColumn(name: "groups")
    randomColumns = try xRandom?.columns(name: "x_random")

    if let row = counts.firstIndex(where: { $0 < 0 }) {
      throw .invalidInput("y[\(row)] must be non-negative (count data).")
    }
    guard case .bool(let fitIntercept) = arguments.fitIntercept else {
      throw .invalidInput("fit_intercept must be a boolean.")
    }
    self.fitIntercept = fitIntercept
    alpha = try Self.level(arguments.alpha)

    try Self.requireWholeNumbers(counts)
    try x.requireModerateSize(name: "x")
    try xRandom?.requireModerateSize(name: "x_random")
    approximation = try Self.approximation(arguments.approximation)
  }

  private static func requireRows(
    of rows: NumericRows, name: String, toMatch y: NumericRows
  ) throws(GLMMPoissonError) {
    if rows.count != y.count {
      throw .invalidInput("y and \(name) must have the same number of rows.")
    }
  }

  private static func level(_ argument: SpreadsheetValue) throws(GLMMPoissonError) -> Double {
    guard let alpha = argument.numericValue else { throw .invalidInput("alpha must be numeric.") }
    if !alpha.isFinite { throw .invalidInput("alpha must be finite.") }
    if alpha <= 0 || alpha >= 1 { throw .invalidInput("alpha must be between 0 and 1.") }
    return alpha
  }

  private static func requireWholeNumbers(_ counts: [Double]) throws(GLMMPoissonError) {
    for (row, count) in counts.enumerated() {
      if count != count.rounded() {
        throw .invalidInput("y[\(row)] must be a whole number (count data).")
      }
      if count > ModelValidation.largestCount {
        let largest = String(printf: "%g", ModelValidation.largestCount)
        throw .invalidInput("y[\(row)] must be at most \(largest) (count data).")
      }
    }
  }

  private static func approximation(
    _ argument: SpreadsheetValue
  ) throws(GLMMPoissonError) -> Approximation {
    guard case .text(let name) = argument, let approximation = Approximation(rawValue: name) else {
      let names = Approximation.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalidInput("approximation must be one of \(names).")
    }
    return approximation
  }
}
