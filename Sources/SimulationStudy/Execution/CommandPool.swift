import Foundation
import Synchronization

/// The processes of one command: each worker takes one, and gives it back for the next data set.
///
/// A process whose answer is none is ended, and another one is started for the next data set, however often: were a
/// program given up, what is recorded would depend on the order of the data sets, and so on the number of workers.
final class CommandPool: Sendable {
  /// A process that has introduced itself.
  private struct Worker {
    let process: CommandProcess
    let introduction: CommandIntroduction
    /// Of the latest request.
    var number = 0
  }

  /// Seconds that a program may take to start: some load a lot.
  private static let startLimit = 60.0

  private let text: String
  private let isStopping: @Sendable () -> Bool
  private let idle = Mutex<[Worker]>([])

  init(_ text: String, isStopping: @escaping @Sendable () -> Bool) {
    self.text = text
    self.isStopping = isStopping
  }

  deinit { stop() }

  /// Ends the processes that nobody uses.
  func stop() {
    let workers = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    for worker in workers { worker.process.closeInput() }
    for worker in workers { worker.process.stop() }
  }

  /// Sees to it that the program is there.
  /// - Throws: `ProgramError`, of kind `missing` if it is not; `CancellationError`.
  func introduce() throws -> CommandIntroduction {
    let worker = try idleWorker() ?? start()
    giveBack(worker)
    return worker.introduction
  }

  /// Has one data set fitted.
  /// - Parameter request: makes the request of a number.
  /// - Throws: `ProgramError`; `CancellationError`.
  func fit(
    parameters: [String], timeLimit: Double, request: (Int) -> CommandRequest
  ) throws -> EstimationResult {
    var worker = try idleWorker() ?? start()
    worker.number += 1
    let line = try request(worker.number).jsonLine()
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let answer = try worker.process.exchange(
        line, timeLimit: timeLimit, isStopping: isStopping)
      let result = try CommandAnswer.result(
        answer, request: worker.number, parameters: parameters,
        timesItself: worker.introduction.timesItself,
        exchangeSeconds: (clock.now - start) / .seconds(1))
      giveBack(worker)
      return result
    } catch let error as ProgramError where error.kind == .refused {
      giveBack(worker)
      throw error
    }
  }

  private func idleWorker() -> Worker? { idle.withLock { $0.popLast() } }

  private func giveBack(_ worker: Worker) { idle.withLock { $0.append(worker) } }

  private func start() throws -> Worker {
    let process = try CommandProcess(text)
    let answer = try process.exchange(
      CommandGreeting().jsonLine(), timeLimit: Self.startLimit, isStopping: isStopping)
    return Worker(process: process, introduction: try CommandIntroduction.read(answer))
  }
}
