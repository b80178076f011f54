import Foundation
import Testing

@testable import PoissonGLMM

/// Predictive densities of what was left out, against fits without it.
@Suite struct HeldOutDensityTests {
  private struct Fitted {
    let frame: ModelFrame
    let model: PoissonMixedModel
    let fit: PoissonMixedModelFit

    /// The densities of the groups that a column makes.
    func leavingOut(_ column: String, threads: Int = 1) throws -> HeldOutDensity {
      let values = try #require(HeldOutDensityTests.columns().first { $0.name == column }).values
      return try fit.leaveOneGroupOut(
        Grouping(numbers: values), model: model, frame: frame, threads: threads)
    }

    init(_ formula: String, _ table: DataTable) throws {
      frame = try ModelFrame(formula: Formula(formula), data: table)
      model = try frame.model()
      fit = try model.fit(FitOptions(keepsRandomEffects: true))
    }
  }

  /// Rows of few groups, with counts from 0 to 6.
  private static func columns() -> [(name: String, values: [Double])] {
    let n = 32
    return [
      ("y", (0..<n).map { Double([2, 0, 1, 5, 3, 1, 0, 2, 6, 1, 4][$0 % 11]) }),
      ("x", (0..<n).map { sin(1.7 * Double($0)) }),
      ("g", (0..<n).map { Double($0 / 4) }),
      ("two", (0..<n).map { Double($0 / 2) }), ("three", (0..<n).map { Double($0 / 3) }),
      ("h", (0..<n).map { Double($0 % 5) }), ("k", (0..<n).map { Double($0 / 2 % 2) }),
    ]
  }

  private static func table(without left: Set<Int> = []) throws -> DataTable {
    try DataTable(
      columns: columns().map { name, values in
        (name, .numeric(values.enumerated().filter { !left.contains($0.offset) }.map(\.element)))
      })
  }

  /// log p(y) of one row by a fit without it.
  private func refitted(_ formula: String, _ row: Int) throws -> Double {
    let rest = try Fitted(formula, Self.table(without: [row]))
    let new = try DataTable(
      columns: Self.columns().map { ($0.name, .numeric([$0.values[row]])) })
    let rows = try rest.frame.predictionRows(of: new, model: rest.model)
    let distribution = try Predictor(rest.model, fit: rest.fit).distributions(of: rows)[0]
    let count = Self.columns()[0].values[row]
    return log(
      distribution.countProbability(atMost: count)
        - distribution.countProbability(atMost: count - 1))
  }

  /// With an effect for each row the count is all that is known of it: taken off, nothing would be
  /// left, and it is left out as a group of its own. Fits without the row have other lattices and
  /// quadratures: 0.1 as for groups.
  @Test func aRowWithAnEffectOfItsOwnIsLeftOutAsAGroup() throws {
    let formula = "y ~ x + (1 | g) + (1 | row)"
    let own = try Fitted(formula, Self.table())
    let density = try own.fit.leaveOneOut(own.model, frame: own.frame, threads: 2)
    let rows = Grouping(numbers: (0..<32).map(Double.init))
    let asGroups = try own.fit.leaveOneGroupOut(rows, model: own.model, frame: own.frame)
    #expect(density.paretoShapes.count == 32)
    for row in 0..<32 where asGroups.paretoShapes[row] <= 0.7 {
      #expect(density.logDensities[row] == asGroups.logDensities[row])
      #expect(density.paretoShapes[row] == asGroups.paretoShapes[row])
    }
    for row in [0, 8, 31] {
      let expected = try refitted(formula, row)
      #expect(abs(density.logDensities[row] - expected) < 0.1, "\(row)")
    }
  }

