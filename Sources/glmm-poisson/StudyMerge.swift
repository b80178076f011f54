import ArgumentParser
import Foundation
import PoissonGLMM
import SimulationStudy

/// `glmm-poisson study merge`: the shards of a study become one.
struct StudyMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Join the shards of a study and write its report.",
    discussion: """
      The directories are those of 'study run --shard', in any order; they are read and not \
      changed. The joined directory is that of a single run: the same measures.csv and \
      failures.csv, byte for byte. Its other files are the same but for the times of fits, the \
      machines, and the command with the directory's name. Refused are directories of different \
      scenarios or versions, replicates that are in two of them and, without --incomplete, \
      replicates that are in none.
      """)

  @Argument(help: "Directories with results.", completion: .directory)
  var directories: [String]

  @Option(
    help: ArgumentHelp("Directory for the joined study; made if it is not there.", valueName: "dir")
  )
  var out: String

  @Flag(help: "Join what there is, although replicates are missing.")
  var incomplete = false

  @Flag(help: "Delete the results and the report in the directory of --out first.")
  var fresh = false

  mutating func validate() throws {
    guard !out.isEmpty else { throw ValidationError("--out needs the name of a directory.") }
    guard !directories.contains(where: { isSameFile($0, out) }) else {
      throw ValidationError("--out is one of the directories to join; choose another.")
    }
  }

  mutating func run() throws {
    try reportingFailures {
      let directory = URL(fileURLWithPath: out, isDirectory: true)
      let shards = directories.map { URL(fileURLWithPath: $0, isDirectory: true) }
      try StudyFile.createDirectory(directory)
      let lock = try DirectoryLock(directory: directory)
      defer { withExtendedLifetime(lock) {} }
      if fresh { try StudyStore.startAnew(directory: directory) }
      let gaps = try StudyMerge.merge(
        shards, into: directory, packageVersion: packageVersion, allowingGaps: incomplete)
      for gap in gaps { StandardError.write(gap + "\n") }
      let store = try StudyStore.openForReading(directory: directory)
      let report = try StudyReport(
        store.study(), in: store,
        fallback: .current(packageVersion: packageVersion, workers: 1))
      if let complaint = try report.write(to: directory) { StandardError.write(complaint + "\n") }
      try StandardOutput.write(report.plainVerdict() + "\n")
    }
  }
}
