import ArgumentParser

struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Write one simulated data set of a scenario as CSV.")

  mutating func run() throws {
    throw CleanExit.message("simulate is not part of this build.")
  }
}
