import Dispatch
import Synchronization

/// Why a program cannot be run, although it is there. `description` is one sentence.
public struct CommandProgramError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String
}

/// The other programs that a study runs. Their processes are shared by all scenarios, and end with the last
/// reference to this object and to its estimators at the latest.
public final class CommandPrograms: Sendable {
  private let isStopping: @Sendable () -> Bool
  private let pools = Mutex<[String: CommandPool]>([:])

  /// - Parameter isStopping: asked while a program is waited for; once it says true, nothing more is.
  public init(isStopping: @escaping @Sendable () -> Bool = { false }) {
    self.isStopping = isStopping
  }

  /// The estimator of a scenario's method, this project's own or another program.
  func estimator(_ scenario: Scenario, _ method: MethodSpecification) -> any Estimator {
    switch method.fitter {
    case .variational(let settings):
      VariationalEstimator(
        name: method.name, settings, priors: scenario.priors, alpha: scenario.alpha)
    case .command(let command):
      CommandEstimator(
        name: method.name, command: command, pool: pool(command.text), priors: scenario.priors,
        alpha: scenario.alpha)
    }
  }

  /// Starts each program once, all at the same time, and asks for its version.
  /// - Returns: one record a command, in their order.
  /// - Throws: `CommandProgramError` where a program is there and does not answer as it should;
  ///   `CancellationError`.
  public func greet(_ commands: [String]) throws -> [ProgramRecord] {
    let outcomes = Mutex([Result<ProgramRecord, any Error>?](repeating: nil, count: commands.count))
    DispatchQueue.concurrentPerform(iterations: commands.count) { index in
      let outcome = Result { try record(of: commands[index]) }
      outcomes.withLock { $0[index] = outcome }
    }
    return try outcomes.withLock { $0 }.compactMap { try $0?.get() }
  }

  /// Ends the programs, as their last reference does. A later fit starts them again.
  public func stop() {
    for pool in pools.withLock({ $0.values.map { $0 } }) { pool.stop() }
  }

  private func record(of command: String) throws -> ProgramRecord {
    do {
      let introduction = try pool(command).introduce()
      return ProgramRecord(
        command: command, version: introduction.version, timesItself: introduction.timesItself)
    } catch let error as ProgramError {
      guard error.kind == .missing else {
        throw CommandProgramError(
          description: "The program '\(command)' does not answer the greeting: \(error)")
      }
      var reason = error.description
      while reason.hasSuffix(".") { reason.removeLast() }
      return ProgramRecord(command: command, missing: reason)
    }
  }

  private func pool(_ command: String) -> CommandPool {
    pools.withLock { pools in
      if let pool = pools[command] { return pool }
      let pool = CommandPool(command, isStopping: isStopping)
      pools[command] = pool
      return pool
    }
  }
}
