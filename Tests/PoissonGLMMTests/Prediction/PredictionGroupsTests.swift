import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Predictions in typical groups, averaged over groups, and in new ones, against draws from the
/// posterior that are made here.
@Suite struct PredictionGroupsTests {
  struct Case: CustomTestStringConvertible {
    let formula: String
    let approximation: Approximation
    var testDescription: String { "\(formula), \(approximation)" }
  }

  /// Groups of one factor, of two that are crossed, and with correlated slopes.
  private static let cases = [
    "y ~ x + (1 | g) + offset(t)", "y ~ x + (1 + x || g)", "y ~ x + (1 + x | g)",
    "y ~ x + (1 | g) + (1 | h)",
  ].flatMap { formula in
    [Approximation.meanField, .structured, .corrected].map {
      Case(formula: formula, approximation: $0)
    }
  }

  private struct Fitted {
    let frame: ModelFrame
    let model: PoissonMixedModel
    let fit: PoissonMixedModelFit
    let predictor: Predictor

    init(_ own: Case) throws {
      let n = 80
      let counts = (0..<n).map { Double([2, 0, 1, 5, 3, 1, 0, 2, 6, 1, 4][($0 * $0 + $0) % 11]) }
      let table = try DataTable(columns: [
        ("y", .numeric(counts)), ("x", .numeric((0..<n).map { sin(1.7 * Double($0)) })),
        ("g", .numeric((0..<n).map { Double($0 / 8) })),
        ("h", .numeric((0..<n).map { Double($0 % 7) })),
        ("t", .numeric((0..<n).map { 0.1 * Double($0 % 3) })),
      ])
      frame = try ModelFrame(formula: Formula(own.formula), data: table)
      model = try frame.model()
      fit = try model.fit(
        FitOptions(approximation: own.approximation, keepsRandomEffects: true))
      predictor = try Predictor(model, fit: fit)
    }

    /// Rows without the columns of the groups, unless they are asked for.
    func rows(_ groups: PredictionGroups, levels: Double? = nil) throws -> PredictionRows {
      var columns: [(String, DataColumn)] = [
        ("x", .numeric([-0.8, 0.9])), ("t", .numeric([0, 0.5])),
      ]
      if let levels {
        columns += [("g", .numeric([levels, levels])), ("h", .numeric([levels, levels]))]
      }
      return try frame.predictionRows(
        of: DataTable(columns: columns), model: model, groups: groups)
    }

    /// Draws of exp(o + x'b) and of exp(o + x'b + z' Sigma z / 2) for the second of these rows:
    /// a component by its weight, its parameters as independent normals and the fixed effects by
    /// the Cholesky factor of their covariance.
    func draws(_ count: Int) throws -> (typical: [Double], average: [Double]) {
      let stream = try RandomStream(
        seed: 3, scenario: "prediction groups", replicate: 0, purpose: .posteriorDraws)
      let components = fit.posterior.predictiveComponents
      let roots = try components.map {
        try Cholesky($0.gaussian.fixedCovariance.elements, order: 2)
      }
      let x = 0.9
      let offset = frame.offset == nil ? 0.0 : 0.5
      var (typical, average): ([Double], [Double]) = ([], [])
      for _ in 0..<count {
        let index = stream.category(weights: components.map(\.weight)) ?? 0
        let gaussian = components[index].gaussian
        let deviation = roots[index].correlated([stream.normal(), stream.normal()])
        let b = zip(gaussian.fixedMean, deviation).map(+)
        let s: [Double] = zip(gaussian.logSDMean, gaussian.logSDVariance).map {
          exp(stream.normal(mean: $0, sd: $1.squareRoot()))
        }
        let r: [Double] = zip(gaussian.correlationMean, gaussian.correlationVariance).map {
          tanh(stream.normal(mean: $0, sd: $1.squareRoot()))
        }
        // The second term is a slope, or the intercept of the other factor.
        let z: [Double] = [1, frame.factors.count > 1 ? 1 : x]
        var variance = 0.0
        for (sd, value) in zip(s, z) { variance += sd * sd * value * value }
        if let correlation = r.first {
          let covariance: Double = correlation * s[0] * s[1]
          variance += 2 * covariance * x
        }
        let eta = offset + b[0] + x * b[1]
        typical.append(exp(eta))
        average.append(exp(eta + 0.5 * variance))
      }
      return (typical, average)
    }
  }

