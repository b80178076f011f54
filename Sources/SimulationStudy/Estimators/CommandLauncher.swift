import Foundation
import PoissonGLMM
import Synchronization

/// Starts a shell for another program.
enum CommandLauncher {
  /// With one thread each, as this project's own fits have: as many programs run as there are
  /// workers.
  private static let threadVariables = [
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
  ]

  /// One program is started at a time: between the making of a pipe and the mark that others shall
  /// not inherit it no other program may start.
  private static let turn = Mutex(())

  /// Starts `/bin/sh -c TEXT` as the first process of a new group, which a terminal's interruption
  /// does not reach, with signals as they are by default.
  /// - Parameters:
  ///   - directory: where it works; nil for this process's working directory.
  ///   - family: the mark that it and all that it starts get.
  /// - Returns: its number, and the pipes that are its standard input, output and error; all ends
  ///   are open.
  /// - Throws: `ProgramError`.
  static func start(
    _ text: String, directory: String?, family: ProcessFamily
  ) throws(ProgramError) -> (pid_t, CommandPipe, CommandPipe, CommandPipe) {
    try turn.withLock { _ throws(ProgramError) in
      let pipes = (try CommandPipe(), try CommandPipe(), try CommandPipe())
      let processID = try spawn(
        directory.map { "cd \(ShellWord.quoted($0)) || exit; " + text } ?? text,
        family: family, descriptors: [pipes.0.reading, pipes.1.writing, pipes.2.writing])
      return (processID, pipes.0, pipes.1, pipes.2)
    }
  }

  /// - Parameter descriptors: those that become its standard input, output and error.
  private static func spawn(
    _ text: String, family: ProcessFamily, descriptors: [Int32]
  ) throws(ProgramError) -> pid_t {
    #if canImport(Darwin)
      var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?) = (nil, nil)
    #else
      var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (standard, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(standard))
    }
    var (usual, blocked) = (sigset_t(), sigset_t())
    sigemptyset(&usual)
    for number in [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGXFSZ] { sigaddset(&usual, number) }
    sigemptyset(&blocked)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

    var environment = ProcessInfo.processInfo.environment
    for name in threadVariables where environment[name] == nil { environment[name] = "1" }
    environment[ProcessFamily.variable] = family.mark(after: environment[ProcessFamily.variable])
    var arguments: [UnsafeMutablePointer<CChar>?] = (["sh", "-c", text] as [String]).map {
      strdup($0)
    }
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
    defer { for pointer in arguments + variables { free(pointer) } }
    arguments.append(nil)
    variables.append(nil)
    var processID: pid_t = 0
    let code = posix_spawn(&processID, "/bin/sh", &actions, &attributes, arguments, variables)
    guard code == 0 else {
      throw .broken("/bin/sh cannot be started: \(String(cString: strerror(code)).lowercased()).")
    }
    return processID
  }
}

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
