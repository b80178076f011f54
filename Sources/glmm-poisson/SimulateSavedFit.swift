import PoissonGLMM
import SimulationStudy

/// New counts from a saved fit: `simulate --like FILE`, of the rows that the file has or of others.
struct SavedFitSimulation {
  private let saved: SavedFit
  private let design: SimulationDesign
  private let otherColumns: [DataColumn]

  /// - Parameters:
  ///   - rows: the file with the rows to simulate; nil for those of the fit.
  ///   - format: how that file is written.
  ///   - groups: whether their groups have to be those of the fit.
  init(_ path: String, rows: String?, format: CSVFormat, groups: SimulatedGroups) throws {
    saved = try SavedFitFile.read(path)
    guard saved.converged else {
      throw CommandFailure(
        .badData, "\(path): the fit has not converged, and its numbers are not to be trusted.")
    }
    guard let rows else {
      design = SimulationDesign(saved.frame)
      otherColumns = saved.frame.columnsBesideResponse
      return
    }
    let table = try CSVReader.read(
      path: rows, columns: saved.frame.columnRequests(on: .count), format: format)
    let new = try saved.frame.predictionRows(of: table, model: saved.model)
    if groups == .own { try saved.frame.requireSeenLevels(of: new, in: table) }
    design = SimulationDesign(new, of: saved.model, keepsLevels: groups == .own)
    otherColumns = saved.frame.columnNames.dropFirst().compactMap { table.labels(named: $0) }
  }

  func generator(_ draws: SimulationDraws) throws -> FittedModelGenerator {
    let means = saved.means
    guard draws.groups == .own else {
      return try FittedModelGenerator(
        design: design,
        posterior: draws.parameters
          ? saved.posterior
          : Posterior(
            fixedEffects: means.fixedEffects, logSDs: means.logSDs,
            partialCorrelations: means.partialCorrelations,
            familyParameters: means.familyParameters),
        family: saved.model.family, seed: draws.seed)
    }
    let effects = try SeenEffects(saved)
    return FittedModelGenerator(
      design: design, effects: effects, means: draws.parameters ? nil : effects.means,
      family: saved.model.family, seed: draws.seed)
  }

  func table(of replicate: FittedModelGenerator.Replicate) -> SimulatedTable {
    SimulatedTable(
      names: saved.frame.columnNames, columns: [.numeric(replicate.counts)] + otherColumns)
  }
}
