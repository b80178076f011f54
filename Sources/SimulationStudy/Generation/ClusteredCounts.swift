/// One simulated data set: what a data-generating mechanism gives and an estimator receives.
public struct ClusteredCounts: Sendable, Equatable {
  /// A named column with one value per row.
  public struct Column: Sendable, Equatable {
    public let name: String
    public let values: [Double]

    public init(name: String, values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// One count per row.
  public let counts: [Double]
  /// The group of each row: 0, 1, 2, ...
  public let groupOfRow: [Int]
  /// Every covariate, in the scenario's order (no intercept column).
  public let covariates: [Column]
  /// Exposure of each row, or nil if every row has the same.
  public let exposure: [Double]?
  /// Names of the fixed effects of the model to fit; `Intercept` or a covariate.
  public let fixedNames: [String]
  /// Names of the random terms of the model to fit; `Intercept` or a covariate.
  public let randomNames: [String]

  public init(
    counts: [Double], groupOfRow: [Int], covariates: [Column], exposure: [Double]?,
    fixedNames: [String], randomNames: [String]
  ) {
    self.counts = counts
    self.groupOfRow = groupOfRow
    self.covariates = covariates
    self.exposure = exposure
    self.fixedNames = fixedNames
    self.randomNames = randomNames
  }
}