  /// Single densities are within 0.05, and their sum within 1 % of itself; also in levels of two
  /// and three rows, of whose effects the others say little.
  @Test(arguments: [
    "y ~ x + (1 | g)", "y ~ x", "y ~ x + (1 | g) + (1 | h)", "y ~ x + (1 | two)",
    "y ~ x + (1 | three)", "y ~ x + (1 + x || three)",
  ])
  func leavingOneOutAgreesWithRefitting(formula: String) throws {
    let own = try Fitted(formula, Self.table())
    let density = try own.fit.leaveOneOut(own.model, frame: own.frame)
    try #require(density.logDensities.count == 32)
    var total = 0.0
    for row in 0..<32 {
      let expected = try refitted(formula, row)
      total += expected
      // With slopes in levels of three rows 0.07 was measured: the lattices of two log SDs differ
      // from fit to fit.
      let tolerance = formula.contains("||") ? 0.1 : 0.05
      #expect(abs(density.logDensities[row] - expected) < tolerance, "\(row)")
    }
    #expect(abs(density.total / total - 1) < 0.01)
    #expect(density.untrusted.isEmpty)
    #expect(density.standardError > 0)
    // Rows that needed importance sampling have a k, the others none.
    let hasK = density.paretoShapes.map { !$0.isNaN }
    #expect(density.paretoShapes.isEmpty || density.paretoShapes.count == 32)
    if formula.contains("| two)") { #expect(hasK.contains(true)) }
    #expect(
      try own.fit.leaveOneOut(own.model, frame: own.frame, threads: 2).logDensities
        == density.logDensities)
  }

