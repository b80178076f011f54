import Foundation
import GSLNumerics
import PoissonGLMM

/// What new counts are drawn for: the columns of the fixed effects, and the grouping factors with
/// their random terms.
package struct SimulationDesign: Sendable {
  package let rowCount: Int
  package let fixed: [DesignColumn]
  package let factors: [RandomFactor]
  /// Known terms of the linear predictor; nil for none.
  let offset: [Double]?

  package init(
    rowCount: Int, fixed: [DesignColumn], factors: [RandomFactor], offset: [Double]? = nil
  ) {
    self.rowCount = rowCount
    self.fixed = fixed
    self.factors = factors
    self.offset = offset
  }

  /// The design of a formula's columns.
  package init(_ frame: ModelFrame) {
    self.init(
      rowCount: frame.counts.count, fixed: frame.fixed,
      factors: frame.factors, offset: frame.offset)
  }

  /// The design of new rows of a fitted model.
  /// - Parameter keepsLevels: whether the levels are those that the model was fitted to, in their
  ///   order, all of which the rows' have to be; otherwise they are those of the rows alone.
  package init(_ rows: PredictionRows, of model: PoissonMixedModel, keepsLevels: Bool) {
    self.init(
      rowCount: rows.count,
      fixed: zip(model.fixedNames, rows.fixed).map { DesignColumn(name: $0, values: $1) },
      factors: zip(model.factors, rows.factors).map { factor, levels in
        RandomFactor(
          name: factor.name,
          grouping: keepsLevels
            ? Grouping(labels: factor.levels, groupOfRow: levels.levelOfRow.map { $0 ?? 0 })
            : Grouping(labels: levels.labels),
          terms: levels.terms, correlatedSets: factor.correlatedSets)
      }, offset: rows.offset)
  }

  var termCount: Int { factors.reduce(0) { $0 + $1.terms.count } }

  /// How many pairs of terms have a correlation.
  var correlationCount: Int {
    factors.flatMap(\.correlatedSets).reduce(0) { $0 + $1.count * ($1.count - 1) / 2 }
  }
}

extension SimulationDesign {
  /// New effects for every level: u ~ N(0, D R D) with D = diag(exp s), R = 1 for independent
  /// terms.
  /// - Parameters:
  ///   - logSDs: s, factor after factor and term after term.
  ///   - partialCorrelations: those of `CorrelationFactor`, set after set.
  /// - Returns: the effects of each factor, level-major.
  func randomEffects(
    logSDs: [Double], partialCorrelations: [Double], from stream: RandomStream
  ) -> [[Double]] {
    var (logSDs, partials) = (logSDs[...], partialCorrelations[...])
    return factors.map { factor in
      let (terms, levels) = (factor.terms.count, factor.grouping.count)
      let sds = logSDs.prefix(terms).map { exp($0) }
      logSDs = logSDs.dropFirst(terms)
      var effects = [Double](repeating: 0, count: levels * terms)
      for set in factor.correlatedSets {
        let pairs = set.count * (set.count - 1) / 2
        let factor = CorrelationFactor(
          order: set.count, partialCorrelations: partials.prefix(pairs))
        partials = partials.dropFirst(pairs)
        // All levels of a term, then those of the next: independent terms need no more.
        for term in set {
          for level in 0..<levels {
            effects[level * terms + term] = stream.normal(sd: set.count == 1 ? sds[term] : 1)
          }
        }
        guard set.count > 1 else { continue }
        for level in 0..<levels {
          let start = level * terms + set.lowerBound
          let normals = Array(effects[start..<(start + set.count)])
          for (i, row) in factor.rows.enumerated() {
            effects[start + i] =
              sds[set.lowerBound + i] * zip(row, normals).reduce(0) { $0 + $1.0 * $1.1 }
          }
        }
      }
      return effects
    }
  }

  /// The log of each row's mean.
  /// - Parameter randomEffects: those of each factor, level-major.
  func linearPredictor(fixedEffects: [Double], randomEffects: [[Double]]) -> [Double] {
    var values = offset ?? [Double](repeating: 0, count: rowCount)
    for (column, coefficient) in zip(fixed, fixedEffects) {
      for row in values.indices { values[row] += coefficient * column.values[row] }
    }
    for (factor, effects) in zip(factors, randomEffects) {
      let terms = factor.terms.count
      for (term, column) in factor.terms.enumerated() {
        for (row, level) in factor.grouping.groupOfRow.enumerated() {
          values[row] += effects[level * terms + term] * column.values[row]
        }
      }
    }
    return values
  }
}
