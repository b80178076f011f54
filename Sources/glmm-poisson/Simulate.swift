import ArgumentParser
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson simulate`: data sets as CSV, of a scenario or from a fitted model.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Write simulated data sets as CSV, of a scenario or from a fitted model.",
    discussion: """
      Of a scenario: the columns are y, the covariates (a contrast for each level but the first), \
      group (1, 2, ...) and, if the scenario has one, exposure. The data set is the one that \
      'study run' gives to every method in that replicate. Where the scenario has a grid, --cell \
      names the combination.

      From a fitted model: --like takes what 'fit --save' wrote, for the rows that it was fitted \
      to or those of --data; or what 'fit --format json' wrote, with the rows in --data. The \
      columns are those that the formula uses, the response with new counts; rows with a missing \
      value are left out, and a row that counts several times by --weights stands as often. \
      Fixed effects and the SDs of the random effects are the fit's posterior means (of the log \
      SDs), a parametric bootstrap, and so are correlations (the tanh of the mean of their \
      atanh); with --posterior all of them are drawn from the posterior for each data set, for \
      which a model without a saved fit is fitted again.

      --groups says whose random effects the counts have:

        new  groups that are drawn anew, for every level of every grouping factor
        own  the groups that the model was fitted to, as use.u = TRUE in lme4:
             their effects at the posterior means or, with --posterior, drawn
             together with the fixed effects from their joint posterior. Rows of
             other groups are an error, and a model without a saved fit is fitted
             again

      Numbers are written so that the same double is read back. With --replicates the file has \
      several data sets, one below the other, and a first column 'replicate'.
      """)

  @Argument(help: "A scenario file.", completion: .file())
  var scenario: String?

  @Option(help: ArgumentHelp("The scenario of a file with 'vary'.", valueName: "name"))
  var cell: String?

  @Option(
    help: ArgumentHelp(
      "Simulate from this fit, which 'fit' saved or wrote as JSON.", valueName: "file"),
    completion: .file())
  var like: String?

  @Option(
    help: ArgumentHelp(
      "The data to simulate new counts for; a saved fit has its own.", valueName: "data.csv"),
    completion: .file(extensions: ["csv"]))
  var data: String?

  @OptionGroup(title: "How the data are written") var dataFormat: DataFormatArguments

  @Flag(help: "Draw the parameters from the posterior for each data set.")
  var posterior = false

  @Option(help: "The groups whose random effects the counts have: new or own.")
  var groups: SimulatedGroups?

  @Option(help: "The seed of a simulation from a fit; a scenario has its own. (default: 1)")
  var seed: UInt64?

  @Option(help: "Number of the replicate, counted from 0; of the first with --replicates.")
  var replicate = 0

  @Option(help: "How many replicates to write, with a column that numbers them.")
  var replicates: Int?

  @Option(help: ArgumentHelp("File to write, or - for standard output.", valueName: "file"))
  var out: String

  /// A larger file is of no use, and its rows would have to be held in memory.
  private static let maximumRows = 20_000_000

  mutating func validate() throws {
    guard (scenario == nil) != (like == nil) else {
      throw ValidationError("Give either a scenario file or --like with a fit.")
    }
    if like == nil {
      guard data == nil, !posterior, seed == nil, groups == nil else {
        throw ValidationError("--data, --posterior, --groups and --seed go with --like.")
      }
      guard dataFormat.format == CSVFormat() else {
        throw ValidationError("--separator, --decimal, --encoding and --na go with --data.")
      }
    } else {
      guard cell == nil else { throw ValidationError("--cell goes with a scenario file.") }
    }
    guard (0...Self.mostReplicates).contains(replicate) else {
      throw ValidationError("--replicate is a whole number from 0.")
    }
    guard (1...Self.mostReplicates).contains(replicates ?? 1) else {
      throw ValidationError("--replicates is a whole number from 1 to \(Self.mostReplicates).")
    }
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a file, or -.") }
  }

  private static let mostReplicates = 100_000_000

  mutating func run() throws {
    try reportingFailures {
      if let input = [scenario, like, data].compactMap({ $0 }).first(where: { isSameFile(out, $0) })
      {
        let kind = input == scenario ? "scenario" : input == like ? "fit" : "data"
        throw CommandFailure(.wrongUsage, "--out would overwrite the \(kind) in '\(input)'.")
      }
      let text = try text(of: try like.map(fromFit) ?? ofScenario())
      if out == "-" {
        try StandardOutput.write(text)
      } else {
        try AtomicFile.write(text, to: out)
      }
    }
  }

  /// Gives the table of a replicate.
  private typealias Source = (_ replicate: Int) throws -> SimulatedTable

  private func ofScenario() throws -> Source {
    let file = scenario ?? ""
    let scenario =
      try cell.map { try ScenarioFile.load(file: file, cell: $0) } ?? ScenarioFile.load(file: file)
    let generator = CommandPrograms().generator(scenario)
    return { replicate in
      do {
        return SimulatedTable(try generator.dataSet(replicate: replicate).data)
      } catch let error as any CommandError {
        throw error
      } catch {
        throw CommandFailure(
          .badData, "There is no data set of replicate \(replicate): \(error)")
      }
    }
  }

  private func fromFit(_ fit: String) throws -> Source {
    let draws = SimulationDraws(
      parameters: posterior, groups: groups ?? .new, seed: seed ?? 1)
    if SavedFitFile.isOne(fit) {
      let simulation = try SavedFitSimulation(
        fit, rows: data, format: dataFormat.format, groups: draws.groups)
      let generator = try simulation.generator(draws)
      return { simulation.table(of: try generator.replicate($0)) }
    }
    guard let data else { throw ValidationError("--like needs --data, the rows to simulate.") }
    let simulation = try FittedModelSimulation(
      fit: fit, data: data, format: dataFormat.format)
    let generator = try simulation.generator(draws)
    return { simulation.table(of: try generator.replicate($0)) }
  }

  private func text(of source: Source) throws -> String {
    guard let replicates else {
      let table = try source(replicate)
      return CountsCSV.header(table.names) + CountsCSV.rows(table)
    }
    var text = ""
    var rows = 0
    for number in replicate..<replicate + replicates {
      let table = try source(number)
      if text.isEmpty {
        guard !table.names.contains("replicate") else {
          throw CommandFailure(
            .badData, "--replicates adds a column 'replicate', and the data have one of that name.")
        }
        text = CountsCSV.header(["replicate"] + table.names)
      }
      rows += table.rowCount
      guard rows <= Self.maximumRows else {
        throw CommandFailure(
          .wrongUsage,
          "With so many --replicates the file would have more than \(Self.maximumRows) rows.")
      }
      text += CountsCSV.rows(table, replicate: number)
    }
    return text
  }
}

extension GenerationError: CommandError {
  var exitStatus: ExitStatus { .badData }
}
