import Testing

@testable import PoissonGLMM

/// What the engine computes at given hyperparameters, piece by piece, against the dense
/// implementation: random designs of up to 60 rows, so that both take R from all rows at once.
@Suite struct ConditionalPieceTests {
  static let numbers = 1...80

  /// Counts up to hundreds, so that rounding error stays below what is asked for.
  static func pair(_ number: Int) throws -> ConditionalPair {
    var limits = RandomGeneralDesign.Limits()
    (limits.logCount, limits.mixesSets) = (6, false)
    let design = try RandomGeneralDesign(number: number, limits)
    let pair = try ConditionalPair(design, phi: design.hyperparameters(number))
    return try #require(pair, Comment(rawValue: design.description))
  }

  /// F, its gradient in phi, m, the diagonal of S, Cov(b), variances of linear predictors and
  /// rates.
  @Test func theGaussianIsTheDenseOne() throws {
    for number in Self.numbers {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      let (maximizer, gaussian) = (pair.maximizer, pair.gaussian)
      #expect(mixedError([maximizer.level.bound], [gaussian.bound]) < 1e-11, name)
      let optimum = maximizer.optimum
      #expect(mixedError(pair.denseOrder(optimum.means), gaussian.mean) < 1e-8, name)
      let variances = DoubleStorage(count: pair.layout.effectCount)
      maximizer.variances(into: variances)
      let covariance = gaussian.covariance
      #expect(mixedError(pair.denseOrder(variances), covariance.diagonal) < 1e-8, name)
      let block = covariance.block(0..<pair.p).elements
      #expect(mixedError(maximizer.factor.fixedCovariance().elements, block) < 1e-8, name)
      #expect(
        mixedError(pair.ownOrder(optimum.variances), gaussian.predictorVariances) < 1e-8, name)
      #expect(
        mixedError(pair.ownOrder(optimum.expectations.curvatures.weights), gaussian.rates) < 1e-8,
        name)

