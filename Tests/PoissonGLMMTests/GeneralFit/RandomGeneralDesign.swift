import Foundation
import GSLNumerics

@testable import PoissonGLMM

/// A random model of several grouping factors for property tests: everything about it follows from
/// its number and its limits.
struct RandomGeneralDesign: Sendable {
  /// How large a design may be.
  struct Limits: Sendable {
    var rows = 60
    var factors = 3
    var terms = 3
    var hyperparameters = 6
    /// The logarithm of the largest expected count.
    var logCount = 8.5
    /// Whether three terms may be two correlated ones and an independent one.
    var mixesSets = true
  }

  var counts: [Double] = []
  var fixed: [DesignColumn] = []
  var factors: [RandomFactor] = []
  var offset: [Double]?
  let description: String

  /// 1 to 3 factors: drawn freely, nested in the one before, one level for each row, or a single
  /// level. 0 to 3 fixed columns; every third design has an offset, every eleventh no counts but
  /// zero.
  init(number: Int, _ limits: Limits = Limits()) throws {
    let stream = try RandomStream(
      seed: 11, scenario: "general-design", replicate: UInt64(number), purpose: .design)
    let n = stream.uniformInteger(in: 1...limits.rows)
    let level = stream.uniform(from: -3, to: limits.logCount - 1.5)
    let columns = stream.uniformInteger(in: 0...3)
    func column(_ index: Int) -> [Double] {
      (0..<n).map { _ in index == 0 ? 1 : stream.normal() }
    }
    var predictors = [Double](repeating: level, count: n)
    for c in 0..<columns {
      fixed.append(DesignColumn(name: c == 0 ? "Intercept" : "x\(c)", values: column(c)))
      let effect = c == 0 ? 0 : stream.normal(sd: 0.4)
      for row in 0..<n { predictors[row] += effect * fixed[c].values[row] }
    }
    var room = limits.hyperparameters
    var kinds: [String] = []
    for k in 0..<stream.uniformInteger(in: 1...limits.factors) where room > 0 {
      let (kind, labels) = Self.labels(n, previous: factors.last?.grouping, stream)
      var sets: [Range<Int>] = []
      var terms = min(stream.uniformInteger(in: 1...limits.terms), room)
      switch stream.uniformInteger(in: 0...2) {
      case 0: sets = (0..<terms).map { $0..<($0 + 1) }
      case 1 where terms == 3 && limits.mixesSets && room > 3: sets = [0..<2, 2..<3]
      default:
        while terms * (terms + 1) / 2 > room { terms -= 1 }
        sets = [0..<terms]
      }
      room -= sets.reduce(0) { $0 + $1.count * ($1.count + 1) / 2 }
      let grouping = Grouping(labels: labels)
      let values = (0..<terms).map(column)
      for term in values {
        let sd = exp(stream.uniform(from: log(0.01), to: log(1.5)))
        let effects = (0..<grouping.count).map { _ in stream.normal(sd: sd) }
        for row in 0..<n { predictors[row] += effects[grouping.groupOfRow[row]] * term[row] }
      }
      factors.append(
        RandomFactor(
          name: "f\(k)", grouping: grouping,
          terms: values.enumerated().map { DesignColumn(name: "t\($0)", values: $1) },
          correlatedSets: sets))
      kinds.append("\(kind) \(grouping.count) \(sets.map(\.count))")
    }
    if number % 3 == 0 {
      let offsets = (0..<n).map { _ in stream.normal(sd: 0.7) }
      for row in 0..<n { predictors[row] += offsets[row] }
      offset = offsets
    }
    counts = predictors.map {
      number % 11 == 0 ? 0 : stream.poisson(mean: exp(min($0, limits.logCount)))
    }
    description = "design \(number): \(n) rows, p = \(columns), " + kinds.joined(separator: ", ")
  }

  private static func labels(
    _ n: Int, previous: Grouping?, _ stream: RandomStream
  ) -> (kind: String, labels: [String]) {
    func drawn(_ levels: Int) -> [Int] {
      (0..<n).map { _ in stream.uniformInteger(in: 0...(levels - 1)) }
    }
    switch stream.uniformInteger(in: 0...9) {
    case 0: return ("rows", (0..<n).map { "r\($0)" })
    case 1: return ("single", drawn(1).map { "s\($0)" })
    case 2...4 where previous != nil:
      let outer = previous?.groupOfRow ?? []
      return ("nested", zip(outer, drawn(3)).map { "n\($0)-\($1)" })
    default: return ("free", drawn(stream.uniformInteger(in: 2...12)).map { "c\($0)" })
    }
  }

  func model(priors: Priors = Priors()) throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts, fixed: fixed, factors: factors, offset: offset, priors: priors)
  }

  /// The data as the engine takes them, whatever the design.
  var designData: DesignData {
    DesignData(counts: counts, offset: offset, fixed: fixed.map(\.values), factors: factors)
  }

  /// The same model as dense matrices: for designs without mixed sets.
  var dense: DenseGeneralModel {
    DenseGeneralModel(
      counts: counts, offset: offset, fixed: fixed.map(\.values),
      blocks: factors.map { factor in
        precondition(
          factor.correlatedSets.count == 1 || factor.terms.count == factor.correlatedSets.count)
        return .init(
          codes: factor.grouping.groupOfRow, terms: factor.terms.map(\.values),
          isCorrelated: factor.correlatedSets.count == 1)
      })
  }

  /// Hyperparameters to try: log SDs from -1.5 to .7, z's from -1 to 1.
  func hyperparameters(_ number: Int) throws -> [Double] {
    let stream = try RandomStream(
      seed: 11, scenario: "general-phi", replicate: UInt64(number), purpose: .design)
    return factors.flatMap { factor in
      factor.correlatedSets.flatMap { set in
        set.map { _ in stream.uniform(from: -1.5, to: 0.7) }
          + (0..<(set.count * (set.count - 1) / 2)).map { _ in stream.uniform(from: -1, to: 1) }
      }
    }
  }

  /// Rows in another order; `order[i]` is the old place of row i.
  func reordered() -> RandomGeneralDesign {
    let n = counts.count
    var stride = 7919 % n
    while stride == 0 || Self.greatestCommonDivisor(stride, n) != 1 { stride += 1 }
    let order = (0..<n).map { ($0 * stride + n / 2) % n }
    func moved(_ column: DesignColumn) -> DesignColumn {
      DesignColumn(name: column.name, values: order.map { column.values[$0] })
    }
    var copy = self
    copy.counts = order.map { counts[$0] }
    copy.offset = offset.map { values in order.map { values[$0] } }
    copy.fixed = fixed.map(moved)
    copy.factors = factors.map { factor in
      let labels = factor.grouping.groupOfRow.map { factor.grouping.labels[$0] }
      return RandomFactor(
        name: factor.name, grouping: Grouping(labels: order.map { labels[$0] }),
        terms: factor.terms.map(moved), correlatedSets: factor.correlatedSets)
    }
    return copy
  }

  /// Other names of factors and levels.
  func renamed() -> RandomGeneralDesign {
    var copy = self
    copy.factors = factors.map { factor in
      let labels = factor.grouping.groupOfRow.map { "other \(factor.grouping.labels[$0])" }
      return RandomFactor(
        name: "other \(factor.name)", grouping: Grouping(labels: labels), terms: factor.terms,
        correlatedSets: factor.correlatedSets)
    }
    return copy
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
