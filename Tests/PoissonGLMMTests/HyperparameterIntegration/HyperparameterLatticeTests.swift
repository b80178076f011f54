import Foundation
import GSLNumerics
import Synchronization
import Testing

@testable import PoissonGLMM

/// How a lattice grows.
@Suite struct HyperparameterLatticeTests {
  @Test(arguments: [1, 2, 3, 4])
  func threadsDoNotMatter(h: Int) throws {
    let density = KnownDensity.logGamma(h)
    let one = try density.lattice(threads: 1)
    let three = try density.lattice(threads: 3)
    #expect(one.nodes.map(\.index) == three.nodes.map(\.index))
    #expect(one.nodes.map(\.logDensity) == three.nodes.map(\.logDensity))
    #expect(one.failureCount == 0)
  }

  /// Every node starts from a neighbour of the generation before: the state counts generations. No
  /// state outlives the generation after its own.
  @Test func statesComeFromNeighboursAndGo() throws {
    final class State: Sendable {
      static let living = Mutex((now: 0, most: 0))
      let index: [Double]
      init(_ index: [Double]) {
        self.index = index
        Self.living.withLock {
          $0.now += 1
          $0.most = max($0.most, $0.now)
        }
      }
      deinit { Self.living.withLock { $0.now -= 1 } }
    }
    let chart = HyperparameterChart(
      mode: [0, 0, 0], curvatures: [1, 1, 1], axes: Matrix(diagonal: [1, 1, 1]))
    let rule = LatticeRule(isBodyCentred: false, spacing: 1, cut: 9)
    let lattice = try HyperparameterLattice<Double>(
      chart, rule: rule, from: State([0, 0, 0]), threads: 2, makeWorkspace: noWorkspace
    ) { _, phi, start, _ in
      let distance = zip(phi, start.index).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
      return .init(
        logDensity: -0.5 * phi.reduce(0) { $0 + $1 * $1 }, state: State(phi), content: distance)
    }
    #expect(lattice.nodes.dropFirst().allSatisfy { ($0.content - 1).magnitude < 1e-12 })
    let living = State.living.withLock { $0 }
    #expect(living.now == 0)
    #expect(living.most < lattice.nodes.count / 2)
  }

  /// A place without a fit has no weight, and does not end the lattice; an error does.
  @Test func failuresAreTriedFromOtherStarts() throws {
    let chart = HyperparameterChart(
      mode: [0, 0], curvatures: [1, 1], axes: Matrix(diagonal: [1, 1]))
    let rule = LatticeRule(isBodyCentred: false, spacing: 1, cut: 9)
    func lattice(
      _ visit: @escaping @Sendable ([Double], [Double]) throws(FitError) -> Bool
    ) throws -> HyperparameterLattice<Void> {
      try HyperparameterLattice(chart, rule: rule, from: [0, 0], makeWorkspace: noWorkspace) {
        (_, phi, start, _) throws(FitError) -> HyperparameterLattice<Void>.Visit<[Double]>? in
        guard try visit(phi, start) else { return nil }
        let squares = phi.reduce(0) { $0 + $1 * $1 }
        return .init(logDensity: -0.5 * squares, state: phi, content: ())
      }
    }
    let whole = try lattice { _, _ in true }
    let holed = try lattice { phi, _ in !(phi[0] == 1 && phi[1] == 1) }
    #expect(holed.nodes.count == whole.nodes.count - 1)
    #expect(holed.failureCount == 1)
    // From one side it works.
    let helped = try lattice { phi, start in !(phi[0] == 1 && phi[1] == 1) || start[0] == 2 }
    #expect(helped.failureCount == 0)
    #expect(helped.nodes.count == whole.nodes.count)
    #expect(throws: FitError("no")) {
      try lattice { _, _ throws(FitError) in throw FitError("no") }
    }
  }

  @Test func tooWidePosteriorsAreAnError() throws {
    let chart = HyperparameterChart(
      mode: [0, 0, 0], curvatures: [1, 1, 1], axes: Matrix(diagonal: [1, 1, 1]))
    #expect(throws: FitError.self) {
      _ = try HyperparameterLattice<Void>(
        chart, rule: .standard(dimensions: 3), from: 0, maximumNodes: 1000,
        makeWorkspace: noWorkspace
      ) { _, phi, _, _ in
        .init(
          logDensity: -0.001 * phi.reduce(0) { $0 + $1 * $1 }, state: 0, content: ())
      }
    }
  }

  @Test func stretchedTailsAreInverted() {
    for t in [-40.0, -19, -9, -3, 0, 2, 30] {
      #expect((TailStretch.inverse(TailStretch.value(t)) - t).magnitude < 1e-10 * (1 + t.magnitude))
    }
    #expect((TailStretch.value(-19) + 220).magnitude < 50)
  }
}

