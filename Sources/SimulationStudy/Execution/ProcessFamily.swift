import Foundation

/// A process and all that it starts, directly or not. A process may leave its group and its parents
/// (`setsid`, a daemon), but keeps the environment that it was born with: the family is known by a
/// mark in it. Where there is no `/proc`, as on Darwin, nobody is found.
struct ProcessFamily: Sendable {
  /// The variable with the mark.
  static let variable = "GLMM_POISSON_PROGRAM"
  /// A process that is found and ended may just have started another one, which is found in the
  /// next round.
  private static let rounds = 5

  private let name = UUID().uuidString

  /// The value of the variable for the first of the family.
  /// - Parameter outer: the value in this process, which may itself belong to a family.
  func mark(after outer: String?) -> String { outer.map { $0 + ":" + name } ?? name }

  /// Ends all of the family.
  func end() {
    for _ in 0..<Self.rounds {
      let members = members()
      if members.isEmpty { return }
      for member in members { kill(member, SIGKILL) }
    }
  }

  /// Those that run; a process that has ended has no environment any more.
  private func members() -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let mark = Data(name.utf8)
    return entries.compactMap { pid_t($0) }.filter { process in
      guard process != getpid(),
        let environment = FileManager.default.contents(atPath: "/proc/\(process)/environ")
      else { return false }
      return environment.range(of: mark) != nil
    }
  }
}
