import ArgumentParser

struct Call: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "The documented spreadsheet function GLMM_POISSON, as JSON.")

  mutating func run() throws {
    throw CleanExit.message("call is not part of this build.")
  }
}
