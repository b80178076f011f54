import Testing

/// R, its derivatives and own-effect quadrature against exact integrals: one intercept, one random
/// intercept for each of 40 groups of four rows, log SDs held.
@Suite struct DenseEvidenceRepairTests {
  enum Counts: String, CaseIterable {
    case asObserved, remainders, zeros, oneEvent

    func values(_ observed: [Double]) -> [Double] {
      observed.indices.map { row in
        switch self {
        case .asObserved: observed[row]
        case .remainders: observed[row].truncatingRemainder(dividingBy: 2)
        case .zeros: 0
        case .oneEvent: row == 3 ? 1 : 0
        }
      }
    }
  }

  private func model(_ counts: Counts) throws -> DenseGeneralModel {
    let nested = try GeneralReferenceData("nested").model
    let ones = nested.counts.map { _ in 1.0 }
    return DenseGeneralModel(
      counts: counts.values(nested.counts), fixed: [ones],
      blocks: [.init(codes: nested.blocks[1].codes, terms: [ones])])
  }

  private func exactPosterior(
    _ model: DenseGeneralModel, logSD: Double, around mean: Double, sd: Double
  ) -> ExactInterceptPosterior {
    ExactInterceptPosterior(
      counts: model.counts, codes: model.blocks[0].codes, logSD: logSD,
      fixedSD: model.priors.fixedEffectSD,
      values: (-60...60).map { mean + 0.2 * sd * Double($0) })
  }

  /// With b held the groups are independent, and F + R + own effects is the exact integral.
  @Test(arguments: Counts.allCases, [-0.5, 0, 1])
  func ownEffectQuadratureIsExactWhereGroupsShareNothing(counts: Counts, logSD: Double) throws {
    let model = try model(counts)
    let b = counts == .zeros || counts == .oneEvent ? -2.0 : 0.3
    let held = model.holdingFixedEffects(at: [b])
    let surface = DensePhiSurface(held)
    let point = try #require(surface.maximize(at: [logSD]))
    let repair = try #require(surface.response(at: point)).repair
    let ownEffects = try #require(DenseOwnEffectRepair(held, gaussian: point.gaussian)).value
    let clusters = try #require(DenseClusterRepair(held, gaussian: point.gaussian)).value
    #expect((clusters - repair).magnitude < 1e-10)
    let exact = ExactInterceptPosterior.logLikelihood(
      counts: model.counts, codes: model.blocks[0].codes, b: b, logSD: logSD)
    // The trapezoid rules of both.
    #expect((point.gaussian.bound + repair + ownEffects - exact).magnitude < 1e-7)
  }

  /// The same with two terms, correlated or in blocks of their own.
  @Test(arguments: ["corr_one", "corr_slopes"])
  func ownEffectsOfTwoTermsAreExact(name: String) throws {
    let data = try GeneralReferenceData(name)
    let integrated = data.answers.integrated
    let model = data.model.holdingFixedEffects(at: integrated.fixedMean)
    func evidence(_ model: DenseGeneralModel, _ phi: [Double]) throws -> Double {
      let surface = DensePhiSurface(model)
      let point = try #require(surface.maximize(at: phi))
      let repair = try #require(surface.response(at: point)).repair
      return try point.gaussian.bound + repair
        + #require(DenseOwnEffectRepair(model, gaussian: point.gaussian)).value
    }
    let phi = integrated.hyperMean
    let exact = ExactGroupLikelihood.logLikelihood(model, at: phi)
    #expect(try (evidence(model, phi) - exact).magnitude < 1e-7)
    let answer = data.answers.logLikelihoodAtIntegratedMeans
    #expect((answer.value - exact).magnitude < 4 * answer.mcSe)

    let block = model.blocks[0]
    let apart = DenseGeneralModel(
      counts: model.counts, offset: model.offset, fixed: [],
      blocks: block.terms.map { .init(codes: block.codes, terms: [$0]) })
    let uncorrelated = ExactGroupLikelihood.logLikelihood(model, at: [phi[0], phi[1], 0])
    #expect(try (evidence(apart, [phi[0], phi[1]]) - uncorrelated).magnitude < 1e-7)
  }

