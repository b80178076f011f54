import Foundation

/// What in the data makes estimates rest on the priors: found before a fit, told as warnings.
enum DesignDiagnostics {
  static func warnings(
    counts: [Double], fixed: [DesignColumn], random: [DesignColumn], dependentColumns: [String],
    grouping: Grouping, priors: Priors
  ) -> [String] {
    var warnings: [String] = []
    if counts.allSatisfy({ $0 == 0 }) {
      warnings.append("All counts are zero: the estimates rest on the priors.")
    }
    if grouping.count == 1 {
      warnings.append(
        "There is only one group: the standard deviations between groups rest on their priors.")
    } else if grouping.count < 5 {
      warnings.append(
        "There are only \(grouping.count) groups: "
          + "the standard deviations between groups rest largely on their priors.")
    }
    warnings += dependentColumns.map {
      "Column '\($0)' is a linear combination of the columns before it: "
        + "only the prior tells their effects apart."
    }
    warnings += scaleWarnings(fixed, priors: priors)
    warnings += random.compactMap { randomScaleWarning($0, priors: priors) }
    return warnings
  }

  /// The names of columns that are (nearly) linear combinations of the columns before them, zero columns included.
  ///
  /// Gram-Schmidt by a Cholesky factor of the Gram matrix of the columns scaled to unit length. Its rounding error is
  /// about 1e-15, so that a residual below 1e-6 of a column's length (1e-12 of its square) cannot be told from none.
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

  private static func scaleWarnings(_ columns: [DesignColumn], priors: Priors) -> [String] {
    let hasIntercept = columns.contains { column in column.values.allSatisfy { $0 == 1 } }
    var warnings: [String] = []
    for column in columns {
      let n = Double(column.values.count)
      let mean = column.values.reduce(0, +) / n
      let variance = column.values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
      let sd = variance.squareRoot()
      guard sd > 1e-12 * mean.magnitude else { continue }
      // A change of x by one SD is then held to a factor of exp(+-0.2) or so by the prior alone.
      if priors.fixedEffectSD * sd < 0.1 {
        warnings.append(
          "Column '\(column.name)' has standard deviation \(brief(sd)): the prior N(0, "
            + "\(brief(priors.fixedEffectSD))^2) pulls its effect towards 0; rescale the column.")
      }
      if hasIntercept && mean.magnitude > 20 * sd {
        warnings.append(
          "Column '\(column.name)' has mean \(brief(mean)) and standard deviation \(brief(sd)): "
            + "the intercept, at 0, is far from the data and its prior matters; centre the column.")
      }
    }
    return warnings
  }

  /// Effects u of a column z matter where z u is of size 1 or so; the prior holds log SD(u) near 0, and so expects
  /// z of size 1. Beyond three of its standard deviations it works against any data of that kind.
  private static func randomScaleWarning(_ column: DesignColumn, priors: Priors) -> String? {
    // Rows with 0 take no part: an indicator has size 1, however rare.
    let taking = column.values.count { $0 != 0 }
    guard taking > 0 else { return nil }
    let size = (column.values.reduce(0) { $0 + $1 * $1 } / Double(taking)).squareRoot()
    guard size > 0, abs(log(size)) > 3 * priors.logSDSD else { return nil }
    return "Random term '\(column.name)' has values of size \(brief(size)): the prior N(0, "
      + "\(brief(priors.logSDSD))^2) of its log standard deviation expects a size near 1; "
      + "rescale the column."
  }

  private static func brief(_ value: Double) -> String { String(format: "%.3g", value) }
}
