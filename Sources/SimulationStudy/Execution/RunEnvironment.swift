import Foundation
import GSLNumerics

/// The versions and the machine behind a study's numbers.
public struct RunEnvironment: Sendable, Equatable, Codable {
  let packageVersion: String
  /// The version of the compiler that built the package, for example `6.3`.
  let swiftVersion: String
  let gslVersion: String
  let processor: String
  let cores: Int
  let operatingSystem: String
  /// Fits that ran at the same time.
  let workers: Int

  private enum CodingKeys: String, CodingKey {
    case packageVersion = "package_version"
    case swiftVersion = "swift_version"
    case gslVersion = "gsl_version"
    case processor
    case cores
    case operatingSystem = "operating_system"
    case workers
  }

  /// This process on this machine.
  public static func current(packageVersion: String, workers: Int) -> RunEnvironment {
    RunEnvironment(
      packageVersion: packageVersion, swiftVersion: compiledSwiftVersion,
      gslVersion: GSL.version, processor: processorModel(),
      cores: ProcessInfo.processInfo.activeProcessorCount,
      operatingSystem: operatingSystemName(), workers: workers)
  }

  /// One description of several machines: each different text once, and the most cores and workers.
  /// - Returns: nil for no machine at all.
  static func combining(_ environments: [RunEnvironment]) -> RunEnvironment? {
    guard let first = environments.first else { return nil }
    func texts(_ text: (RunEnvironment) -> String) -> String {
      environments.map(text).reduce(into: [String]()) { texts, text in
        if !texts.contains(text) { texts.append(text) }
      }.joined(separator: ", ")
    }
    return RunEnvironment(
      packageVersion: texts(\.packageVersion), swiftVersion: texts(\.swiftVersion),
      gslVersion: texts(\.gslVersion), processor: texts(\.processor),
      cores: environments.map(\.cores).max() ?? first.cores,
      operatingSystem: texts(\.operatingSystem),
      workers: environments.map(\.workers).max() ?? first.workers)
  }

  /// A program cannot ask its compiler's version at run time; conditional compilation can.
  private static var compiledSwiftVersion: String {
    #if compiler(>=6.5)
      "6.5 or later"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #elseif compiler(>=6.1)
      "6.1"
    #else
      "6.0"
    #endif
  }

  private static func processorModel() -> String {
    value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown"
  }

  private static func operatingSystemName() -> String {
    value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=")
      ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// The value of the first `key SEPARATOR value` line of a text file, without quotes.
  private static func value(of key: String, in path: String, separator: Character) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == key else { continue }
      let quotesAndSpaces = CharacterSet.whitespaces.union(CharacterSet(charactersIn: "\""))
      let value = parts[1].trimmingCharacters(in: quotesAndSpaces)
      return value.isEmpty ? nil : value
    }
    return nil
  }
}
