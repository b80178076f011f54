import Foundation
import GSLNumerics
import PoissonGLMM

/// A random model for property tests: everything about it follows from its number.
struct RandomDesign {
  var counts: [Double] = []
  var fixed: [DesignColumn] = []
  var random: [DesignColumn] = []
  var labels: [String] = []
  var offset: [Double]?
  let description: String

  /// 1 to `maximumGroups` groups of 1 to `maximumRows` rows, 1 to 4 fixed columns, 1 to
  /// `maximumTerms` random terms; every third design has an offset, every seventh a duplicated
  /// column, every eleventh no counts but zero.
  ///
  /// Tame designs have SDs from 0.01 to 2 and counts of hundreds. Wild ones have SDs to 3, counts
  /// to 10^6, columns multiplied by 10^-3 to 10^4, nearly and wholly dependent ones, and random
  /// terms that are not among the fixed columns.
  init(
    number: Int, maximumGroups: Int = 30, maximumRows: Int = 20, maximumTerms: Int = 3,
    isWild: Bool = false
  ) throws {
    let stream = try RandomStream(
      seed: 7, scenario: isWild ? "wild-design" : "random-design", replicate: UInt64(number),
      purpose: .design)
    let groups = stream.uniformInteger(in: 1...maximumGroups)
    let columns = stream.uniformInteger(in: 1...4)
    let terms = stream.uniformInteger(in: 1...maximumTerms)
    let level = isWild ? stream.uniform(from: -4, to: 13) : stream.uniform(from: -2, to: 5)
    let largestSD = isWild ? 3.0 : 2.0
    let sds = (0..<terms).map { _ in exp(stream.uniform(from: log(0.01), to: log(largestSD))) }
    let coefficients = [level] + (1..<max(columns, 2)).map { _ in stream.normal(sd: 0.4) }

    var x = [[Double]](repeating: [], count: max(columns, terms))
    var offsets: [Double] = []
    for group in 0..<groups {
      let effects = sds.map { stream.normal(sd: $0) }
      let groupLevel = stream.normal()
      for _ in 0..<stream.uniformInteger(in: 1...maximumRows) {
        labels.append("g\(group)")
        offsets.append(number % 3 == 0 ? stream.normal(sd: 0.7) : 0)
        var predictor = offsets[offsets.count - 1]
        for c in x.indices {
          let value = c == 0 ? 1 : (c == 1 ? groupLevel : stream.normal())
          x[c].append(value)
          if c < columns { predictor += coefficients[c] * value }
          if c < terms { predictor += effects[c] * value }
        }
        // e^14 is 1.2 million.
        counts.append(number % 11 == 0 ? 0 : stream.poisson(mean: exp(min(predictor, 14))))
      }
    }
    if isWild {
      for c in x.indices.dropFirst() where stream.uniform() < 0.3 {
        let factor = exp(stream.uniform(from: log(1e-3), to: log(1e4)))
        x[c] = x[c].map { $0 * factor }
      }
    }
    let names = ["Intercept"] + (1..<max(x.count, 2)).map { "x\($0)" }
    fixed = (0..<columns).map { DesignColumn(name: names[$0], values: x[$0]) }
    random = (0..<terms).map { DesignColumn(name: names[$0], values: x[$0]) }
    if number % 7 == 0 {
      fixed.append(DesignColumn(name: "again", values: x[columns - 1]))
    } else if isWild && number % 7 == 1 {
      // Nearly a multiple of another column, by 1 part in 10 to 10^8.
      let noise = exp(stream.uniform(from: log(1e-8), to: log(0.1)))
      let near = x[columns - 1].map { $0 * (1 + noise * stream.normal()) }
      fixed.append(DesignColumn(name: "near", values: near))
    } else if isWild && number % 7 == 2 {
      // Dependent on two columns, and constant where there is but one.
      let sum = zip(x[0], x[columns - 1]).map { 3 * $0 - 0.5 * $1 }
      fixed.append(DesignColumn(name: "sum", values: sum))
    }
    if isWild && number % 5 == 0 { random.reverse() }
    if isWild && number % 13 == 0 && columns > 1 { fixed.removeFirst() }
    if number % 3 == 0 { offset = offsets }
    description =
      "\(isWild ? "wild " : "")design \(number): \(counts.count) rows, \(groups) groups, "
      + "p = \(fixed.count), q = \(terms)"
  }

  func model(priors: Priors = Priors()) throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts, fixed: fixed, random: random, grouping: Grouping(labels: labels),
      offset: offset, priors: priors)
  }

  /// The same data with rows in another order and other labels.
  func shuffled() -> RandomDesign {
    var copy = self
    // A fixed permutation: multiplication by a number prime to the count of rows.
    let rows = counts.count
    var stride = 7919 % rows
    while stride == 0 || greatestCommonDivisor(stride, rows) != 1 { stride += 1 }
    let order = (0..<rows).map { $0 * stride % rows }
    copy.counts = order.map { counts[$0] }
    copy.labels = order.map { "other-" + labels[$0] }
    copy.fixed = fixed.map { column in
      DesignColumn(name: column.name, values: order.map { column.values[$0] })
    }
    copy.random = random.map { column in
      DesignColumn(name: column.name, values: order.map { column.values[$0] })
    }
    copy.offset = offset.map { values in order.map { values[$0] } }
    return copy
  }

  private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
