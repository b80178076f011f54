import Foundation
import GSLNumerics
import Testing

@testable import PoissonGLMM

/// Data and parameters far from anything usual.
struct EvidenceExtremesTests {
  private func rows(
    groupStarts: [Int], counts: [Double], offset: [Double]? = nil, fixed: [[Double]],
    random: [[Double]]
  ) -> MarginalRows {
    MarginalRows(
      groupStarts: groupStarts, counts: DoubleStorage(counts),
      offset: DoubleStorage(offset ?? Array(repeating: 0, count: counts.count)),
      fixedDesign: DoubleStorage(fixed.flatMap { $0 }),
      randomDesign: DoubleStorage(random.flatMap { $0 }), fixedCount: fixed.count,
      termCount: random.count)
  }

  /// Groups all zero, huge, and both; SDs from prior-dominated to e^3 and far beyond.
  @Test(arguments: [1e-12, 1e-6, 1, 20, 1e3] as [Double], [-30, 0, 20, 300] as [Double])
  func aFiniteNumberWhateverTheCounts(sd: Double, intercept: Double) throws {
    let counts: [Double] = [0, 0, 0, 1e9, 1e9, 1e9, 1, 2]
    let ones = [Double](repeating: 1, count: 8)
    for terms in 1...2 {
      for slope in [1, 1e-6, 1e6] {
        let x = (0..<8).map { $0.isMultiple(of: 2) ? -slope : 2 * slope }
        let evidence = try QuadratureEvidence(
          rows(
            groupStarts: [0, 2, 4, 6, 8], counts: counts, fixed: [ones, x],
            random: Array([ones, x].prefix(terms))), fixedEffectSD: 2)
        let covariance = [0.1, 0.01 / slope, 0.01 / slope, 0.1 / (slope * slope)]
        let expansion = evidence.expansion(
          fixedEffects: [intercept, 0.1 / slope], logSDs: Array(repeating: log(sd), count: terms),
          directions: covariance)
        #expect(expansion.logJoint.isFinite)
        let variances = [covariance[0], covariance[3]]
        #expect(expansion.skewness(variances: variances).allSatisfy { $0.isFinite })
        // Beyond, one SD of the slope changes rates by e^(10^7): the rule cannot follow, and may
        // say so.
        guard sd * slope * Double(terms - 1) < 1e7 else { continue }
        #expect(throws: Never.self, "\(terms) terms, slope \(slope): \(expansion.precision)") {
          try expansion.logEvidence.get()
        }
      }
    }
  }

  /// With counts y, y of a group large against 1 / sd^2, its log rate is known to 1 / (2 y), and
  /// the intercept has the precision of a mean of G numbers with variance sd^2 + 1 / (2 y), some
  /// 10^-9 of what the rates alone would give. The second column is not quite constant, and takes
  /// the way of a varying term.
  @Test(arguments: [0, 1e-9] as [Double]) func hugeCountsLeaveTheInformation(spread: Double) throws
  {
    let (count, sd, groups) = (1e9, 0.5, 7)
    let n = 2 * groups
    let evidence = try QuadratureEvidence(
      rows(
        groupStarts: (0...groups).map { 2 * $0 }, counts: Array(repeating: count, count: n),
        fixed: [Array(repeating: 1, count: n)],
        random: [(0..<n).map { $0.isMultiple(of: 2) ? 1 : 1 + spread }]), fixedEffectSD: 2)
    let expansion = evidence.expansion(fixedEffects: [log(count) - 0.3], logSDs: [log(sd)])
    let information = Double(groups) / (sd * sd + 0.5 / count)
    // The integrand's skewness changes this by 1 / y.
    #expect(abs(expansion.precision[0, 0] / (information + 0.25) - 1) < 1e-8)
    // The spread is felt as b times 10^-9.
    let slope = 0.3 * information - 0.25 * (log(count) - 0.3)
    #expect(abs(expansion.gradient[0] / slope - 1) < 1e-7)
  }

  /// Where sd vanishes the rates are all that is left: an ordinary Poisson regression.
  @Test(arguments: [-40, -400, -1e5] as [Double]) func aVanishingSDLeavesARegression(s: Double)
    throws
  {
    let reference = try ReferenceData("sparse_counts")
    let data = try reference.model().data
    let (n, p) = (data.rowCount, 3)
    let b = reference.answer(.integrated).fixedMean
    let expansion = try QuadratureEvidence(MarginalRows(data), fixedEffectSD: 2).expansion(
      fixedEffects: b, logSDs: [s])
    let x = data.fixedDesign.array
    for c in 0..<p {
      var gradient = -b[c] / 4
      var precision = (0..<p).map { $0 == c ? 0.25 : 0 }
      for i in 0..<n {
        let rate = exp((0..<p).reduce(data.offset.pointer[i]) { $0 + b[$1] * x[$1 * n + i] })
        gradient += (data.counts.pointer[i] - rate) * x[c * n + i]
        for d in 0..<p { precision[d] += rate * x[c * n + i] * x[d * n + i] }
      }
      #expect(abs(expansion.gradient[c] - gradient) < 1e-10)
      for d in 0..<p { #expect(abs(expansion.precision[c, d] - precision[d]) < 1e-10) }
    }
  }

  /// 3000 random designs as hard as those of the log-likelihood: never NaN, the log-likelihood's
  /// own value by the same rule, and a reason where there is no number (seen: three times).
  @Test func randomDesignsGiveANumberOrAReason() throws {
    let stream = try RandomStream(
      seed: 5, scenario: "extremes", replicate: 0, purpose: .parameters)
    var (failures, failuresBeyond) = (0, 0)
    var compared = 0
    for trial in 0..<3000 {
      let terms = 1 + trial % 5
      let (counts, columns) = extremeCountsAndColumns(terms: terms, from: stream)
      let n = counts.count
      let data = rows(
        groupStarts: [0, n / 2, n], counts: counts,
        offset: (0..<n).map { _ in stream.normal(sd: 3) },
        fixed: [columns[0]], random: columns)
      let integration = MarginalIntegration.adaptiveGaussHermite(points: terms < 4 ? 5 : 1)
      let b = stream.normal()
      let logSDs = (0..<terms).map { _ in stream.uniform(from: -12, to: 12) }
      let expansion = try QuadratureEvidence(data, fixedEffectSD: 2, integration: integration)
        .expansion(fixedEffects: [b], logSDs: logSDs)
      let value = try MarginalLogLikelihood(data, integration: integration).value(
        fixedEffects: [b], logSDs: logSDs)
      let prior = -b * b / 8 - log(2) - 0.5 * log(2 * Double.pi)
      // Effects beyond e^100 make a step of an all-zero group's integrand, of which the value at
      // five nodes depends on where exactly they are.
      let widest = zip(columns, logSDs).reduce(0) {
        max($0, exp($1.1) * ($1.0.map(abs).max() ?? 0))
      }
      if widest < 100 {
        compared += 1
        // Modes are found to 10^-8 SD each in their own way, and few points feel it.
        #expect(
          abs(expansion.logJoint - prior - value) < 1e-7 * (1 + abs(value)), "trial \(trial)")
      }
      switch expansion.logEvidence {
      case .success(let evidence): #expect(evidence.isFinite, "trial \(trial)")
      case .failure: if widest < 100 { failures += 1 } else { failuresBeyond += 1 }
      }
    }
    // Of some 3,000; effects beyond e^100 are steps to a rule, and its moments not those of a
    // concave function.
    #expect(failures < 10)
    #expect(failuresBeyond < 60)
    #expect(compared > 500)
  }
}