  /// log p(y_g | others) = log p(y) - log p(others): log evidences of fits with and without the
  /// group, whose own errors are 0.01 or so.
  @Test func leavingAGroupOutAgreesWithTheEvidence() throws {
    let own = try Fitted("y ~ x + (1 | g)", Self.table())
    let density = try own.leavingOut("g")
    try #require(density.logDensities.count == 8)
    let all = try #require(own.fit.logEvidence)
    for group in 0..<8 {
      let rest = try Fitted(
        "y ~ x + (1 | g)", Self.table(without: Set((4 * group)..<(4 * group + 4))))
      let expected = all - (try #require(rest.fit.logEvidence))
      #expect(abs(density.logDensities[group] - expected) < 0.05, "\(group)")
      #expect(density.paretoShapes[group] < 0.7, "\(group)")
    }
    #expect(density.untrusted.isEmpty)
  }

  /// A group with many more counts than all others, of which a regression knows nothing: importance
  /// sampling fails, and the density is that of the fit without the group, as it stands above.
  @Test func whatIsNotToBeTrustedIsFittedAgain() throws {
    var columns = Self.columns()
    for row in 4..<8 { columns[0].values[row] = 60 }
    func table(_ rows: [Int]) throws -> DataTable {
      try DataTable(
        columns: columns.map { column in
          (column.name, .numeric(rows.map { column.values[$0] }))
        })
    }
    let own = try Fitted("y ~ x", table(Array(0..<32)))
    let groups = Grouping(numbers: columns[2].values)
    let density = try own.fit.leaveOneGroupOut(groups, model: own.model, frame: own.frame)
    #expect(density.untrusted.contains(1))
    #expect(density.refitted.isEmpty)
    let options = FitOptions(threads: 2)
    let again = try own.fit.refitting(
      density, rows: groups.rowsOfGroups, model: own.model, frame: own.frame, options: options)
    #expect(again.refitted == density.untrusted)
    #expect(again.untrusted.isEmpty)
    let all = try #require(own.fit.logEvidence)
    for group in 0..<8 {
      guard density.untrusted.contains(group) else {
        #expect(again.logDensities[group] == density.logDensities[group])
        continue
      }
      let left = (4 * group)..<(4 * group + 4)
      let rest = try Fitted("y ~ x", table((0..<32).filter { !left.contains($0) }))
      let expected = all - (try #require(rest.fit.logEvidence))
      // The columns are the same, and so are the fits.
      #expect(abs(again.logDensities[group] - expected) < 1e-9, "\(group)")
    }
    // The prior of standardized columns is another without the group.
    let standardized = FitOptions(standardizes: true)
    #expect(
      try own.fit.refitting(
        density, rows: groups.rowsOfGroups, model: own.model, frame: own.frame,
        options: standardized) == density)
  }

  /// With several factors: groups that others are nested in or crossed with, correlated slopes, an
  /// effect for every row; and groups of which the model has no effect. Log evidences are those of
  /// fits with and without the rows, whose errors are of the order of 0.02 each where the random
  /// effects are several, and importance sampling adds as much.
  @Test(arguments: [
    ("y ~ x + (1 | g) + (1 | h)", "g"), ("y ~ x + (1 | g) + (1 | h)", "h"),
    ("y ~ x + (1 | g/k)", "g"), ("y ~ x + (1 + x | g)", "g"), ("y ~ x + (1 | g) + (1 | row)", "g"),
    ("y ~ x + (1 | h)", "g"), ("y ~ x", "g"),
  ])
  func leavingALevelOutAgreesWithTheEvidence(formula: String, column: String) throws {
    let own = try Fitted(formula, Self.table())
    let density = try own.leavingOut(column)
    let values = try #require(Self.columns().first { $0.name == column }).values
    let all = try #require(own.fit.logEvidence)
    let labels = Grouping(numbers: values)
    #expect(density.logDensities.count == labels.count)
    for group in 0..<labels.count {
      let rows = values.indices.filter { labels.groupOfRow[$0] == group }
      let rest = try Fitted(formula, Self.table(without: Set(rows)))
      let expected = all - (try #require(rest.fit.logEvidence))
      #expect(
        abs(density.logDensities[group] - expected) < 0.1,
        "\(group): \(density.logDensities[group]) for \(expected)")
      // Effects of a crossed factor are drawn, and k is larger: 0.731 at most of these.
      let largest = formula.contains("(1 | g) + (1 | h)") ? 0.75 : 0.7
      #expect(density.paretoShapes[group] < largest, "\(group): \(density.paretoShapes[group])")
    }
    #expect(try own.leavingOut(column, threads: 2) == density)
  }

  /// A single count under a normal prior: what is left without it is that prior, exactly.
  @Test(arguments: [0.0, 1, 7, 40])
  func theCavityOfOneCountIsItsPrior(count: Double) throws {
    let (mean, variance) = (0.7, 0.5)
    // The posterior's moments and the density by a fine sum.
    let points = (0...20_000).map { mean + variance.squareRoot() * (-10 + 1e-3 * Double($0)) }
    let heights = points.map { eta in
      exp(
        count * eta - exp(eta) - lgamma(count + 1) - (eta - mean) * (eta - mean) / (2 * variance))
    }
    let sum = heights.reduce(0, +)
    let first = zip(points, heights).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let second =
      zip(points, heights).reduce(0) { $0 + ($1.0 - first) * ($1.0 - first) * $1.1 } / sum
    let expected = log(sum * 1e-3 / (2 * .pi).squareRoot())
    let found = try CavityDensity().density(of: count, mean: first, variance: second)
    // The iteration ends at 1e-8 of the moments' sizes.
    #expect(abs(found.log - expected) < 1e-6)
    // What the prior has not is the count's.
    #expect(abs(found.share - (1 - second / variance)) < 1e-5)
  }

  @Test func nestedModelsAreFound() throws {
    let table = try Self.table()
    func frame(_ text: String) throws -> ModelFrame {
      try ModelFrame(formula: Formula(text), data: table)
    }
    let cases: [(String, String, Bool)] = [
      ("y ~ 1 + (1 | g)", "y ~ x + (1 | g)", true), ("y ~ x + (1 | g)", "y ~ 1 + (1 | g)", false),
      ("y ~ x", "y ~ x + (1 | g)", true), ("y ~ I(2 * x + 1) + (1 | g)", "y ~ x + (1 | g)", true),
      ("y ~ x + (1 | g)", "y ~ x + (1 | h)", false),
      ("y ~ x + (1 | g)", "y ~ x + (1 | g) + (1 | h)", true),
      ("y ~ x + (1 | g)", "y ~ x + (1 + x | g)", true),
      ("y ~ x + (1 + x || g)", "y ~ x + (1 + x | g)", true),
      ("y ~ x + (1 + x | g)", "y ~ x + (1 + x || g)", false),
      ("y ~ x + offset(x) + (1 | g)", "y ~ x + (1 | g)", false), ("h ~ 1", "y ~ x", false),
      ("y ~ 0 + x", "y ~ x", true), ("y ~ factor(h)", "y ~ h", false),
      ("y ~ h", "y ~ factor(h)", true),
    ]
    for (small, large, isNested) in cases {
      #expect(try frame(small).isNested(in: frame(large)) == isNested, "\(small) in \(large)")
    }
  }

  @Test func likelihoodRatiosAreChiSquared() throws {
    let small = InformationCriteria(logLikelihood: -100, parameterCount: 3, observationCount: 50)
    let large = InformationCriteria(logLikelihood: -98, parameterCount: 4, observationCount: 50)
    let test = try #require(LikelihoodRatioTest(of: small, in: large))
    #expect(test.statistic == 4)
    #expect(test.degreesOfFreedom == 1)
    // P(|Z| > 2)
    #expect(abs(test.p - erfc(2 / 2.0.squareRoot())) < 1e-12)
    #expect(LikelihoodRatioTest(of: large, in: small) == nil)
  }
}