/// Log SDs of which a few groups tell little, under a wide prior: the density has a peak and goes
/// on below as the prior does.
@Suite struct WideTailTests {
  /// G group means of mean square S with sampling variance v, and s ~ N(0, tau^2).
  private static func one(
    _ s: Double, groups: Double, square: Double, variance: Double, priorSD: Double
  ) -> Double {
    let total = variance + exp(2 * s)
    return -0.5 * groups * (log(total) + square / total) - 0.5 * s * s / (priorSD * priorSD)
  }

  /// Points of a log SD, dense around 0 and sparse far below, with their lengths.
  private static func line(_ step: Double) -> [(s: Double, width: Double)] {
    stride(from: -7.0, to: 3.5, by: step).map { t in
      (sinh(t), step * cosh(t))
    }
  }

  @Test(arguments: [1.0, 3, 10, 100], [3.0, 6, 12])
  func oneLogSD(priorSD: Double, groups: Double) throws {
    let density = KnownDensity(
      dimensions: 1,
      logDensity: { phi in
        Self.one(phi[0], groups: groups, square: 1.5, variance: 0.5, priorSD: priorSD)
      }, isLogSD: [true])
    let lattice = try density.lattice(
      from: [0], tailDepth: LogSDPrior.normal(sd: priorSD).tailDepth)
    let posterior = HyperparameterPosterior(lattice)
    let line = Self.line(0.002)
    let masses = line.map { $0.width * exp(density.logDensity([$0.s])) }
    let total = masses.reduce(0, +)
    let mean = zip(masses, line).reduce(0) { $0 + $1.0 * $1.1.s } / total
    let variance =
      zip(masses, line).reduce(0) { $0 + $1.0 * ($1.1.s - mean) * ($1.1.s - mean) } / total
    let sd = variance.squareRoot()
    let marginal = posterior.marginal(0)
    var worst = 0.0
    for probability in [0.025, 0.25, 0.5, 0.75, 0.975] {
      var sum = 0.0
      let quantile =
        zip(masses, line).first { mass, _ in
          sum += mass / total
          return sum > probability
        }?.1.s ?? .nan
      worst = max(worst, (marginal.quantile(probability) - quantile).magnitude / sd)
    }
    #expect(lattice.nodes.count < 60)
    #expect((posterior.logIntegral - log(total)).magnitude < 0.01)
    #expect((marginal.mean - mean).magnitude < 0.01 * sd)
    #expect((marginal.standardDeviation / sd - 1).magnitude < 0.01)
    #expect(worst < 0.03)
  }

  @Test(arguments: [1.0, 10, 100], [4.0, 12])
  func twoLogSDs(priorSD: Double, groups: Double) throws {
    let density = KnownDensity(
      dimensions: 2,
      logDensity: { phi in
        Self.one(
          phi[0], groups: groups, square: 1.5, variance: 0.3 + 0.3 * exp(2 * phi[1]),
          priorSD: priorSD)
          + Self.one(phi[1], groups: 2 * groups, square: 1, variance: 0.4, priorSD: priorSD)
      }, isLogSD: [true, true])
    let lattice = try density.lattice(
      from: [0, 0], tailDepth: LogSDPrior.normal(sd: priorSD).tailDepth)
    let posterior = HyperparameterPosterior(lattice)
    let line = Self.line(0.02)
    var (total, first) = (0.0, [0.0, 0])
    var second = [0.0, 0]
    for a in line {
      for b in line {
        let mass = a.width * b.width * exp(density.logDensity([a.s, b.s]))
        total += mass
        for (index, s) in [a.s, b.s].enumerated() {
          first[index] += mass * s
          second[index] += mass * s * s
        }
      }
    }
    #expect(lattice.nodes.count < 700)
    #expect((posterior.logIntegral - log(total)).magnitude < 0.02)
    for a in 0..<2 {
      let mean = first[a] / total
      let sd = (second[a] / total - mean * mean).squareRoot()
      let marginal = posterior.marginal(a)
      #expect((marginal.mean - mean).magnitude < 0.02 * sd)
      #expect((marginal.standardDeviation / sd - 1).magnitude < 0.02)
    }
  }
}
