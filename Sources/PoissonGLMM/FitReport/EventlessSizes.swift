/// What effects without events would be under other priors.
///
/// Only the prior says how far such an effect is from 0, and a reader is to see how far that goes:
/// all of them are given priors with other SDs, and the model is fitted again, twice whatever the
/// number of such effects. Where fits take long it is left out.
struct EventlessSizes {
  /// The sentences of `PoissonMixedModel.eventWarnings` with the effects' sizes, by the sentences
  /// as they were.
  private(set) var sentences: [String: String] = [:]

  /// Of these the first two are taken that are no effect's prior SD already.
  private static let standardDeviations = [5.0, 10, 20]
  /// Fits of larger models are too dear to be made only for a sentence.
  private static let mostEffects = 30
  private static let mostHyperparameters = 3
  private static let mostProducts = 1e7

  /// What is known of one notice.
  private struct Subject {
    let notice: EventlessCells.Notice
    /// The columns of the fixed effects that it is about, in their order.
    let effects: [Int]
  }

  /// - Parameters:
  ///   - model: the model that was fitted.
  ///   - columns: its fixed columns.
  ///   - fit: the fit.
  ///   - options: those of the fit.
  /// - Throws: `FitError` if the limit of time is reached.
  init(
    _ model: PoissonMixedModel, columns: [DesignColumn], fit: PoissonMixedModelFit,
    options: FitOptions
  ) throws(FitError) {
    let hyperparameters = model.randomNames.count + model.correlationNames.count
    let p = columns.count
    guard let eventless = model.eventless, fit.optimization.converged, p <= Self.mostEffects,
      hyperparameters <= Self.mostHyperparameters,
      Double(model.rowCount * p * p) <= Self.mostProducts
    else { return }
    let subjects = eventless.notices(priors: model.priors).map { notice in
      let effects = Set(notice.rows.flatMap { Self.effects(of: $0, columns: columns) })
      return Subject(notice: notice, effects: effects.sorted())
    }
    let all = options.standardizes ? Set(0..<p) : Set(subjects.flatMap(\.effects))
    guard !all.isEmpty else { return }
    let own = all.map {
      model.priors.coefficients[model.fixedNames[$0]]?.standardDeviation
        ?? model.priors.fixedEffectSD
    }
    let sds = Self.standardDeviations.filter { !own.contains($0) }.prefix(2)
    var others: [[Double]] = []
    let named = Set(subjects.compactMap(\.effects.first)).sorted()
    for sd in sds {
      guard
        let means = try Self.means(
          model, of: named, effects: all, standardDeviation: sd, options)
      else { return }
      others.append(means)
    }
    let priors = sds.map(DesignDiagnostics.brief).joined(separator: " or ")
    for subject in subjects {
      guard let effect = subject.effects.first else { continue }
      let sizes = others.map { DesignDiagnostics.brief($0[effect]) }.joined(separator: " or ")
      let isAlone = all.count == 1 && !subject.notice.isSummary
      let whose = options.standardizes ? "all effects" : "these effects"
      let name = model.fixedNames[effect]
      let subjectName = name == DesignColumn.interceptName ? "the intercept" : "'\(name)'"
      sentences[subject.notice.text + "."] =
        subject.notice.text + "; with a prior SD of \(priors)"
        + (isAlone ? " it" : " for \(whose) \(subjectName)") + " would be \(sizes) in place of "
        + DesignDiagnostics.brief(fit.fixedEffects[effect].marginal.mean) + "."
    }
  }

  /// The posterior means of the fixed effects where some have a prior with another SD, good for
  /// those that are named; nil if there is no such fit that is to be trusted.
  private static func means(
    _ model: PoissonMixedModel, of named: [Int], effects: Set<Int>, standardDeviation: Double,
    _ options: FitOptions
  ) throws(FitError) -> [Double]? {
    var priors = model.priors
    if options.standardizes {
      // The priors of single effects would not be those of standardized columns.
      priors.fixedEffectSD = standardDeviation
    } else {
      for name in effects.map({ model.fixedNames[$0] }) {
        priors.coefficients[name] = NormalPrior(
          mean: priors.coefficients[name]?.mean ?? 0, standardDeviation: standardDeviation)
      }
    }
    var options = options
    options.keepsRandomEffects = false
    options.combinations = []
    options.wantedMeans = named
    let fit = try? PoissonMixedModel(model, priors: priors).fit(options)
    try FitLimit.check()
    guard let fit, fit.optimization.converged else { return nil }
    return fit.fixedEffects.map(\.marginal.mean)
  }

  /// The fixed effects by which the expected counts of some rows, and of no others, go to 0: one
  /// whose column is 0 in all other rows, or those of the d with X d = -1 in these rows and 0 in
  /// all others.
  private static func effects(of rows: [Int], columns: [DesignColumn]) -> [Int] {
    let isMeant = Set(rows)
    let own = columns.indices.filter { c in
      let values = columns[c].values
      return values.indices.allSatisfy { values[$0] == 0 || isMeant.contains($0) }
        && values.contains { $0 != 0 }
    }
    let indicator = own.first { c in
      rows.allSatisfy { columns[c].values[$0] == columns[c].values[rows[0]] }
    }
    if let effect = indicator ?? own.first { return [effect] }
    // Columns of unit length, so that all coefficients are of one scale.
    let p = columns.count
    let lengths = columns.map { $0.values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    guard lengths.allSatisfy({ $0 > 0 && $0.isFinite }) else { return [] }
    var gram = [Double](repeating: 0, count: p * p)
    for c in 0..<p {
      for e in 0...c {
        gram[c * p + e] =
          zip(columns[c].values, columns[e].values).reduce(0) { $0 + $1.0 * $1.1 }
          / (lengths[c] * lengths[e])
      }
    }
    var d = (0..<p).map { c in rows.reduce(0) { $0 + columns[c].values[$1] } / lengths[c] }
    guard SmallCholesky.factor(&gram, order: p).isFinite else { return [] }
    SmallCholesky.solve(gram, order: p, &d)
    let misses = columns[0].values.indices.contains { row in
      let sum = (0..<p).reduce(0) { $0 + d[$1] * columns[$1].values[row] / lengths[$1] }
      return (sum - (isMeant.contains(row) ? 1 : 0)).magnitude > tolerance
    }
    let length = Double(rows.count).squareRoot()
    return misses ? [] : (0..<p).filter { d[$0].magnitude > tolerance * length }
  }

  /// Above the rounding errors of a Gram matrix, and far below any coefficient that is not 0.
  private static let tolerance = 1e-6
}
