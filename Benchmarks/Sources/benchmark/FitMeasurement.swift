import Foundation
import PoissonGLMM
import SimulationStudy

/// What the fits of one data set under one approximation cost. Measured in a process of its own, so
/// that peaks of memory do not mix.
struct FitMeasurement: Codable {
  /// Fits with a given number of threads.
  struct Fits: Codable {
    let threads: Int
    /// Median seconds a fit, the model being built already.
    let seconds: Double
    /// Median ratio of a fit to a bare pass of the same round, for each kind of pass.
    let passes: [Double]
    /// Median ratio of the fit with the first number of threads to this one, of the same round.
    let speedUp: Double
    /// Bytes resident at the peak of a fit beyond those of the process without data.
    let peakBytes: Int?
  }

  let benchmarkCase: BenchmarkCase
  let approximation: Approximation
  let iterations: Int
  let converged: Bool
  /// From columns to a model that can be fitted: checks, sorting by group, diagnostics.
  let buildSeconds: Double
  /// At the peak of building, the columns themselves included.
  let buildPeakBytes: Int?
  /// Median seconds of a bare pass, for each kind.
  let passSeconds: [Double]
  /// Rounds that medians are over.
  let rounds: Int
  let fits: [Fits]

  /// The bytes of a fit's peak that are not results, relative to the data's own; nil where the data
  /// are too small to be told from the process.
  func relativePeak(_ fits: Fits) -> Double? {
    guard let peak = fits.peakBytes, benchmarkCase.dataBytes >= 4_000_000 else { return nil }
    return Double(peak - benchmarkCase.resultBytes) / Double(benchmarkCase.dataBytes)
  }

  /// A round is: bare passes, then one fit with each number of threads.
  static func measure(
    _ benchmarkCase: BenchmarkCase, _ approximation: Approximation, threads: [Int], seconds: Double
  ) throws -> FitMeasurement {
    try warmUp(benchmarkCase.design, approximation, threads: threads)
    let memory = MemoryMeter()
    let build = try build(benchmarkCase, memory)

    // Memory is that of the first fits, while nothing but the model is there.
    var peaks: [Int?] = []
    var summary: OptimizationSummary?
    var firstSeconds = 0.0
    for count in threads {
      memory.begin()
      firstSeconds += try secondsTaken {
        summary = try build.model.fit(
          FitOptions(approximation: approximation, threads: count)
        ).optimization
      }
      peaks.append(memory.peakBeyondStart)
    }

    let limits = RoundLimits(seconds: seconds, fewest: firstSeconds > 5 ? 1 : 3, most: 1000)
    let times = try RoundTimes.measure(
      build.model, approximation, pass: BarePass(try benchmarkCase.data()), threads: threads,
      limits: limits)
    return FitMeasurement(
      benchmarkCase: benchmarkCase, approximation: approximation,
      iterations: summary?.iterations ?? 0, converged: summary?.converged ?? false,
      buildSeconds: build.seconds, buildPeakBytes: build.peak,
      passSeconds: times.passes.map(\.median), rounds: times.fits[0].count,
      fits: threads.indices.map { k in
        Fits(
          threads: threads[k], seconds: times.fits[k].median,
          passes: times.passes.map { ratios(times.fits[k], $0).median },
          speedUp: ratios(times.fits[0], times.fits[k]).median, peakBytes: peaks[k])
      })
  }

  /// Fits other, small data, so that what a process loads and sets up once is there before anything
  /// is measured.
  private static func warmUp(
    _ design: BenchmarkDesign, _ approximation: Approximation, threads: [Int]
  ) throws {
    let model = try BenchmarkCase.small(design).data(replicate: 1)
      .model(design.family.family)
    for count in threads {
      _ = try model.fit(FitOptions(approximation: approximation, threads: count))
    }
  }

  /// The columns that the model is built from are gone when this returns.
  private static func build(
    _ benchmarkCase: BenchmarkCase, _ memory: MemoryMeter
  ) throws -> (model: PoissonMixedModel, seconds: Double, peak: Int?) {
    let data = try benchmarkCase.data()
    memory.begin()
    var model: PoissonMixedModel?
    let elapsed = try secondsTaken {
      model = try data.model(benchmarkCase.design.family.family)
    }
    guard let model else { throw BenchmarkFailure("No model was built.") }
    return (model, elapsed, memory.peakBeyondStart)
  }

  private static func ratios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    zip(numerators, denominators).map { $0 / $1 }
  }
}

/// Peaks of resident memory beyond what the process had without data.
private final class MemoryMeter {
  private let start: Int?
  private var isFresh = false

  init() {
    _ = ProcessMemory.forgetPeak()
    start = ProcessMemory.resident
  }

  func begin() {
    isFresh = ProcessMemory.forgetPeak()
  }

  var peakBeyondStart: Int? {
    guard isFresh, let start, let peak = ProcessMemory.peak else { return nil }
    return peak - start
  }
}

/// Seconds by round.
private struct RoundTimes {
  /// For each kind of bare pass.
  var passes: [[Double]]
  /// For each number of threads.
  var fits: [[Double]]

  /// Passes are repeated until they take this long, so that the clock's own cost is nothing beside
  /// them.
  private static let shortestPasses = 2e-4

  static func measure(
    _ model: PoissonMixedModel, _ approximation: Approximation, pass: BarePass, threads: [Int],
    limits: RoundLimits
  ) throws -> RoundTimes {
    var pass = pass
    let kinds = BarePass.Kind.measured
    var repeats: [Int] = []
    for kind in kinds {
      try pass.check(kind)
      let once = secondsTaken { pass.run(kind) }
      repeats.append(max(1, Int((shortestPasses / max(once, 1e-8)).rounded(.up))))
    }
    var times = RoundTimes(
      passes: Array(repeating: [], count: kinds.count),
      fits: Array(repeating: [], count: threads.count))
    try limits.run {
      for k in kinds.indices {
        let elapsed = secondsTaken { for _ in 0..<repeats[k] { pass.run(kinds[k]) } }
        times.passes[k].append(elapsed / Double(repeats[k]))
      }
      for k in threads.indices {
        let options = FitOptions(approximation: approximation, threads: threads[k])
        times.fits[k].append(try secondsTaken { _ = try model.fit(options) })
      }
    }
    return times
  }
}
