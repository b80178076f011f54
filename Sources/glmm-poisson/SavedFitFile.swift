import Foundation
import PoissonGLMM
import SimulationStudy

/// Files that `fit --save` writes.
enum SavedFitFile {
  /// - Throws: `CommandFailure` if there is no such file, or it holds no fit that can be read.
  static func read(_ path: String) throws(CommandFailure) -> SavedFit {
    guard !isDirectory(path) else {
      throw CommandFailure(.noSuchFile, "\(path): expected a file, found a directory.")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw CommandFailure(.noSuchFile, "There is no fit '\(path)' that can be read.")
    }
    let data: Data
    do {
      data = try handle.readToEnd() ?? Data()
    } catch {
      throw CommandFailure(.inputOutput, "Cannot read '\(path)'.")
    }
    do {
      return try SavedFit(bytes: Array(data))
    } catch {
      throw CommandFailure(.badData, "\(path): \(error.description)")
    }
  }

  /// Whether a file begins as a saved fit does.
  static func isOne(_ path: String) -> Bool {
    guard !isDirectory(path), let handle = FileHandle(forReadingAtPath: path),
      let start = try? handle.read(upToCount: 64)
    else { return false }
    return SavedFit.begins(start)
  }
}

/// New counts from a saved fit: `simulate --like FILE`. The file has the data.
struct SavedFitSimulation {
  private let saved: SavedFit
  private let otherColumns: [DataColumn]

  init(_ path: String) throws(CommandFailure) {
    saved = try SavedFitFile.read(path)
    guard saved.converged else {
      throw CommandFailure(
        .badData, "\(path): the fit has not converged, and its numbers are not to be trusted.")
    }
    otherColumns = FittedModelSimulation.otherColumns(saved.frame.columnNames, saved.table)
  }

  /// - Parameter drawsParameters: whether parameters are drawn from the posterior for each data
  ///   set, rather than at its means.
  func generator(
    drawsParameters: Bool, seed: UInt64
  ) throws(GenerationError) -> FittedModelGenerator {
    let means = saved.means
    return try FittedModelGenerator(
      design: SimulationDesign(saved.frame),
      posterior: drawsParameters
        ? saved.posterior
        : Posterior(
          fixedEffects: means.fixedEffects, logSDs: means.logSDs,
          partialCorrelations: means.partialCorrelations),
      seed: seed)
  }

  func table(of replicate: FittedModelGenerator.Replicate) -> SimulatedTable {
    SimulatedTable(
      names: saved.frame.columnNames, columns: [.numeric(replicate.counts)] + otherColumns)
  }
}
