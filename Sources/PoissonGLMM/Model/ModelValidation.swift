/// The checks that data pass before they become a model.
enum ModelValidation {
  /// Beyond this the precision of a group's own data is more than 1e13 times that of its effect's
  /// prior, and the prior's part of their sum is lost in rounding error.
  static let largestCount = 1e12
  /// Beyond this size a square overflows.
  static let largestMagnitude = 0x1p500
  /// A column without any value of this size has effects whose prior variances overflow.
  static let smallestMagnitude = 0x1p-330
  /// With q correlated terms there are q (q - 1) / 2 correlations; beyond this number of terms no
  /// data tell them all, and they are one factor with many levels rather than a choice.
  static let mostCorrelatedTerms = 10

  static func check(
    counts: [Double], fixed: [DesignColumn], factors: [RandomFactor], offset: [Double]?,
    priors: Priors
  ) throws(ModelError) {
    let rows = counts.count
    guard rows > 0 else { throw ModelError("There are no rows: at least one is needed.") }
    if let factor = factors.first(where: \.terms.isEmpty) {
      throw ModelError("The grouping factor '\(factor.name)' has no random term.")
    }
    try checkLengths(rows, fixed: fixed, factors: factors, offset: offset)
    try checkNames(fixed, kind: "fixed")
    try checkFactors(factors)
    try checkCounts(counts)
    for column in fixed + factors.flatMap(\.terms) {
      try checkFinite(column.values, name: "column '\(column.name)'")
      try checkSize(column)
    }
    if let offset { try checkFinite(offset, name: "the offset") }
    try checkPrior(priors.fixedEffectSD, name: "fixed effects")
    try checkPrior(priors.logSDSD, name: "log standard deviations")
    try checkCoefficients(priors, fixed: fixed)
    try priors.checkStandardDeviations(factors.map(\.description))
    guard Priors.supportedShapes.contains(priors.correlationShape) else {
      throw ModelError(
        "The shape of the correlations' prior is \(priors.correlationShape): it must lie between 1 "
          + "and 1000.")
    }
  }

  private static func checkCoefficients(
    _ priors: Priors, fixed: [DesignColumn]
  ) throws(ModelError) {
    for (name, prior) in priors.coefficients.sorted(by: { $0.key < $1.key }) {
      guard fixed.contains(where: { $0.name == name }) else {
        let names = fixed.map { "'\($0.name)'" }.joined(separator: ", ")
        throw ModelError(
          "There is a prior for '\(name)', which is no fixed effect of the model; these are "
            + "\(names).")
      }
      guard prior.mean.isFinite, prior.mean.magnitude <= largestMagnitude else {
        throw ModelError("The prior mean of '\(name)' is \(prior.mean): it must be finite.")
      }
      try checkPrior(prior.standardDeviation, name: "'\(name)'")
    }
  }

  private static func checkFactors(_ factors: [RandomFactor]) throws(ModelError) {
    var seen: Set<String> = []
    for factor in factors {
      guard seen.insert(factor.name).inserted else {
        throw ModelError(
          "Two grouping factors are named '\(factor.name)': their terms belong together.")
      }
      try checkNames(factor.terms, kind: "random")
      let sets = factor.correlatedSets
      guard sets.allSatisfy({ !$0.isEmpty }),
        sets.flatMap(Array.init).elementsEqual(0..<factor.terms.count)
      else {
        throw ModelError(
          "The sets of correlated terms of '\(factor.name)' must be consecutive ranges that hold "
            + "each of its \(factor.terms.count) terms once.")
      }
      if let set = sets.first(where: { $0.count > mostCorrelatedTerms }) {
        let names = set.prefix(3).map { "'\(factor.terms[$0].name)'" }.joined(separator: ", ")
        throw ModelError(
          "The \(set.count) random effects \(names), ... of '\(factor.name)' are correlated with "
            + "each other: at most \(mostCorrelatedTerms) can be.")
      }
    }
  }

  private static func checkLengths(
    _ rows: Int, fixed: [DesignColumn], factors: [RandomFactor], offset: [Double]?
  ) throws(ModelError) {
    var lengths = (fixed + factors.flatMap(\.terms)).map {
      ("column '\($0.name)'", $0.values.count)
    }
    for factor in factors {
      let name = factors.count > 1 ? "the grouping '\(factor.name)'" : "the grouping"
      lengths.append((name, factor.grouping.groupOfRow.count))
    }
    if let offset { lengths.append(("the offset", offset.count)) }
    for (name, length) in lengths where length != rows {
      throw ModelError("There are \(rows) counts but \(name) has \(length) values.")
    }
  }

  private static func checkNames(_ columns: [DesignColumn], kind: String) throws(ModelError) {
    var seen: Set<String> = []
    for column in columns where !seen.insert(column.name).inserted {
      throw ModelError("Two \(kind) columns are named '\(column.name)': names must differ.")
    }
  }

  private static func checkCounts(_ counts: [Double]) throws(ModelError) {
    for (row, count) in counts.enumerated() {
      if count >= 0 && count <= largestCount && count.rounded() == count { continue }
      let place = "Row \(row + 1): the count is \(count)"
      if !count.isFinite { throw ModelError("\(place), not a finite number.", row: row) }
      if count < 0 { throw ModelError("\(place); counts cannot be negative.", row: row) }
      if count > largestCount {
        throw ModelError("\(place); counts beyond 1e12 are not supported.", row: row)
      }
      throw ModelError(
        "\(place); a count must be a whole number. For a rate or a mean, take the count that it "
          + "was made of as the response, and what that was divided by as exposure: add "
          + "offset(log(exposure)) to the model.", row: row)
    }
  }

  static func checkFinite(_ values: [Double], name: String) throws(ModelError) {
    for (row, value) in values.enumerated() where !(value.magnitude <= largestMagnitude) {
      let problem = value.isFinite ? "too large" : "not a finite number"
      throw ModelError("Row \(row + 1): \(name) is \(value), \(problem).", row: row)
    }
  }

  private static func checkSize(_ column: DesignColumn) throws(ModelError) {
    let largest = column.values.reduce(0) { max($0, $1.magnitude) }
    guard largest == 0 || largest >= smallestMagnitude else {
      throw ModelError(
        "Column '\(column.name)' has no value larger than \(largest) in size: rescale it, 1e-99 is "
          + "the least."
      )
    }
  }

  private static func checkPrior(_ sd: Double, name: String) throws(ModelError) {
    guard Priors.supportedSDs.contains(sd) else {
      throw ModelError(
        "The prior standard deviation of the \(name) is \(sd): it must lie between 1e-6 and 1e6.")
    }
  }
}
