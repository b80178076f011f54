import PlatformEssentials

/// Warnings, before a fit, about data with which estimates depend on the priors.
enum DesignDiagnostics {
  static func warnings(
    counts: [Double], factors: [RandomFactor], dependentColumns: [String], priors: Priors
  ) -> [String] {
    var warnings: [String] = []
    if counts.allSatisfy({ $0 == 0 }) {
      warnings.append("All counts are zero: the estimates rest on the priors.")
    }
    for factor in factors {
      let (groups, which, between) =
        factors.count == 1
        ? ("groups", "", "between groups")
        : ("levels of '\(factor.name)'", " of '\(factor.name)'", "between them")
      if factor.grouping.count == 1 {
        let one = factors.count == 1 ? "group" : "level\(which)"
        warnings.append(
          "There is only one \(one): the standard deviations \(between) rest on their priors.")
      } else if factor.grouping.count < 5 {
        warnings.append(
          "There are only \(factor.grouping.count) \(groups): "
            + "the standard deviations \(between) rest largely on their priors.")
      }
    }
    warnings += twinWarnings(factors)
    warnings += dependentColumns.map(dependenceWarning)
    // A column may be a term of several factors.
    let terms = factors.flatMap { factor in
      factor.terms.filter {
        priors.ownSDPrior(ofTerm: $0.name, in: factor.description) == nil
      }
    }
    for warning in terms.compactMap({ randomScaleWarning($0, priors: priors) })
    where !warnings.contains(warning) { warnings.append(warning) }
    return warnings
  }

  /// Warnings about pairs of factors whose levels are the same sets of rows, as those of a and a:b
  /// are where every level of a has one level of b. A term that both have adds the same column
  /// twice, and the data speak of the sum of its effects only.
  private static func twinWarnings(_ factors: [RandomFactor]) -> [String] {
    var warnings: [String] = []
    for (index, second) in factors.enumerated() {
      // Levels are numbered in order of appearance, so that equal partitions have equal numbers.
      guard
        let first = factors[..<index].first(where: { first in
          first.grouping.groupOfRow == second.grouping.groupOfRow
            && first.terms.contains { term in
              second.terms.contains { $0.values == term.values }
            }
        })
      else { continue }
      warnings.append(
        "'\(first.name)' and '\(second.name)' group the rows in the same way: only the priors "
          + "tell their effects apart.")
    }
    return warnings
  }

  static func dependenceWarning(_ column: String) -> String {
    "Column '\(column)' is a linear combination of the columns before it: "
      + "only the prior tells their effects apart."
  }

  /// A warning if the intercept that the data suggest is far from its prior: with rates of one in
  /// 100,000, say, because the exposure is counted in persons.
  /// - Parameter advisesWiderPrior: false where only the prior keeps an effect from running away.
  static func levelWarnings(
    _ columns: [DesignColumn], counts: [Double], offset: [Double]?, priors: Priors,
    advisesWiderPrior: Bool
  ) -> [String] {
    let total = counts.reduce(0, +)
    guard total > 0, columns.contains(where: { column in column.values.allSatisfy { $0 == 1 } })
    else { return [] }
    let largest = offset?.max() ?? 0
    let exposure = offset?.reduce(0) { $0 + exp($1 - largest) } ?? Double(counts.count)
    let level = log(total) - largest - log(exposure)
    // At 3 SDs the prior has 1 % of its height.
    guard level.isFinite, level.magnitude > 3 * priors.fixedEffectSD else { return [] }
    let what = offset == nil ? "mean of the counts" : "mean rate, counts by exposure,"
    let remedy =
      (offset == nil
        ? "Give an offset" : "Count the exposure in other units, so that the mean rate is near 1")
      + (advisesWiderPrior ? ", or give the fixed effects a wider prior." : ".")
    return [
      "The \(what) is exp(\(brief(level))): the prior N(0, \(brief(priors.fixedEffectSD))^2) of "
        + "the intercept is far from there and pulls. \(remedy)"
    ]
  }

