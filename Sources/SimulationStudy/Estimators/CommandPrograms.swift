import Dispatch
import Foundation
import PoissonGLMM
import Synchronization

/// Why a program cannot be run, although it is there. `description` is one sentence.
package struct CommandProgramError: Error, Equatable, CustomStringConvertible, Sendable {
  package let description: String
}

/// The other programs that a study runs. Their processes are shared by all scenarios, and end with
/// the last reference to this object and to its estimators at the latest.
package final class CommandPrograms: Sendable {
  /// Where the programs work; nil for this process's working directory.
  private let directory: String?
  private let isStopping: @Sendable () -> Bool
  private let pools = Mutex<[String: CommandPool]>([:])

  /// - Parameters:
  ///   - directory: where the programs work; nil for this process's working directory.
  ///   - isStopping: asked while a program is waited for; once it says true, nothing more is.
  package init(directory: String? = nil, isStopping: @escaping @Sendable () -> Bool = { false }) {
    self.directory = directory
    self.isStopping = isStopping
  }

  /// The estimator of a scenario's method, this project's own or another program.
  func estimator(_ scenario: Scenario, _ method: MethodSpecification) -> any Estimator {
    switch method.fitter {
    case .variational(let settings):
      VariationalEstimator(
        name: method.name, settings, priors: scenario.priors, alpha: scenario.alpha,
        estimands: scenario.estimands)
    case .command(let command):
      CommandEstimator(
        name: method.name, command: command, pool: pool(command.text), priors: scenario.priors,
        alpha: scenario.alpha, family: scenario.data.family)
    case .own: MissingEstimator(name: method.name)
    }
  }

  /// The generator of a scenario's data, this project's own or another program.
  package func generator(_ scenario: Scenario) -> any DataSetGenerator {
    guard let own = scenario.data.generated, let command = own.command else {
      return DataGenerator(scenario)
    }
    return CommandGenerator(
      scenario: scenario.name, streamName: scenario.streamName, data: own, command: command,
      pool: pool(command.text),
      priors: scenario.kind == .calibration ? scenario.priors : nil)
  }

  /// Starts each program once, all at the same time, and asks for its version.
  /// - Parameter commands: of one text with several limits the longest counts.
  /// - Returns: one record for each text, in the order of the commands.
  /// - Throws: `CommandProgramError` where a program is there and does not answer as it should;
  ///   `CancellationError`.
  package func greet(_ commands: [ExternalCommand]) throws -> [ProgramRecord] {
    let limits = Dictionary(commands.map { ($0.text, $0.startLimit) }, uniquingKeysWith: max)
    let commands = commands.map(\.text).reduce(into: [String]()) { texts, text in
      if !texts.contains(text) { texts.append(text) }
    }
    let outcomes = Mutex([Result<ProgramRecord, any Error>?](repeating: nil, count: commands.count))
    DispatchQueue.concurrentPerform(iterations: commands.count) { index in
      let outcome = Result {
        try record(
          of: commands[index],
          startLimit: limits[commands[index]] ?? ExternalCommand.defaultStartLimit)
      }
      outcomes.withLock { $0[index] = outcome }
    }
    return try outcomes.withLock { $0 }.compactMap { try $0?.get() }
  }

  /// How many data sets of each command were given to a new process because the one before had
  /// crashed after an answer, or answered an earlier data set once more. Commands with none are
  /// left out.
  package var handedOn: [String: Int] {
    pools.withLock { pools in pools.mapValues(\.handedOn).filter { $0.value > 0 } }
  }

  /// Ends the programs, as their last reference does. A later fit starts them again.
  package func stop() {
    for pool in pools.withLock({ $0.values.map { $0 } }) { pool.stop() }
  }

  private func record(of command: String, startLimit: Double) throws -> ProgramRecord {
    do {
      let introduction = try pool(command).introduce(startLimit: startLimit)
      return ProgramRecord(
        command: command, version: introduction.version, timesItself: introduction.timesItself,
        environment: ProcessInfo.processInfo.environment)
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
      let pool = CommandPool(command, directory: directory, isStopping: isStopping)
      pools[command] = pool
      return pool
    }
  }
}

/// Stands for an estimator of one's own where that is not given.
struct MissingEstimator: Estimator {
  let name: String

  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    throw EstimationError(
      "'\(name)' is an estimator of one's own, and this program does not have it.")
  }
}

/// Another program as a method under study.
struct CommandEstimator: Estimator {
  let name: String
  let command: ExternalCommand
  let pool: CommandPool
  let priors: Priors
  let alpha: Double
  /// Of the counts of the data.
  var family = CountFamily.poisson

  /// - Throws: `ProgramError` if there is no answer that can be used; `CancellationError` if the
  ///   study is stopping.
  func estimate(_ data: ClusteredCounts) throws -> EstimationResult {
    try pool.ask(command, longest: CommandAnswer.maximumBytes) { number in
      CommandRequest(
        number, data, alpha: alpha, priors: .init(priors, of: data.random), family: family)
    } read: { reply throws(ProgramError) in
      try CommandAnswer.result(
        reply.line, request: reply.number,
        parameters: data.fixedNames + data.random.parameterNames
          + family.parameters.map(\.rawValue),
        timesItself: reply.timesItself, exchangeSeconds: reply.exchangeSeconds)
    }
  }
}
