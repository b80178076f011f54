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
    let design = try RandomDesign(
      number: number, maximumGroups: 60, maximumRows: 40, maximumTerms: 1)
    let model = try design.model()
    let options = FitOptions(approximation: .structured)
    let fast = try #require(InterceptMaximizer(model, options: options))
    let general = NewtonMaximizer(model, options: options)
    let (ourOptimum, theirOptimum) = (try fast.maximize(), try general.maximize())
    let (a, b) = (ourOptimum.summary, theirOptimum.summary)
    #expect(a.converged == b.converged, "\(design.description)")
    guard b.converged else { return }
    let (ours, theirs) = (ourOptimum.posterior, theirOptimum.posterior)
    let p = model.fixedNames.count
    let sds = theirs.fixedCovariance.diagonal.map { $0.squareRoot() }
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
      let relative = ours.fixedCovariance[c, c] / theirs.fixedCovariance[c, c]
      #expect((relative - 1).magnitude < 1e-5)
    }
  }

  /// Held fits end within 1e-5 posterior SDs of the optimum, their bounds within 1e-10. Linear
  /// response may leave out what changes a variance by a part in 1,000, and approximates in the
  /// variances of the intercepts what changes them by a part in 100.
  @Test(arguments: 0..<150)
  func isTheGeneralOptimumAtHeldLogSDs(number: Int) throws {
    let design = try RandomDesign(
      number: number, maximumGroups: 60, maximumRows: 40, maximumTerms: 1)
    let model = try design.model()
    let options = FitOptions(approximation: .structured)
    let fast = try #require(InterceptMaximizer(model, options: options))
    let general = NewtonMaximizer(model, options: options)
    let center = try fast.maximize().posterior
    _ = try general.maximize()
    let p = model.fixedNames.count
    for shift in [-2.0, -0.5, 0.5, 2] {
      let s = center.logSDMean[0] + shift * center.logSDVariance[0].squareRoot()
      let ours = try fast.maximize(at: [s], from: nil)
      let theirs = try general.maximize(at: [s], from: nil)
      guard theirs.lastStep < 1e-5 else { continue }
      let (ourMean, theirMean) = (ours.posterior.fixedMean, theirs.posterior.fixedMean)
      let sds = theirs.posterior.fixedCovariance.diagonal.map { $0.squareRoot() }
      #expect(ours.lastStep < 1e-5)
      #expect(
        (ours.bound - theirs.bound).magnitude <= 2e-9 + 1e-14 * theirs.bound.magnitude,
        "\(design.description)")
      #expect(largestDifference(ourMean, theirMean, in: sds) < 1e-4)
      #expect(
        (ours.gradient[0] - theirs.gradient[0]).magnitude
          <= 1e-4 * Double(model.groupCount) + 1e-12 * theirs.bound.magnitude)
      guard let slow = general.linearResponse() else { continue }
      guard let quick = fast.linearResponse() else {
        Issue.record("no linear response: \(design.description)")
        continue
      }
      for c in 0..<p {
        let relative = quick.fixed[c, c] / slow.fixed[c, c]
        #expect((relative - 1).magnitude < 1e-3, "\(design.description) c \(c) \(shift)")
      }
      #expect(
        largestDifference(quick.randomVariances, slow.randomVariances, in: slow.randomVariances)
          < 1e-2, "\(design.description)")
    }
  }

  /// A fit at given log SDs leaves nothing behind: whichever the solver, the next maximization over
  /// q(s) ends where the first one did, to 1e-5 posterior SDs.
  @Test func aMaximizationForgetsTheLogSDsGivenBefore() throws {
    let model = try ReferenceData("random_intercept").model()
    let options = FitOptions(approximation: .structured)
    let solvers: [any BoundMaximizer] = [
      NewtonMaximizer(model, options: options),
      try #require(InterceptMaximizer(model, options: options)),
    ]
    for solver in solvers {
      let first = try solver.maximize()
      let s = first.posterior.logSDMean[0]
      _ = try solver.maximize(at: [s + 1], from: nil)
      let again = try solver.maximize()
      #expect(again.summary.converged)
      let sd = first.posterior.logSDVariance[0].squareRoot()
      #expect(sd > 0.01)
      #expect(abs(again.posterior.logSDMean[0] - s) < 1e-5 * sd)
      #expect(abs(again.posterior.logSDVariance[0].squareRoot() / sd - 1) < 1e-5)
      let bounds = try (#require(first.summary.bounds.last), #require(again.summary.bounds.last))
      #expect(abs(bounds.0 - bounds.1) < 1e-9)
    }
  }
}
