import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// A data set to fit, named by its design and its number of rows: `intercept-10000`.
///
/// The data are a function of the name and the replicate alone.
struct BenchmarkCase: Sendable, Equatable, Codable {
  let design: BenchmarkDesign
  let rows: Int

  var name: String { "\(design.rawValue)-\(rows)" }

  /// p
  var fixedCount: Int { mechanism.fixed.count }

  /// The size of the data as numbers, 8 bytes each: count and p columns, and for each grouping
  /// factor the level and a column for each term.
  var dataBytes: Int {
    8 * rows * (1 + fixedCount + mechanism.randomFactors.reduce(0) { $0 + 1 + $1.effects.count })
  }

  /// The size of the results: mean and SD of every random effect.
  var resultBytes: Int {
    let effects = zip(design.levels(rows: rows), mechanism.randomFactors)
    return 16 * effects.reduce(0) { $0 + $1.0 * $1.1.effects.count }
  }

  /// Small data of the same design, to warm up with.
  static func small(_ design: BenchmarkDesign) -> BenchmarkCase {
    BenchmarkCase(design: design, rows: design == .crossed ? 300 : 200)
  }

  private var mechanism: DataGeneratingMechanism { design.mechanism(rows: rows) }

  /// Draws the data.
  func data(replicate: Int = 0) throws -> ClusteredCounts {
    var mechanism = mechanism
    if design == .insteval {
      let lecturers = LecturerRows(lecturers: design.levels(rows: rows)[1], rows: rows)
      mechanism = design.mechanism(rows: rows, lecturerRows: try lecturers.draw())
    }
    let generator = DataGenerator(
      Scenario(name: "benchmark-\(name)", replicates: 1, data: .simulated(mechanism), methods: []))
    let data = try generator.dataSet(replicate: replicate).data
    return design == .row ? data.numberingRows : data
  }
}

extension BenchmarkCase {
  /// What an option that takes data sets says about them.
  static let help = """
    Data sets, DESIGN-ROWS, where DESIGN is \
    \(BenchmarkDesign.allCases.map(\.rawValue).joined(separator: ", ")).
    """

  /// The data set that a command line names.
  static func named(_ argument: String) throws -> BenchmarkCase {
    let parts = argument.split(separator: "-", maxSplits: 1)
    guard let first = parts.first, let design = BenchmarkDesign(rawValue: String(first)) else {
      let names = BenchmarkDesign.allCases.map { "\($0.rawValue)-ROWS" }.joined(separator: ", ")
      throw ValidationError("There is no data set '\(argument)'; there are \(names).")
    }
    guard parts.count == 2, let rows = Int(parts[1]), design.hasData(rows: rows) else {
      throw ValidationError(
        "There is no data set '\(argument)'; rows of \(design.rawValue) are \(design.rowsInWords).")
    }
    return BenchmarkCase(design: design, rows: rows)
  }
}

extension Approximation {
  /// The approximation that a command line names.
  static func named(_ argument: String) throws -> Approximation {
    guard let approximation = Approximation(rawValue: argument) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("There is no approximation '\(argument)'; there are \(names).")
    }
    return approximation
  }
}
