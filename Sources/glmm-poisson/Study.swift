import ArgumentParser

struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study", abstract: "Run and judge simulation studies.")

  mutating func run() throws {
    throw CleanExit.message("study is not part of this build.")
  }
}
