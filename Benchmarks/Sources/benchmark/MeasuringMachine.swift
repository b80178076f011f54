import Foundation

/// Where figures come from: printed above every table.
enum MeasuringMachine {
  /// Processor, cores, compiler and the load when the measurement began, in one line.
  static var line: String {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return "\(processor), \(cores) cores; Swift \(swiftVersion), release build; "
      + "load average at the start \(loadAverage)."
  }

  static var processor: String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
      let name = line.split(separator: ":", maxSplits: 1).last
    else { return "Unknown processor" }
    return name.trimmingCharacters(in: .whitespaces)
  }

  /// The compiler's version as far as a program can tell it at compile time.
  private static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
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

  private static var loadAverage: String {
    var loads = [0.0]
    return getloadavg(&loads, 1) == 1 ? String(format: "%.2f", loads[0]) : "unknown"
  }
}
