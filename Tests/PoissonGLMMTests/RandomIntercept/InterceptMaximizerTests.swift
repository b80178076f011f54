import Foundation
import Testing

@testable import PoissonGLMM

/// The maximizer for random intercepts against the general one.
@Suite struct InterceptMaximizerTests {
  private func largestDifference(_ a: [Double], _ b: [Double], in units: [Double]) -> Double {
    zip(zip(a, b), units).reduce(0) { max($0, ($1.0.0 - $1.0.1).magnitude / $1.1) }
  }

  /// Both stop within 1e-8 posterior SDs of their optimum, or at the limit of precision.
  @Test(arguments: 0..<150)
  func isTheGeneralOptimum(number: Int) throws {
    let design = try RandomDesign(number: number, mostGroups: 60, mostRows: 40, mostTerms: 1)
    let model = try design.model()
    let options = FitOptions(approximation: .structured)
    let fast = try #require(InterceptMaximizer(model, options: options))
    let general = NewtonMaximizer(model, options: options)
    let ours = try fast.maximize()
    let theirs = try general.maximize()
    #expect(ours.summary.converged == theirs.summary.converged, "\(design.description)")
    guard theirs.summary.converged else { return }
    let p = model.fixedNames.count
    let sds = (0..<p).map { theirs.fixedCovariance[$0 * (p + 1)].squareRoot() }
    let (a, b) = (ours.summary, theirs.summary)
    let bounds = try (#require(a.bounds.last), #require(b.bounds.last))
    #expect((bounds.0 - bounds.1).magnitude <= 1e-9 + 4 * b.boundRoundingError)
    #expect(largestDifference(ours.fixedMean, theirs.fixedMean, in: sds) < 1e-5)
    #expect(
      largestDifference(
        ours.randomMean, theirs.randomMean, in: theirs.randomVariance.map { $0.squareRoot() })
        < 1e-5)
    #expect(
      largestDifference(ours.randomVariance, theirs.randomVariance, in: theirs.randomVariance)
        < 1e-5)
    #expect(
      largestDifference(
        ours.logSDMean, theirs.logSDMean, in: [theirs.logSDVariance[0].squareRoot()])
        < 1e-5)
    for c in 0..<p {
      let relative = ours.fixedCovariance[c * (p + 1)] / theirs.fixedCovariance[c * (p + 1)]
      #expect((relative - 1).magnitude < 1e-5)
    }
  }

  /// Held fits end within 1e-5 posterior SDs of the optimum, their bounds within 1e-10. Linear
  /// response may leave out what changes a variance by a part in 1,000, and approximates in the
  /// variances of the intercepts what changes them by a part in 100.
  @Test(arguments: 0..<150)
  func isTheGeneralOptimumAtHeldLogSDs(number: Int) throws {
    let design = try RandomDesign(number: number, mostGroups: 60, mostRows: 40, mostTerms: 1)
    let model = try design.model()
    let options = FitOptions(approximation: .structured)
    let fast = try #require(InterceptMaximizer(model, options: options))
    let general = NewtonMaximizer(model, options: options)
    let center = try fast.maximize()
    _ = try general.maximize()
    let p = model.fixedNames.count
    for shift in [-2.0, -0.5, 0.5, 2] {
      let s = center.logSDMean[0] + shift * center.logSDVariance[0].squareRoot()
      let ours = try fast.maximize(holding: [s], from: nil)
      let theirs = try general.maximize(holding: [s], from: nil)
      guard theirs.lastStep < 1e-5 else { continue }
      let sds = (0..<p).map { theirs.fixedCovariance[$0 * (p + 1)].squareRoot() }
      #expect(ours.lastStep < 1e-5)
      #expect(
        (ours.bound - theirs.bound).magnitude <= 2e-9 + 1e-14 * theirs.bound.magnitude,
        "\(design.description)")
      #expect(largestDifference(ours.fixedMean, theirs.fixedMean, in: sds) < 1e-4)
      #expect(
        (ours.gradient[0] - theirs.gradient[0]).magnitude
          <= 1e-4 * Double(model.groupCount) + 1e-12 * theirs.bound.magnitude)
      guard let slow = general.linearResponse() else { continue }
      guard let quick = fast.linearResponse() else {
        Issue.record("no linear response: \(design.description)")
        continue
      }
      for c in 0..<p {
        let relative = quick.fixed[c * (p + 1)] / slow.fixed[c * (p + 1)]
        #expect((relative - 1).magnitude < 1e-3, "\(design.description) c \(c) \(shift)")
      }
      #expect(
        largestDifference(quick.randomVariances, slow.randomVariances, in: slow.randomVariances)
          < 1e-2, "\(design.description)")
    }
  }
}
