import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// A data set to fit, named by its design and its number of rows: `intercept-10000`.
///
/// Groups have 10 rows each. The data are a function of the name and the replicate alone.
struct BenchmarkCase: Sendable, Equatable, Codable {
  enum Design: String, CaseIterable, Codable {
    /// p = 3 (intercept, a row-level covariate, a group-level covariate), random intercept.
    case intercept
    /// The same with a random slope in the row-level covariate.
    case slope
    /// p = 50 (intercept, 49 row-level covariates), random intercept.
    case wide
  }

  static let rowsPerGroup = 10

  let design: Design
  let rows: Int

  var groups: Int { rows / Self.rowsPerGroup }
  var name: String { "\(design.rawValue)-\(rows)" }

  /// p
  var fixedCount: Int { covariates.count + 1 }
  /// q
  var randomCount: Int { random.count }

  /// The size of the data as numbers: count, p columns, q columns and the group, 8 bytes each.
  var dataBytes: Int { 8 * rows * (2 + fixedCount + randomCount) }
  /// The size of the results: mean and SD of every random effect.
  var resultBytes: Int { 16 * groups * randomCount }

  /// Counts are drawn with these coefficients and SDs: a mean count of about 2.
  private var mechanism: DataGeneratingMechanism {
    DataGeneratingMechanism(
      seed: 20_261_122, groups: groups, groupSize: .constant(Self.rowsPerGroup),
      covariates: covariates, fixed: fixed, random: random)
  }

  private var covariates: [Covariate] {
    let normal = Covariate.Distribution.normal(mean: 0, sd: 1)
    switch design {
    case .intercept, .slope:
      return [
        Covariate(name: "x1", distribution: normal),
        Covariate(name: "x2", distribution: normal, level: .group),
      ]
    case .wide:
      return (1...49).map { Covariate(name: "x\($0)", distribution: normal) }
    }
  }

  private var fixed: [DataGeneratingMechanism.Effect] {
    let intercept = DataGeneratingMechanism.Effect("Intercept", 0.5)
    switch design {
    case .intercept, .slope: return [intercept, .init("x1", 0.3), .init("x2", -0.4)]
    case .wide:
      return [intercept]
        + covariates.enumerated().map { .init($1.name, $0.isMultiple(of: 2) ? 0.05 : -0.05) }
    }
  }

  private var random: [DataGeneratingMechanism.Effect] {
    let intercept = DataGeneratingMechanism.Effect("Intercept", 0.5)
    return design == .slope ? [intercept, .init("x1", 0.3)] : [intercept]
  }

  /// Draws the data.
  func data(replicate: Int = 0) throws -> ClusteredCounts {
    let generator = DataGenerator(
      Scenario(name: "benchmark-\(name)", replicates: 1, data: .simulated(mechanism), methods: []))
    return try generator.dataSet(replicate: replicate).data
  }
}

extension BenchmarkCase: ExpressibleByArgument {
  init?(argument: String) {
    let parts = argument.split(separator: "-", maxSplits: 1)
    guard parts.count == 2, let design = Design(rawValue: String(parts[0])),
      let rows = Int(parts[1]), rows >= 2 * Self.rowsPerGroup, rows % Self.rowsPerGroup == 0,
      rows <= DataGeneratingMechanism.maximumRows
    else { return nil }
    self.init(design: design, rows: rows)
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

extension ClusteredCounts {
  /// The design columns of the named effects, an intercept among them being a column of ones.
  func columns(_ names: [String]) -> [DesignColumn] {
    names.compactMap(column)
  }

  /// The model of these data.
  func model() throws(ModelError) -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts, fixed: columns(fixedNames), random: columns(randomNames),
      grouping: Grouping(numbers: groupOfRow.map(Double.init)))
  }
}
