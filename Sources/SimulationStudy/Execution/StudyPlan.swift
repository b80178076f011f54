/// The work of a study, cut into batches: a few replicates of one scenario each.
struct StudyPlan: Sendable {
  struct Batch: Sendable, Equatable {
    /// Position in `scenarios`.
    let scenario: Int
    let replicates: Range<Int>
  }

  let scenarios: [Scenario]
  private let batchSizes: [Int]
  /// For each scenario, the number of batches before its own.
  private let batchesBefore: [Int]
  let batchCount: Int

  /// Long enough to make the exchange between workers cheap, short enough to keep all busy to the end.
  private static let largestBatch = 16

  init(scenarios: [Scenario], workers: Int) {
    self.scenarios = scenarios
    batchSizes = scenarios.map { min(Self.largestBatch, max(1, $0.replicates / (4 * workers))) }
    var before: [Int] = []
    var count = 0
    for (scenario, size) in zip(scenarios, batchSizes) {
      before.append(count)
      count += (scenario.replicates + size - 1) / size
    }
    batchesBefore = before
    batchCount = count
  }

  /// The number of fits: one for each replicate and method.
  var fitCount: Int { scenarios.reduce(0) { $0 + $1.replicates * $1.methods.count } }

  /// Batches are numbered scenario by scenario, in the order of their replicates.
  func batch(_ index: Int) -> Batch {
    let scenario = batchesBefore.partitioningIndex { $0 > index } - 1
    let start = (index - batchesBefore[scenario]) * batchSizes[scenario]
    let end = min(start + batchSizes[scenario], scenarios[scenario].replicates)
    return Batch(scenario: scenario, replicates: start..<end)
  }
}

extension Array {
  /// The first position from which on `belongsAfter` holds, in an array where it holds for a suffix.
  fileprivate func partitioningIndex(_ belongsAfter: (Element) -> Bool) -> Int {
    var (lower, upper) = (0, count)
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if belongsAfter(self[middle]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }
}
