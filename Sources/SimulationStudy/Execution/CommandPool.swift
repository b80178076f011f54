import Foundation
import Synchronization

/// The processes of one command: each worker takes one, and gives it back for the next data set.
///
/// A process whose answer is none is ended, and another one is started for the next data set. A program that
/// breaks that way many times in a row is given up, for starting may be what costs most.
final class CommandPool: Sendable {
  /// A process that has introduced itself.
  private struct Worker {
    let process: CommandProcess
    let introduction: CommandIntroduction
    /// Of the latest request.
    var number = 0
  }

  private struct State {
    var idle: [Worker] = []
    var lossesInARow = 0
    var lastLoss = ""
  }

  /// Losses in a row after which a program is given up. One that breaks on every second data set comes so far
  /// once in a million.
  static let mostLosses = 20
  /// Seconds that a program may take to start: some load a lot.
  private static let startLimit = 60.0

  private let text: String
  private let isStopping: @Sendable () -> Bool
  private let state = Mutex(State())

  init(_ text: String, isStopping: @escaping @Sendable () -> Bool) {
    self.text = text
    self.isStopping = isStopping
  }

  deinit { stop() }

  /// Ends the processes that nobody uses.
  func stop() {
    let workers = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for worker in workers { worker.process.closeInput() }
    for worker in workers { worker.process.stop() }
  }

  /// Sees to it that the program is there.
  /// - Throws: `ProgramError`, of kind `missing` if it is not; `CancellationError`.
  func introduce() throws -> CommandIntroduction {
    let worker = try idleWorker() ?? start()
    state.withLock { $0.idle.append(worker) }
    return worker.introduction
  }

  /// Has one data set fitted.
  /// - Parameter request: makes the request of a number.
  /// - Throws: `ProgramError`; `CancellationError`.
  func fit(
    parameters: [String], timeLimit: Double, request: (Int) -> CommandRequest
  ) throws -> EstimationResult {
    let (losses, lastLoss) = state.withLock { ($0.lossesInARow, $0.lastLoss) }
    guard losses < Self.mostLosses else {
      throw ProgramError.broken(
        "the program was given up after \(losses) failures in a row, the last of them: \(lastLoss)")
    }
    do {
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
    } catch let error as ProgramError where error.kind != .refused {
      state.withLock { state in
        state.lossesInARow += 1
        state.lastLoss = error.description
      }
      throw error
    }
  }

  private func idleWorker() -> Worker? { state.withLock { $0.idle.popLast() } }

  private func giveBack(_ worker: Worker) {
    state.withLock { state in
      state.idle.append(worker)
      state.lossesInARow = 0
    }
  }

  private func start() throws -> Worker {
    let process = try CommandProcess(text)
    let answer = try process.exchange(
      CommandGreeting().jsonLine(), timeLimit: Self.startLimit, isStopping: isStopping)
    return Worker(process: process, introduction: try CommandIntroduction.read(answer))
  }
}
