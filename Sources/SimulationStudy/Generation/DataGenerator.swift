import Foundation
import GSLNumerics

/// A data set that cannot be drawn. `description` is one sentence.
public struct GenerationError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}

/// One drawn data set, with the random effects that are behind it.
public struct SimulatedCounts: Sendable, Equatable {
  public let data: ClusteredCounts
  /// One value for each group and term, group-major; empty where the data are given.
  public let randomEffects: [Double]
}

/// Draws the data sets of a scenario. The data of a replicate are a function of the scenario and the
/// replicate's number alone: whatever else was drawn before, and whichever thread asks.
public struct DataGenerator: Sendable {
  /// Counts of larger mean are beyond the whole numbers that a double holds exactly.
  public static let largestMean = 1e15

  private let scenarioName: String
  private let source: DataSource

  public init(_ scenario: Scenario) {
    scenarioName = scenario.name
    source = scenario.data
  }

  /// The data set of a replicate (0, 1, 2, ...).
  ///
  /// Design, covariates, random effects and counts are drawn from streams of their own; covariates one
  /// after the other, random effects term by term. So another covariate or term at the end leaves
  /// those before it as they were.
  /// - Throws: `GenerationError` if a mean count is not a number up to `largestMean`, if a covariate
  ///   is not finite, or if there is no memory for a stream.
  public func dataSet(replicate: Int) throws(GenerationError) -> SimulatedCounts {
    switch source {
    case .given(let data): return SimulatedCounts(data: data, randomEffects: [])
    case .simulated(let mechanism): return try draw(mechanism, replicate: replicate)
    }
  }

  private func draw(
    _ mechanism: DataGeneratingMechanism, replicate: Int
  ) throws(GenerationError) -> SimulatedCounts {
    let streams = Streams(
      generator: mechanism.generator, seed: mechanism.seed, scenario: scenarioName,
      replicate: UInt64(max(0, replicate)))

    let design = try streams.stream(.design)
    let groupOfRow = mechanism.groupSize.drawGroupOfRow(groups: mechanism.groups, from: design)
    let exposure = mechanism.exposure.map { range in
      groupOfRow.map { _ in design.uniform(from: range.lower, to: range.upper) }
    }

    let covariateStream = try streams.stream(.covariates)
    var covariates: [ClusteredCounts.Column] = []
    for covariate in mechanism.covariates {
      let values = covariate.draw(
        groupOfRow: groupOfRow, groups: mechanism.groups, from: covariateStream)
      guard values.allSatisfy(\.isFinite) else {
        throw GenerationError("the covariate \(covariate.name) has values too large for a double.")
      }
      covariates.append(.init(name: covariate.name, values: values))
    }

    let randomEffects = Self.drawRandomEffects(
      mechanism, from: try streams.stream(.randomEffects))

    var linearPredictor =
      exposure?.map { log($0) } ?? [Double](repeating: 0, count: groupOfRow.count)
    for effect in mechanism.fixed {
      let column = covariates.first { $0.name == effect.name }?.values
      Self.add(column, to: &linearPredictor) { _ in effect.value }
    }
    let terms = mechanism.random.count
    for (term, effect) in mechanism.random.enumerated() {
      let column = covariates.first { $0.name == effect.name }?.values
      Self.add(column, to: &linearPredictor) { randomEffects[groupOfRow[$0] * terms + term] }
    }

    let counts = try Self.drawCounts(linearPredictor, from: try streams.stream(.counts))
    return SimulatedCounts(
      data: ClusteredCounts(
        counts: counts, groupOfRow: groupOfRow, covariates: covariates, exposure: exposure,
        fixedNames: mechanism.fixed.map(\.name), randomNames: mechanism.random.map(\.name)),
      randomEffects: randomEffects)
  }

  private static func drawRandomEffects(
    _ mechanism: DataGeneratingMechanism, from stream: RandomStream
  ) -> [Double] {
    let terms = mechanism.random.count
    var effects = [Double](repeating: 0, count: mechanism.groups * terms)
    for (term, effect) in mechanism.random.enumerated() {
      for group in 0..<mechanism.groups {
        effects[group * terms + term] = stream.normal(mean: 0, sd: effect.value)
      }
    }
    return effects
  }

  /// Adds coefficient times column to every row; without a column, the coefficient alone.
  private static func add(
    _ column: [Double]?, to linearPredictor: inout [Double], coefficient: (_ row: Int) -> Double
  ) {
    if let column {
      for row in linearPredictor.indices { linearPredictor[row] += coefficient(row) * column[row] }
    } else {
      for row in linearPredictor.indices { linearPredictor[row] += coefficient(row) }
    }
  }

  private static func drawCounts(
    _ linearPredictor: [Double], from stream: RandomStream
  ) throws(GenerationError) -> [Double] {
    var counts: [Double] = []
    counts.reserveCapacity(linearPredictor.count)
    for (row, value) in linearPredictor.enumerated() {
      let mean = exp(value)
      guard mean <= largestMean else {
        throw GenerationError(
          "counts too large: row \(row + 1) has a mean beyond 1e15, the most that can be drawn."
        )
      }
      counts.append(stream.poisson(mean: mean))
    }
    return counts
  }
}

/// The random streams of one replicate.
private struct Streams {
  let generator: RandomGenerator
  let seed: UInt64
  let scenario: String
  let replicate: UInt64

  func stream(_ purpose: StreamPurpose) throws(GenerationError) -> RandomStream {
    do {
      return try RandomStream(
        generator: generator, seed: seed, scenario: scenario, replicate: replicate,
        purpose: purpose)
    } catch {
      throw GenerationError("no random stream: \(error).")
    }
  }
}
