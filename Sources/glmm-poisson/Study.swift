import ArgumentParser
import SimulationStudy

/// `glmm-poisson study`: the subcommands are in files of their own.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study", abstract: "Run and judge simulation studies.",
    subcommands: [
      StudyRun.self, StudyMergeCommand.self, StudyReportCommand.self, StudyCheck.self,
      StudyReplay.self, StudyExportCommand.self, StudyPower.self, StudySubmit.self,
      StudyCompare.self,
      StudyBaseline.self,
    ])
}

extension ScenarioError: CommandError {
  var exitStatus: ExitStatus {
    switch kind {
    case .invalid: .badData
    case .noSuchFile: .noSuchFile
    case .unreadable: .inputOutput
    }
  }
}

extension StoreError: CommandError {
  var exitStatus: ExitStatus {
    switch kind {
    case .missing: .noSuchFile
    case .unusable: .badData
    case .inputOutput: .inputOutput
    }
  }
}

extension StudyError: CommandError {
  var exitStatus: ExitStatus {
    switch kind {
    case .inconsistent: .internalError
    case .missingFile: .noSuchFile
    case .malformed: .badData
    case .unreadable, .unwritable: .inputOutput
    }
  }
}

/// - Throws: `CommandFailure` where a scenario cannot be divided into shards.
func refuseShards(of scenarios: [Scenario]) throws(CommandFailure) {
  guard let scenario = scenarios.first(where: { $0.precision != nil }) else { return }
  throw CommandFailure(
    .wrongUsage,
    "Scenario '\(scenario.name)' cannot be divided into shards: it has a 'precision', which stops "
      + "it by what all of its replicates say. Run it whole, or give it a number of replicates and "
      + "no precision."
  )
}

extension CommandProgramError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