  /// The names of columns that are (nearly) linear combinations of the columns before them, zero
  /// columns included.
  ///
  /// Gram-Schmidt by a Cholesky factor of the Gram matrix of the columns scaled to unit length. Its
  /// rounding error is about 1e-15, so that a residual below 1e-6 of a column's length (1e-12 of
  /// its square) cannot be told from zero.
  static func dependentColumns(_ columns: [DesignColumn]) -> [String] {
    let p = columns.count
    let lengths = columns.map { column in
      column.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    var factor = [Double](repeating: 0, count: p * p)
    var dependent: [String] = []
    for j in 0..<p {
      guard lengths[j] > 0 else {
        dependent.append(columns[j].name)
        continue
      }
      var residual = 1.0
      for i in 0..<j where factor[i * p + i] > 0 {
        var product = 0.0
        for row in columns[j].values.indices {
          product += columns[j].values[row] * columns[i].values[row]
        }
        product /= lengths[i] * lengths[j]
        for k in 0..<i { product -= factor[i * p + k] * factor[j * p + k] }
        factor[j * p + i] = product / factor[i * p + i]
        residual -= factor[j * p + i] * factor[j * p + i]
      }
      if residual < 1e-12 {
        dependent.append(columns[j].name)
      } else {
        factor[j * p + j] = residual.squareRoot()
      }
    }
    return dependent
  }

  /// Warnings about columns whose units alone make the prior of their effect informative.
  ///
  /// The prior pulls an effect towards 0 by its share of the total information, tau^-2 / (tau^-2 +
  /// information). Columns of 0 and 1 have no units.
  static func scaleWarnings(
    _ columns: [DesignColumn], counts: [Double], grouping: Grouping, priors: Priors
  ) -> [String] {
    let hasIntercept = columns.contains { column in column.values.allSatisfy { $0 == 1 } }
    var warnings: [String] = []
    for column in columns {
      let spread = ColumnSpread(column.values)
      guard !spread.isConstant, !spread.isIndicator else { continue }
      let (mean, sd) = (spread.mean, spread.standardDeviation)
      // Few would choose a prior that limits rate ratios, for a change of x by one SD, to
      // exp(+-0.5).
      if priors.fixedEffectSD * sd < 0.5 {
        let information = information(column.values, mean: mean, counts, grouping)
        let share = 1 / (1 + priors.fixedEffectSD * priors.fixedEffectSD * information)
        if share > 0.1 {
          let percent = String(printf: "%.0f", 100 * share)
          warnings.append(
            "Column '\(column.name)' has standard deviation \(brief(sd)): the prior N(0, "
              + "\(brief(priors.fixedEffectSD))^2) pulls its effect towards 0, by some \(percent) "
              + "%; "
              + "rescale the column, or standardize.")
        }
      }
      if hasIntercept && mean.magnitude > 20 * sd {
        warnings.append(
          "Column '\(column.name)' has mean \(brief(mean)) and standard deviation \(brief(sd)): "
            + "the intercept, at 0, is far from the data and its prior matters; centre the column, "
            + "or standardize.")
      }
    }
    return warnings
  }

  /// The approximate information of the data on the effect of x. Within groups it is the sum of y
  /// (x - its mean in the group)^2; between groups, the squares of the groups' means, each with a
  /// weight of at most 1, which is what random effects of SD 1 leave.
  private static func information(
    _ values: [Double], mean: Double, _ counts: [Double], _ grouping: Grouping
  ) -> Double {
    var totals = [Double](repeating: 0, count: grouping.count)
    var means = totals
    for (row, group) in grouping.groupOfRow.enumerated() {
      totals[group] += counts[row]
      means[group] += counts[row] * (values[row] - mean)
    }
    for group in means.indices where totals[group] > 0 { means[group] /= totals[group] }
    var information = 0.0
    for (row, group) in grouping.groupOfRow.enumerated() {
      let difference = values[row] - mean - means[group]
      information += counts[row] * difference * difference
    }
    for group in means.indices {
      information += min(totals[group], 1) * means[group] * means[group]
    }
    return information
  }

  private static func randomScaleWarning(_ column: DesignColumn, priors: Priors) -> String? {
    guard let size = RandomScale.size(of: column.values),
      RandomScale.isUnexpected(size, priors: priors)
    else { return nil }
    return "Random term '\(column.name)' has values of size \(brief(size)): the prior N(0, "
      + "\(brief(priors.logSDSD))^2) of its log standard deviation expects a size near 1; "
      + "rescale the column."
  }

  static func brief(_ value: Double) -> String { String(printf: "%.3g", value) }
}