  /// What F, F + R and F + R + own effects lack of log p(y | s), b integrated too: at most what was
  /// measured, rounded up.
  @Test(arguments: [
    (Counts.asObserved, 0.0, 0.27, 0.0041, 0.0034), (.asObserved, 1, 0.46, 0.0194, 0.0187),
    (.remainders, 0, 0.47, 0.0053, 0.0038), (.remainders, 1, 1.41, 0.103, 0.0900),
    (.zeros, 0, 0.046, 0.0047, 0.0040), (.zeros, 1, 0.97, 0.130, 0.103),
    (.oneEvent, 0, 0.049, 0.0054, 0.0041), (.oneEvent, 1, 1.19, 0.134, 0.103),
  ])
  func evidenceIsSlightlyTooSmall(
    counts: Counts, logSD: Double, bound: Double, repaired: Double, completed: Double
  ) throws {
    let model = try model(counts)
    let surface = DensePhiSurface(model)
    let point = try #require(surface.maximize(at: [logSD]))
    let response = try #require(surface.response(at: point))
    let ownEffects = try #require(DenseOwnEffectRepair(model, gaussian: point.gaussian)).value
    let exact = exactPosterior(
      model, logSD: logSD, around: point.gaussian.mean[0],
      sd: response.covariance[0, 0].squareRoot()
    ).logEvidence
    let gap = exact - point.gaussian.bound
    #expect(gap > 0 && gap < bound)
    #expect(gap - response.repair > 0 && gap - response.repair < repaired)
    let rest = gap - response.repair - ownEffects
    #expect(rest > 0 && rest < completed && rest < gap - response.repair)
  }

  /// The mean of b given s with dR/dt, and the SD of linear response with d2R/dt2.
  @Test(arguments: [Counts.asObserved, .remainders, .oneEvent], [-0.5, 0, 1])
  func derivativesRepairMeansAndVariances(counts: Counts, logSD: Double) throws {
    let model = try model(counts)
    let surface = DensePhiSurface(model)
    let point = try #require(surface.maximize(at: [logSD]))
    let moments = try #require(DenseTiltedMoments(surface, at: point, of: 0))
    let exact = exactPosterior(
      model, logSD: logSD, around: moments.mean, sd: moments.variance.squareRoot())
    let before = (point.gaussian.mean[0] - exact.mean).magnitude / exact.sd
    let after = (moments.mean - exact.mean).magnitude / exact.sd
    // A fifth or less is left of an error of more than a thousandth of an SD: .363 SD becomes .018
    // with one event at v = 5.5, .026 becomes .0027 at v = 2.1.
    #expect(after < max(0.001, 0.2 * before))
    // Without d2R/dt2 SDs are up to 2.2 % off at v = 5.5, up to .4 % below v = 1.4.
    let departure = (moments.variance.squareRoot() / exact.sd - 1).magnitude
    #expect(departure < (counts == .oneEvent ? 0.003 : 3e-5))
  }

  /// F + R with b held is the log density of b, skewed as it is.
  @Test(arguments: Counts.allCases)
  func heldEffectsGiveTheDensity(counts: Counts) throws {
    let model = try model(counts)
    let logSD = 0.0
    let surface = DensePhiSurface(model)
    let point = try #require(surface.maximize(at: [logSD]))
    let sd = try #require(surface.response(at: point)).covariance[0, 0].squareRoot()
    let exact = exactPosterior(model, logSD: logSD, around: point.gaussian.mean[0], sd: sd)
    let highest = exact.logDensities.max() ?? .nan
    for index in exact.values.indices
    where index.isMultiple(of: 5) && exact.logDensities[index] > highest - 7 {
      let own = try #require(
        model.logDensity(ofFixedEffect: 0, at: exact.values[index], phi: [logSD]))
      // R's own error, .005 at most at v = 1.6.
      #expect((own - exact.logDensities[index]).magnitude < 0.006)
    }
  }

  /// R from all rows at once is R, and the clusters come close to it.
  @Test(arguments: ["nested", "crossed_sparse", "corr_slopes", "corr_one", "epilepsy_obs"])
  func clustersSumToTheRepair(name: String) throws {
    let data = try GeneralReferenceData(name)
    let model = data.model
    let surface = DensePhiSurface(model)
    let point = try #require(surface.maximize(at: data.answers.integrated.hyperMean))
    let repair = try #require(surface.response(at: point)).repair
    let kernel = model.design.times(point.gaussian.covariance).times(model.design.transposed)
    let whole = try #require(DenseClusterRepair.repair(kernel: kernel, rates: point.gaussian.rates))
    #expect((whole - repair).magnitude < 1e-10)
    let clusters = try #require(DenseClusterRepair(model, gaussian: point.gaussian)).value
    // -.0029 in corr_one, of six groups, .0008 elsewhere.
    #expect((clusters - repair).magnitude < (name == "corr_one" ? 0.004 : 0.001))
  }

  /// Only factors nested in no other have clusters, and one factor has them once.
  @Test func nestedFactorsAreLeftOut() {
    let school = [0, 0, 0, 0, 1, 1, 1, 1]
    let schoolClass = [0, 0, 1, 1, 2, 2, 3, 3]
    let rows = Array(0..<8)
    let item = [0, 1, 0, 1, 0, 1, 0, 1]
    #expect(DenseClusterRepair.outermostFactors([schoolClass, school, rows]) == [school])
    #expect(DenseClusterRepair.outermostFactors([school, item, rows]) == [school, item])
    #expect(DenseClusterRepair.outermostFactors([schoolClass, schoolClass]) == [schoolClass])
    #expect(DenseClusterRepair.outermostFactors([rows]) == [rows])
  }
}
