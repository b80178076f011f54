import ArgumentParser

struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a model to a CSV file.")

  mutating func run() throws {
    throw CleanExit.message("fit is not part of this build.")
  }
}
