import Foundation
import PoissonGLMM

@testable import SimulationStudy

/// A scenario file, with the grid that it may describe.
enum ScenarioTarget {
  static func read(_ bytes: [UInt8]) {
    FuzzTarget.attempt {
      for scenario in try ScenarioFile.scenarios(bytes: bytes, file: "scenario.yml").prefix(3) {
        _ = scenario.contentHash
      }
    }
  }
}

/// A line that a program answers: to the greeting, with a fit, with data.
enum AnswerTarget {
  static func read(_ bytes: [UInt8]) {
    let line = Data(bytes)
    FuzzTarget.attempt { _ = try CommandIntroduction.read(line) }
    FuzzTarget.attempt {
      _ = try CommandAnswer.result(
        line, request: 1, parameters: ["Intercept", "x", "log_sd(Intercept)", "log_sd(x)"],
        timesItself: false, exchangeSeconds: 1)
    }
    for hasTruth in [false, true] {
      FuzzTarget.attempt {
        _ = try GenerationAnswer.dataSet(line, request: 1, of: data, hasTruth: hasTruth)
      }
    }
  }

  private static let data = GeneratedData(
    seed: 1, covariates: ["x"], fixedNames: ["Intercept", "x"],
    random: [RandomStructure(factor: "group", terms: ["Intercept"])])
}

/// A baseline: its header, a byte of 0, and the table of its scenario `s`.
enum BaselineTarget {
  static func read(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    FuzzTarget.attempt {
      try Data(parts[0]).write(to: folder.appendingPathComponent(BaselineFiles.headerName))
      try Data(parts.count > 1 ? parts[1] : []).write(to: folder.appendingPathComponent("s.csv"))
      let study = try ComparedStudy(directory: folder)
      _ = try StudyComparison(baseline: study, current: study)
    }
  }

  private static let folder: URL = {
    let parent = URL(fileURLWithPath: "/dev/shm")
    let folder = parent.appendingPathComponent("fuzz-\(ProcessInfo.processInfo.processIdentifier)")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: BaselineTarget.folder) }
    return folder
  }()
}