      let layout = pair.problem.hyperparameters
      let moments = pair.problem.levels.indices.map { maximizer.secondMoments(ofFactor: $0) }
      let slopes = layout.gradient(
        at: pair.phi, levels: pair.problem.levels, secondMoments: moments)
      #expect(mixedError(slopes, pair.surface.gradient(at: pair.point)) < 1e-8, name)
      // The priors of phi, too.
      let prior = layout.logPrior(at: pair.phi, pair.problem.hyperparameterPriors)
      #expect(mixedError([prior], [pair.surface.model.logPrior(at: pair.phi)]) < 1e-12, name)
    }
  }

  /// R of all rows, the integrals along the groups' own effects apart.
  @Test func theDeterminantsOfAllRowsAreTheDenseOnes() throws {
    for number in Self.numbers {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      var correction = EvidenceCorrection(
        pair.layout, sharing: pair.maximizer.optimum.expectations.curvatures)
      let value = correction.value(pair.maximizer.factor, at: pair.rows)
      let whole = try #require(value, name)
      let own = try #require(Self.ownEffects(pair), name)
      let expected = try #require(pair.surface.response(at: pair.point), name).repair
      // Differences of logarithms of determinants.
      #expect((whole - own - expected).magnitude < 1e-8, name)
    }
  }

  /// The integrals along the own effects of every level of the first factor eliminated.
  private static func ownEffects(_ pair: ConditionalPair) -> Double? {
    let layout = pair.layout
    let q = layout.firstTermCount
    var integral = OwnEffectIntegral(order: q)
    var sum = 0.0
    for level in 0..<layout.firstLevelCount {
      let rows = layout.rows(ofFirstFactorLevel: level)
      let slopes = DoubleStorage(count: rows.count * q)
      guard
        pair.maximizer.factor.standardizedSlopes(
          ofFirstFactorLevel: level, into: slopes.pointer),
        let part = integral.value(slopes.pointer, rows: rows, at: pair.rows)
      else { return nil }
      sum += part
    }
    return sum
  }

  /// The same integrals on the dense program's grid, three times as fine and wider. The dense
  /// program takes those of the factor with most levels, together with factors of the same levels.
  @Test func ownEffectIntegralsAreTheDenseOnes() throws {
    var compared = 0
    for number in Self.numbers {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      let first = pair.layout.eliminationOrder[0]
      let most = pair.problem.levels.max() ?? 0
      // The dense grid has thousands of points a level in three dimensions.
      guard pair.problem.levels.filter({ $0 == most }).count == 1,
        pair.problem.levels[first] == most, pair.layout.firstTermCount < 3
      else { continue }
      compared += 1
      let own = try #require(Self.ownEffects(pair), name)
      let expected = try #require(
        DenseOwnEffectRepair(pair.surface.model, gaussian: pair.gaussian), name
      ).value
      // 7e-5 was measured, with two terms and ten levels: a rule ends at exp(-14) of the largest
      // value, and its points are .75 SD apart.
      #expect((own - expected).magnitude < 2e-4, name)
    }
    #expect(compared > 30)
  }

  /// The most rows of a level of the first factor eliminated.
  private static func largestLevel(_ layout: EffectLayout) -> Int {
    (0..<layout.firstLevelCount).map { layout.rows(ofFirstFactorLevel: $0).count }.max() ?? 0
  }

  /// Linear response with the weights coupled within levels of the first factor eliminated. Levels
  /// of more than 40 rows couple as if all pairs of rows had one covariance.
  @Test func linearResponseIsTheDenseOneOfThatFactor() throws {
    for number in Self.numbers {
      let pair = try Self.pair(number)
      guard Self.largestLevel(pair.layout) <= 40 else { continue }
      let name = Comment(rawValue: pair.design.description)
      let response = LevelLinearResponse(pair.layout)
      #expect(
        response.update(
          pair.maximizer.factor, curvatures: pair.rows.curvatures,
          variances: pair.maximizer.optimum.variances, prior: pair.maximizer.prior), name)
      let precision = try #require(pair.groupedResponse, name)
      let covariance = try #require(DenseCholesky(precision), name).inverse()
      let variances = DoubleStorage(count: pair.layout.effectCount)
      response.variances(into: variances)
      #expect(mixedError(pair.denseOrder(variances), covariance.diagonal) < 1e-8, name)
      let block = covariance.block(0..<pair.p).elements
      #expect(mixedError(response.fixedCovariance().elements, block) < 1e-8, name)
    }
  }

  /// Linear response with all weights coupled, as designs of few rows have it.
  @Test func linearResponseOfFewRowsIsTheDenseOne() throws {
    for number in Self.numbers {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      let response = pair.layout.linearResponse()
      #expect(
        response.update(
          pair.maximizer.factor, curvatures: pair.rows.curvatures,
          variances: pair.maximizer.optimum.variances, prior: pair.maximizer.prior), name)
      let covariance = try #require(pair.surface.response(at: pair.point), name).covariance
      let variances = DoubleStorage(count: pair.layout.effectCount)
      response.variances(into: variances)
      // The same formula in double precision, after a maximization to 1e-7 of an SD.
      #expect(mixedError(pair.denseOrder(variances), covariance.diagonal) < 1e-7, name)
      let block = covariance.block(0..<pair.p).elements
      #expect(mixedError(response.fixedCovariance().elements, block) < 1e-7, name)
    }
  }

  /// dR/dt of the means of b in SDs, against two more dense fits. The engine's R has the integrals
  /// along own effects too.
  @Test func meanShiftsAreTheDenseOnes() throws {
    var largest = 0.0
    for number in 1...40 {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      let conditional = ConditionalGaussianFit(pair.problem)
      _ = try conditional.maximize(at: pair.phi, from: nil, maximumIterations: 1000)
      let shifts = try #require(conditional.meanShifts(), name)
      let response = try #require(pair.surface.response(at: pair.point), name)
      let isWide = (pair.gaussian.predictorVariances.max() ?? 0) > 2
      #expect(shifts.count == pair.p, name)
      for (c, shift) in shifts.enumerated() {
        let moments = try #require(
          DenseTiltedMoments(pair.surface, at: pair.point, of: c), name)
        let expected = moments.meanRepair / response.covariance[c, c].squareRoot()
        largest = max(largest, expected.magnitude)
        // .0008 SD was measured below v = 2, .0083 beyond.
        #expect((shift - expected).magnitude < (isWide ? 0.015 : 0.0015), name)
      }
    }
    // They are there to be seen: .15 SD is the largest of 120 designs.
    #expect(largest > 0.05)
  }

  /// What coupling weights within levels only costs where rows are few: SDs of b up to 6.4 % too
  /// small at v < 2 among 120 designs, those of random effects up to 1.6 % off.
  @Test func couplingAcrossLevelsMattersWhereRowsAreFew() throws {
    for number in Self.numbers {
      let pair = try Self.pair(number)
      let name = Comment(rawValue: pair.design.description)
      guard (pair.gaussian.predictorVariances.max() ?? 0) < 2 else { continue }
      let full = try #require(pair.surface.response(at: pair.point), name).covariance
      let precision = try #require(pair.groupedResponse, name)
      let grouped = try #require(DenseCholesky(precision), name).inverse()
      for index in 0..<grouped.rows {
        let ratio = (grouped[index, index] / full[index, index]).squareRoot()
        #expect(ratio > 0.93 && ratio < 1.02, name)
      }
    }
  }
}
