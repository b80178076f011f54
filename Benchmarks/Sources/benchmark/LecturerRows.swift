import Foundation
import SimulationStudy

/// How many rows each lecturer has where every row draws one in proportion to a popularity, which
/// is gamma(1): a few have very many rows, and a few none.
///
/// Popularities and draws come from streams of `SimulationStudy`, as random effects and a
/// covariate: the public interface has no others.
struct LecturerRows {
  let lecturers: Int
  let rows: Int

  func draw() throws -> [Int] {
    var ends: [Double] = []
    for popularity in try popularities() { ends.append((ends.last ?? 0) + popularity) }
    var rowsOf = [Int](repeating: 0, count: lecturers)
    for uniform in try uniforms() {
      rowsOf[Self.first(of: ends, above: uniform * (ends.last ?? 0))] += 1
    }
    return rowsOf
  }

  /// Gamma effects are scaled to mean 0 and SD 1: with shape 1 they are gamma(1) less 1.
  private func popularities() throws -> [Double] {
    try drawn(
      "popularities", groups: lecturers, departures: Departures(randomEffects: .gamma(shape: 1))
    ).randomEffects.map { 1 + $0 }
  }

  /// On (0, 1), one a row.
  private func uniforms() throws -> [Double] {
    let covariate = Covariate(
      name: "u", distribution: .uniform(UniformRange(0, 1)))
    return try drawn("uniforms", groups: rows, covariates: [covariate])
      .data.column(covariate.name)?.values ?? []
  }

  /// Groups of one row each.
  private func drawn(
    _ what: String, groups: Int, covariates: [Covariate] = [],
    departures: Departures = Departures()
  ) throws -> SimulatedCounts {
    let mechanism = DataGeneratingMechanism(
      seed: 20_261_122, groups: groups, groupSize: .constant(1), covariates: covariates,
      fixed: [.init("Intercept", 0)], random: [.init("Intercept", 1)], departures: departures)
    return try DataGenerator(
      Scenario(
        name: "benchmark-lecturers-\(what)-\(rows)", replicates: 1, data: .simulated(mechanism),
        methods: [])
    ).dataSet(replicate: 0)
  }

  /// The index of the first of increasing numbers that is above `value`; the last if none is.
  private static func first(of ends: [Double], above value: Double) -> Int {
    var (lower, upper) = (0, ends.count - 1)
    while lower < upper {
      let middle = (lower + upper) / 2
      if ends[middle] > value { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
