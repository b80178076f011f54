import Foundation
import PoissonGLMM
import SimulationStudy

/// Counts of groups whose effects are minus the logs of exponential variables, centred and scaled:
/// a long tail of large groups, which the model that is fitted does not know.
struct SkewedGroups: DataSetGenerator {
  let scenario: String
  let data: GeneratedData
  let groups: Int
  let rows: Int
  let mean: Double
  let sd: Double

  func dataSet(replicate: Int) throws -> SimulatedCounts {
    // The data of a replicate follow from its seed alone.
    var random = SplitMix(state: UInt64(data.seed(scenario: scenario, replicate: replicate)))
    var counts: [Double] = []
    var groupOfRow: [Int] = []
    for group in 0..<groups {
      // A Gumbel variable has the mean 0.5772 and the standard deviation pi / sqrt(6).
      let gumbel = -log(-log(random.uniform()))
      let effect = sd * (gumbel - 0.5772156649015329) / (.pi / 6.0.squareRoot())
      for _ in 0..<rows {
        counts.append(random.poisson(exp(mean + effect)))
        groupOfRow.append(group)
      }
    }
    return SimulatedCounts(
      data: ClusteredCounts(
        counts: counts, groupOfRow: groupOfRow, covariates: [], exposure: nil,
        fixedNames: data.fixedNames, randomNames: ["Intercept"]))
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014): enough for an example.
struct SplitMix {
  var state: UInt64

  /// Above 0 and below 1.
  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return (Double((z ^ (z >> 31)) >> 12) + 0.5) / 4_503_599_627_370_496
  }

  /// By counting exponential waiting times.
  mutating func poisson(_ mean: Double) -> Double {
    var count = -1.0
    var time = 0.0
    while time < mean {
      time -= log(uniform())
      count += 1
    }
    return count
  }
}
