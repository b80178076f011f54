import Foundation

/// What a study will take, from a few replicates that are timed.
///
/// Scenarios are tried in an order that spreads over all of them, one replicate each and then up to
/// three, until the time for it is over; the time and space of those that were not reached is taken
/// for the mean of the others. Nothing is kept.
package struct StudyForecast: Sendable {
  /// One scenario.
  package struct Row: Sendable, Equatable {
    package let scenario: String
    package let replicates: Int
    package let fits: Int
    /// Replicates that were timed.
    package let tried: Int
    /// Of the fits tried, those that failed.
    package let failed: Int
    /// Of one replicate with all methods, on one core.
    package let secondsPerReplicate: Double
    /// Of one replicate in the store.
    package let bytesPerReplicate: Double

    /// On one core.
    var seconds: Double { secondsPerReplicate * Double(replicates) }
  }

  package let rows: [Row]
  package let workers: Int

  package var fits: Int { rows.reduce(0) { $0 + $1.fits } }
  package var replicates: Int { rows.reduce(0) { $0 + $1.replicates } }
  package var tried: Int { rows.reduce(0) { $0 + $1.tried } }
  /// With all workers.
  package var seconds: Double { rows.reduce(0) { $0 + $1.seconds } / Double(workers) }
  /// Of the store.
  package var bytes: Double {
    rows.reduce(Self.bytesOfStore) { $0 + $1.bytesPerReplicate * Double($1.replicates) }
  }

  /// Tables, indices and the texts of the scenarios.
  private static let bytesOfStore = 60_000.0
  /// Of a fit beside its numbers: keys, seconds, iterations, references and its part of a checksum
  /// and of a page that is not full.
  private static let bytesPerFit = 46.0
  private static let mostTried = 3

  /// - Parameters:
  ///   - seconds: after so long no other replicate is begun.
  ///   - isInterrupted: asked before every replicate.
  package init(
    _ scenarios: [Scenario], runner: StudyRunner, workers: Int, seconds: Double,
    isInterrupted: () -> Bool = { false }
  ) {
    self.workers = max(1, workers)
    let clock = ContinuousClock()
    let start = clock.now
    var spent = [Double](repeating: 0, count: scenarios.count)
    var bytes = spent
    var tried = [Int](repeating: 0, count: scenarios.count)
    var failed = tried
    let order = Self.spread(scenarios.count)
    trying: for replicate in 0..<Self.mostTried {
      for index in order where scenarios[index].replicates > replicate {
        let isOver = (clock.now - start) / .seconds(1) > seconds
        if isInterrupted() || (isOver && tried.contains { $0 > 0 }) { break trying }
        let before = clock.now
        let records = runner.records(of: replicate, scenario: scenarios[index])
        spent[index] += (clock.now - before) / .seconds(1)
        tried[index] += 1
        for record in records {
          bytes[index] += Self.bytesPerFit
          if case .fitted(let result) = record.outcome {
            bytes[index] += Double(FitLayout.encode(result).count)
          }
          if case .failed = record.usability { failed[index] += 1 }
        }
      }
    }
    let all = Double(max(1, tried.reduce(0, +)))
    let (meanSeconds, meanBytes) = (spent.reduce(0, +) / all, bytes.reduce(0, +) / all)
    rows = scenarios.indices.map { index in
      let own = Double(tried[index])
      return Row(
        scenario: scenarios[index].name, replicates: scenarios[index].replicates,
        fits: scenarios[index].replicates * scenarios[index].methods.count, tried: tried[index],
        failed: failed[index],
        secondsPerReplicate: tried[index] > 0 ? spent[index] / own : meanSeconds,
        bytesPerReplicate: tried[index] > 0 ? bytes[index] / own : meanBytes)
    }
  }

  /// 0 ..< count, so that the first few are far from each other: by the bits of the number in
  /// reverse.
  static func spread(_ count: Int) -> [Int] {
    var bits = 0
    while 1 << bits < count { bits += 1 }
    return (0..<(1 << bits)).map { number in
      (0..<bits).reduce(0) { $0 | (number >> $1 & 1) << (bits - 1 - $1) }
    }.filter { $0 < count }
  }

  /// A table of the scenarios that take longest, under what all take together.
  package func text(mostRows: Int = 20) -> String {
    let shown = rows.sorted { $0.seconds > $1.seconds }.prefix(mostRows)
    var text =
      "\(NumberText.count(rows.count, "scenario")), \(NumberText.count(replicates, "replicate")), "
      + "\(NumberText.count(fits, "fit")): some \(Self.duration(seconds)) with "
      + "\(NumberText.count(workers, "worker")), and \(Self.size(bytes)) of results.\n"
      + "From \(NumberText.count(tried, "replicate")) that were tried; nothing was kept.\n"
    let missing = rows.count { $0.tried == 0 }
    if missing > 0 {
      text +=
        "\(NumberText.count(missing, "scenario")) could not be tried in time; they count as the "
        + "mean of the others.\n"
    }
    let failures = rows.reduce(0) { $0 + $1.failed }
    if failures > 0 { text += "\(NumberText.count(failures, "fit")) of them failed.\n" }
    let lines =
      [["scenario", "replicates", "fits", "a replicate", "all, on one core"]]
      + shown.map {
        [
          $0.scenario, String($0.replicates), String($0.fits),
          Self.duration($0.secondsPerReplicate), Self.duration($0.seconds),
        ]
      }
    text += "\n" + AlignedColumns.lines(lines) { $0 > 0 }.map { $0 + "\n" }.joined()
    if rows.count > shown.count { text += "... and \(rows.count - shown.count) that take less.\n" }
    return text
  }

  /// Two significant digits in the unit that suits.
  static func duration(_ seconds: Double) -> String {
    for (unit, size) in [("days", 86_400.0), ("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3)]
    where seconds >= 2 * size || unit == "ms" {
      return "\(twoDigits(seconds / size)) \(unit)"
    }
    return ""
  }

  static func size(_ bytes: Double) -> String {
    for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
    where bytes >= size || unit == "kB" {
      return "\(twoDigits(bytes / size)) \(unit)"
    }
    return ""
  }

  private static func twoDigits(_ value: Double) -> String {
    value >= 10 ? String(Int(value.rounded())) : String(format: "%.1f", value)
  }
}
