import Foundation
import PoissonGLMM
import SimulationStudy

/// What the fits of one data set under one approximation cost. Measured in a process of its own, so that peaks of memory
/// do not mix.
struct FitMeasurement: Codable {
  /// Fits with a given number of threads.
  struct Fits: Codable {
    let threads: Int
    /// Median seconds a fit, the model being built already.
    let seconds: Double
    /// Median ratios of a fit to a bare pass of the same round.
    let bestPasses: Double
    let baselinePasses: Double
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
  let instructions: BarePass.Instructions
  let bestPassSeconds: Double
  let baselinePassSeconds: Double
  /// Rounds that medians are over.
  let rounds: Int
  let fits: [Fits]

  /// The bytes of a fit's peak that are neither results nor process, relative to the data's own.
  func relativePeak(_ fits: Fits) -> Double? {
    fits.peakBytes.map {
      Double($0 - benchmarkCase.resultBytes) / Double(benchmarkCase.dataBytes)
    }
  }

  /// A round is: bare passes, then one fit with each number of threads.
  static func measure(
    _ benchmarkCase: BenchmarkCase, _ approximation: Approximation, threads: [Int], seconds: Double
  ) throws -> FitMeasurement {
    let memory = MemoryMeter()
    let build = try build(benchmarkCase, memory)

    // First fits warm up what is set up once, and measure memory while nothing but the model is there.
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
      buildSeconds: build.seconds, buildPeakBytes: build.peak, instructions: .best,
      bestPassSeconds: times.bestPass.median, baselinePassSeconds: times.baselinePass.median,
      rounds: times.bestPass.count,
      fits: threads.indices.map { k in
        Fits(
          threads: threads[k], seconds: times.fits[k].median,
          bestPasses: ratios(times.fits[k], times.bestPass).median,
          baselinePasses: ratios(times.fits[k], times.baselinePass).median,
          speedUp: ratios(times.fits[0], times.fits[k]).median, peakBytes: peaks[k])
      })
  }

  /// The columns that the model is built from are gone when this returns.
  private static func build(
    _ benchmarkCase: BenchmarkCase, _ memory: MemoryMeter
  ) throws -> (model: PoissonMixedModel, seconds: Double, peak: Int?) {
    let data = try benchmarkCase.data()
    memory.begin()
    var model: PoissonMixedModel?
    let elapsed = try secondsTaken { model = try data.model() }
    guard let model else { throw BenchmarkFailure("No model was built.") }
    return (model, elapsed, memory.peakBeyondStart)
  }

  private static func ratios(_ numerators: [Double], _ denominators: [Double]) -> [Double] {
    zip(numerators, denominators).map { $0 / $1 }
  }
}

/// Peaks of resident memory beyond what the process had without data.
private final class MemoryMeter {
  private let start = ProcessMemory.resident
  private var isFresh = false

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
  var bestPass: [Double] = []
  var baselinePass: [Double] = []
  /// For each number of threads.
  var fits: [[Double]]

  /// Passes are repeated until they take this long, so that the clock's own cost is nothing beside them.
  private static let shortestPasses = 2e-4

  static func measure(
    _ model: PoissonMixedModel, _ approximation: Approximation, pass: BarePass, threads: [Int],
    limits: RoundLimits
  ) throws -> RoundTimes {
    var pass = pass
    let best = BarePass.Instructions.best
    try pass.check(best)
    try pass.check(.baseline)
    let once = secondsTaken { pass.run(best) }
    let repeats = max(1, Int((shortestPasses / max(once, 1e-8)).rounded(.up)))

    var times = RoundTimes(fits: Array(repeating: [], count: threads.count))
    func passSeconds(_ instructions: BarePass.Instructions) -> Double {
      secondsTaken { for _ in 0..<repeats { pass.run(instructions) } } / Double(repeats)
    }
    try limits.run {
      times.bestPass.append(passSeconds(best))
      times.baselinePass.append(passSeconds(.baseline))
      for k in threads.indices {
        let options = FitOptions(approximation: approximation, threads: threads[k])
        times.fits[k].append(try secondsTaken { _ = try model.fit(options) })
      }
    }
    return times
  }
}