  /// Ends and medians leave the shares of the draws below them that they say, within five Monte
  /// Carlo errors. Under mean-field and structured, SDs are integrated by a rule of 15 points for
  /// each, or 22 in two dimensions, whose steps leave shares 0.005 off.
  @Test(arguments: cases)
  func intervalsHoldTheirSharesOfDraws(own: Case) throws {
    let fitted = try Fitted(own)
    let count = 40_000
    let draws = try fitted.draws(count)
    for (groups, values) in [
      (PredictionGroups.typical, draws.typical), (.average, draws.average),
    ] {
      let prediction = fitted.predictor.predict(try fitted.rows(groups), alpha: 0.1)[1]
      for (end, share) in [
        (prediction.lower, 0.05), (prediction.median, 0.5), (prediction.upper, 0.95),
      ] {
        let found = Double(values.count { $0 <= end }) / Double(count)
        let error = (share * (1 - share) / Double(count)).squareRoot()
        #expect(abs(found - share) < 5 * error + 0.005, "\(groups) \(share): \(found)")
      }
      let mean = values.reduce(0, +) / Double(count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
      let expected = try #require(prediction.mean)
      #expect(
        abs(mean - expected) < 5 * (variance / Double(count)).squareRoot() + 0.002 * expected,
        "\(groups): \(mean) for \(expected)")
    }
  }

  /// E of the average over groups is that of a new group, whose own interval is wider; a count that
  /// is predicted with the average is one of a new group.
  @Test(arguments: cases)
  func theAverageHasTheMeanOfANewGroupAndANarrowerInterval(own: Case) throws {
    let fitted = try Fitted(own)
    let average = fitted.predictor.predict(try fitted.rows(.average))
    let new = fitted.predictor.predict(try fitted.rows(.new))
    let typical = fitted.predictor.predict(try fitted.rows(.typical))
    let unknown = fitted.predictor.predict(try fitted.rows(.own, levels: 999))
    #expect(new == unknown)
    for row in 0..<2 {
      let (mean, expected) = (try #require(average[row].mean), try #require(new[row].mean))
      #expect(abs(mean / expected - 1) < 1e-12)
      #expect(average[row].upper < new[row].upper && average[row].lower > new[row].lower)
      #expect(average[row].countLower == new[row].countLower)
      #expect(average[row].countUpper == new[row].countUpper)
      #expect(typical[row].median < average[row].median)
      #expect(!typical[row].isNewGroup && !average[row].isNewGroup)
      #expect(new[row].newFactors == fitted.model.factors.map(\.name))
    }
  }

  /// The names of known groups do not matter where groups are not the rows' own.
  @Test func namesOfGroupsMatterForOwnGroupsOnly() throws {
    let fitted = try Fitted(Case(formula: "y ~ x + (1 | g)", approximation: .structured))
    #expect(
      fitted.predictor.predict(try fitted.rows(.own, levels: 3))
        != fitted.predictor.predict(try fitted.rows(.new, levels: 3)))
    for groups in [PredictionGroups.new, .typical, .average] {
      #expect(
        fitted.predictor.predict(try fitted.rows(groups, levels: 3))
          == fitted.predictor.predict(try fitted.rows(groups)))
    }
    let error = #expect(throws: ModelError.self) { try fitted.rows(.own) }
    #expect(error?.description == "In the data, there is no column 'g'; the columns are x, t.")
    #expect(
      fitted.frame.columnRequests(on: .count, groups: .typical).map(\.name) == ["x"])
    #expect(fitted.frame.columnRequests(on: .count).map(\.name) == ["x", "g"])
  }

  /// A typical group of a model without slopes is the linear combination of its coefficients.
  @Test func aTypicalGroupIsALinearCombination() throws {
    let fitted = try Fitted(Case(formula: "y ~ x + (1 | g)", approximation: .structured))
    let prediction = fitted.predictor.predict(try fitted.rows(.typical))[1]
    let marginal = try fitted.fit.linearCombination([1, 0.9])
    let interval = marginal.interval(alpha: 0.05)
    #expect(abs(prediction.lower / exp(interval.lower) - 1) < 1e-9)
    #expect(abs(prediction.upper / exp(interval.upper) - 1) < 1e-9)
  }

  /// No new row is one of the rows with an effect of its own, and nothing is to be said of that.
  @Test func anEffectForEveryRowIsNoLevelThatIsSpelledOtherwise() throws {
    let table = try DataTable(columns: [
      ("y", .numeric([1, 0, 3, 2])), ("g", .numeric([1, 1, 2, 2])),
    ])
    for formula in ["y ~ 1 + (1 | row)", "y ~ 1 + (1 | g) + (1 | row)"] {
      let frame = try ModelFrame(formula: Formula(formula), data: table)
      let rows = try frame.predictionRows(
        of: DataTable(columns: [("g", .numeric([1, 2]))]), model: frame.model())
      #expect(frame.warnings(of: rows).isEmpty)
      #expect(rows.factors.last?.levelOfRow == [nil, nil])
    }
  }
}
